"""The HTTP service over the instance of a test, and the tokens to write with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.tokens import AccessRole, create_token
from graph_model.record import Record
from search.instance import Instance
from tests.service.small_instances import SmallInstances


@dataclass(frozen=True)
class Api:
    """A client of the service; every call may name the token to use."""

    client: TestClient
    instance: Instance

    def call(
        self, method: str, path: str, token: str | None = None, if_match: str | None = None, **more: Any
    ) -> httpx2.Response:
        """One request."""
        headers = dict(more.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if if_match:
            headers["If-Match"] = if_match
        answer: httpx2.Response = self.client.request(method, path, headers=headers, **more)
        return answer

    def found(self, text: str) -> list[str]:
        """References that a search finds, once the index is in step."""
        self.instance.catch_up()
        answer = self.client.get("/api/search", params={"q": text})
        return [result["ref"] for result in answer.json()["results"]]


@pytest.fixture
def api(small_instances: SmallInstances, small_world: Sequence[Record]) -> Api:
    """The service over a small graph; no thread follows, ``found`` indexes."""
    return api_over(small_instances.instance(small_world))


def api_over(instance: Instance) -> Api:
    """The service over an instance that tests share."""
    return Api(TestClient(_service(instance), raise_server_exceptions=False), instance)


@lru_cache(maxsize=1)
def _service(instance: Instance) -> FastAPI:
    """Tests that share an instance share its service: its first answer takes ten times as long as others."""
    settings = instance.settings.model_copy(
        update={"rate_limit": "100000/minute", "write_rate_limit": "100000/minute", "max_body_bytes": 20_000}
    )
    return create_app(settings, instance)


@pytest.fixture
def token(api: Api) -> Callable[..., str]:
    """Makes tokens: ``token("member", "kipi")``."""

    def make(role: str, stakeholder: str | None = None, lifetime: timedelta = timedelta(hours=1)) -> str:
        return create_token(api.instance.store, AccessRole(role), stakeholder, lifetime)

    return make


NEED: dict[str, Any] = {
    "title": {"en": "Patent landscaping for solar pumps"},
    "description": {"en": "Which inventions are free to use for irrigation?"},
    "sought_by": ["stakeholder/kipi"],
}
