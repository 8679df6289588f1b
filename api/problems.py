"""Problem documents (RFC 9457): the one shape of every error over HTTP."""

import http
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.request_context import request_id
from export.sparql.protocol import NoSuchFormError, QueryRefusedError
from graph_model.errors import (
    ConfigurationError,
    ConflictError,
    FieldProblem,
    GoneError,
    InvalidRecordError,
    NotAllowedError,
    NotFoundError,
    TrimatchError,
    UnavailableError,
)
from graph_model.messages import N_, Message
from graph_model.validation_messages import validation_message

MEDIA_TYPE: Final = "application/problem+json"
MESSAGES_KEY: Final = "trimatch.problem"
"""Where in the scope of a request the messages of its problem document are."""
RETRY_SECONDS: Final = 5
_LONGEST_VALUE: Final = 200

logger = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One thing wrong with one field of a request."""

    field: str = Field(description="Where: the parameter, or the path into the body.")
    value: str = Field(description="What was given there, shortened.")
    reason: str = Field(description="What is wrong with it.")
    remedy: str = Field(description="What the field expects.")
    message: SkipJsonSchema[Message | None] = Field(
        default=None,
        exclude=True,
        description="Reason and remedy for a person, where they can be translated.",
    )


class Problem(BaseModel):
    """A problem document of RFC 9457."""

    type: str = Field(description="Address of the description of this kind of problem.")
    title: str = Field(description="The kind of problem; the same for every one of its type.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What happened here, and what to do.")
    instance: str = Field(description="The request that met it; name it when you ask for help.")
    errors: list[FieldError] = Field(
        default_factory=list, description="Field by field, where fields are wrong."
    )


class HttpError(Exception):
    """An error that has no counterpart outside HTTP."""

    def __init__(
        self, status: int, template: str, headers: Mapping[str, str] | None = None, /, **values: object
    ) -> None:
        """template, values: the detail, as those of a TrimatchError."""
        self.status = status
        self.headers = dict(headers or {})
        self.message = Message(template, values)
        super().__init__(str(self.message))


class InvalidBodyError(Exception):
    """A body that breaks the model of its record type."""

    def __init__(self, error: ValidationError, kind: type[BaseModel]) -> None:
        self.errors = [field_error(row, kind) for row in error.errors(include_url=False)]
        super().__init__(str(error))


STATUS_OF_ERRORS: Final[dict[type[TrimatchError], int]] = {
    InvalidRecordError: 422,
    NotFoundError: 404,
    GoneError: 410,
    ConflictError: 409,
    NotAllowedError: 403,
    UnavailableError: 503,
    QueryRefusedError: 400,
    NoSuchFormError: 406,
    ConfigurationError: 500,
}

EXPLANATIONS: Final[dict[int, str]] = {
    400: N_("The request could not be read, or asks for more than one request may."),
    401: "The request needs a token that is valid now.",
    403: "The token is valid, but does not allow this.",
    404: N_("Nothing that you may see has this address."),
    405: N_("The address exists, but not for this method; the Allow header names those that it has."),
    406: "What is here has none of the forms that were asked for; the detail names those that it has.",
    408: "The body of the request did not arrive in time.",
    409: "The write contradicts what is stored.",
    410: "A record was published here once and has been withdrawn, closed or deleted.",
    412: "The record has changed since it was read: read it again and repeat the change.",
    413: "The body of the request is larger than this instance reads.",
    415: "The body of the request is not JSON.",
    422: "Some fields are wrong; errors names each with its value, the reason and the remedy.",
    428: "Changing or deleting a record needs its ETag in If-Match.",
    429: "Too many requests from one client: wait for the seconds that Retry-After names.",
    500: N_("Something failed here that should not have; the log of the instance tells more."),
    503: "A store cannot be reached now: try again after the seconds that Retry-After names.",
}


@dataclass(frozen=True, slots=True)
class ProblemMessages:
    """What a problem document says, as it can be translated. errors: None where English is all there is."""

    detail: Message
    errors: Sequence[Message | None] = ()


class ProblemResponse(Response):
    """A problem document that leaves its messages in the scope of the request, for the page in its place."""

    def __init__(self, problem: Problem, detail: Message, headers: Mapping[str, str]) -> None:
        self.messages = ProblemMessages(detail, [error.message for error in problem.errors])
        super().__init__(problem.model_dump_json(), problem.status, headers, MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[MESSAGES_KEY] = self.messages
        await super().__call__(scope, receive, send)


def problem_response(
    base: str,
    status: int,
    detail: str | Message,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem document as a response. base: the instance's public base."""
    message = detail if isinstance(detail, Message) else Message(detail)
    problem = Problem(
        type=f"{base}/docs#problem-{status}",
        title=http.HTTPStatus(status).phrase,
        status=status,
        detail=str(message),
        instance=f"urn:trimatch:request:{request_id()}",
        errors=list(errors),
    )
    known = {"Cache-Control": "no-store"} | dict(headers or {})
    if status == 503:
        known.setdefault("Retry-After", str(RETRY_SECONDS))
    return ProblemResponse(problem, message, known)


def from_exception(base: str, error: Exception) -> ProblemResponse:
    """The problem document of any exception; one that nobody foresaw is logged and tells nothing."""
    if isinstance(error, HttpError):
        return problem_response(base, error.status, error.message, headers=error.headers)
    if isinstance(error, RequestValidationError):
        return _invalid(base, [field_error(row) for row in error.errors()])
    if isinstance(error, InvalidBodyError):
        return _invalid(base, error.errors)
    if isinstance(error, InvalidRecordError):
        return _invalid(base, [_from_field_problem(problem) for problem in error.problems])
    if isinstance(error, HTTPException):
        detail = EXPLANATIONS.get(error.status_code, str(error.detail))
        return problem_response(base, error.status_code, detail, headers=error.headers)
    for kind, status in STATUS_OF_ERRORS.items():
        if isinstance(error, kind) and isinstance(error, TrimatchError):
            return problem_response(base, status, error.message)
    logger.error("request failed", exc_info=error)
    return problem_response(base, 500, EXPLANATIONS[500])


def _invalid(base: str, errors: Sequence[FieldError]) -> ProblemResponse:
    detail = "; ".join(f"{error.field}: {error.reason}" for error in errors[:3])
    return problem_response(base, 422, detail, errors)


def install(app: FastAPI, base: str) -> None:
    """Answer every error of an application with a problem document."""

    async def answer(_: Request, error: Exception) -> Response:
        return from_exception(base, error)

    for kind in (TrimatchError, HttpError, InvalidBodyError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def field_error(row: Mapping[str, Any], kind: type[BaseModel] | None = None) -> FieldError:
    """One error of pydantic's, with the description of the field of ``kind`` as its remedy."""
    path = [str(part) for part in row["loc"]]
    if path and path[0] in ("query", "path", "body", "header"):
        path = path[1:]
    reason = str(row["msg"]).removeprefix("Value error, ")
    remedy = _remedy(row, path, kind)
    return FieldError(
        field=".".join(path) or "(whole)",
        value=_shown(row.get("input")),
        reason=reason,
        remedy=remedy,
        message=validation_message(row),
    )


def _remedy(row: Mapping[str, Any], path: Sequence[str], kind: type[BaseModel] | None) -> str:
    if row["type"] == "extra_forbidden":
        known = f"; known fields: {', '.join(kind.model_fields)}" if kind else ""
        return f"leave it out or correct its name{known}"
    if row["type"] == "missing":
        return "give this field"
    described = kind.model_fields.get(path[0]) if kind and path else None
    if described is not None and described.description:
        return f"expected: {described.description}"
    return "correct the value; /docs describes every field"


def _from_field_problem(problem: FieldProblem) -> FieldError:
    reason, _, remedy = problem.reason.partition("; ")
    return FieldError(
        field=problem.field,
        value=_shown(problem.value),
        reason=reason,
        remedy=remedy or "correct the value",
        message=problem.message,
    )


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
