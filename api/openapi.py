"""The OpenAPI document: what FastAPI derives, with the bodies of records and the one shape of errors."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import models_json_schema

from api.permissions import WRITABLE_TYPES
from api.problems import MEDIA_TYPE, Problem
from graph_model.record import Record, Status
from graph_model.text import Identifier, ShortText

_COMPONENT: Final = "#/components/schemas/{model}"
_NOT_OURS: Final = ("HTTPValidationError", "ValidationError")


def body_model(kind: type[Record]) -> type[BaseModel]:
    """What a body of this record type may hold: what the service fills in may be left out."""
    fields: dict[str, Any] = {
        "id": (
            Identifier | None,
            Field(default=None, description="Left out: one is minted from the heading."),
        ),
        "source": (ShortText | None, Field(default=None, description="Left out: the writing organisation.")),
        "status": (Status, Field(default=Status.DRAFT, description="draft, published, withdrawn or closed.")),
    }
    return create_model(f"{kind.__name__}Body", __base__=kind, **fields)


def request_body(kind: type[Record]) -> dict[str, Any]:
    """The request body of this record type's writing routes, as extra for their OpenAPI description."""
    reference = {"$ref": _COMPONENT.format(model=f"{kind.__name__}Body")}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, built once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _add_components(found)
        for methods in found["paths"].values():
            for operation in methods.values():
                _one_error_shape(operation["responses"])
        app.openapi_schema = found
    return app.openapi_schema


def _add_components(found: dict[str, Any]) -> None:
    models: list[type[BaseModel]] = [*(body_model(kind) for kind in WRITABLE_TYPES), Problem]
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_COMPONENT)
    components = found.setdefault("components", {}).setdefault("schemas", {})
    components.update(schema["$defs"])
    for name in _NOT_OURS:
        components.pop(name, None)


def _one_error_shape(responses: dict[str, Any]) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": _COMPONENT.format(model="Problem")}}}
    responses.pop("422", None)
    responses["default"] = {"description": "Any error, as a problem document.", "content": content}
