"""What routes ask for, as annotated dependencies."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final

import pydantic_core
from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from api.problems import HttpError
from api.tokens import Principal, authenticate
from export.sparql.endpoint import SparqlEndpoint
from graph_model.errors import UnavailableError
from graph_model.messages import N_
from graph_model.settings import Settings
from graph_model.store import Store
from search.indexer_thread import IndexerThread
from search.instance import Instance

BODY_SECONDS: Final = 30
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="trimatch"'}

_bearer = HTTPBearer(auto_error=False, description="A token made by `trimatch token create`.")


async def _instance(request: Request) -> Instance:
    instance = request.app.state.instance
    if not isinstance(instance, Instance):
        raise UnavailableError(N_("the service is starting or stopping; try again shortly"))
    return instance


# Those that look something up are coroutines: each other dependency waits for a thread of its own.
InstanceDependency = Annotated[Instance, Depends(_instance)]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDependency = Annotated[Settings, Depends(_settings)]


async def _store(instance: InstanceDependency) -> Store:
    return instance.store


StoreDependency = Annotated[Store, Depends(_store)]


async def _wake_followers(request: Request) -> Callable[[], None]:
    followers: list[IndexerThread] = request.app.state.followers

    def wake() -> None:
        for thread in followers:
            thread.wake()

    return wake


def _sparql(request: Request, instance: InstanceDependency) -> SparqlEndpoint:
    state = request.app.state
    if state.sparql is None:  # an application that got its instance after it was made
        state.sparql = SparqlEndpoint(instance.store, state.settings)
    endpoint: SparqlEndpoint = state.sparql
    return endpoint


SparqlDependency = Annotated[SparqlEndpoint, Depends(_sparql)]


WakeFollowers = Annotated[Callable[[], None], Depends(_wake_followers)]
"""Called after a write: index, ranking and SPARQL dataset follow at once and not at their next look."""


def _caller(
    request: Request,
    store: StoreDependency,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal | None:
    if credentials is None:
        if "authorization" in request.headers:
            raise HttpError(401, "the Authorization header is not: Bearer TOKEN", CHALLENGE)
        return None
    principal = authenticate(store, credentials.credentials)
    if principal is None:
        raise HttpError(
            401,
            "this token is unknown, expired or revoked; `trimatch token create` makes another",
            {"WWW-Authenticate": 'Bearer realm="trimatch", error="invalid_token"'},
        )
    return principal


Caller = Annotated[Principal | None, Depends(_caller)]
"""Who asks; None for the public."""


def _writer(principal: Caller) -> Principal:
    if principal is None:
        raise HttpError(401, "writing needs a token: send Authorization: Bearer TOKEN", CHALLENGE)
    return principal


Writer = Annotated[Principal, Depends(_writer)]
"""Who writes; a request without a token never comes this far."""


async def _json_object(request: Request) -> dict[str, Any]:
    """The body, read with a parser that refuses deep nesting, NaN and broken Unicode."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HttpError(415, f"the body is {media_type or 'of no type'}; send Content-Type: application/json")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            content = await request.body()
    except TimeoutError as problem:
        raise HttpError(408, f"the body did not arrive within {BODY_SECONDS} s") from problem
    try:
        value = pydantic_core.from_json(content, allow_inf_nan=False)
    except ValueError as problem:
        raise HttpError(400, f"the body is not JSON: {problem}") from problem
    if not isinstance(value, dict):
        raise HttpError(400, "the body is JSON, but no object: send the record's fields as {…}")
    return value


JsonObject = Annotated[dict[str, Any], Depends(_json_object)]
IfMatch = Annotated[str | None, Header(description="ETag of the record as it was read.")]
