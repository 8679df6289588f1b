"""Writing records, and reading them as their owner does: ``/api/{type}``."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from api import editing
from api.dependencies import (
    Caller,
    IfMatch,
    JsonObject,
    SettingsDependency,
    StoreDependency,
    WakeFollowers,
    Writer,
)
from api.openapi import request_body
from api.permissions import WRITABLE_TYPES
from graph_model.record import Record
from graph_model.store import StoredRecord

RecordId = Annotated[str, Path(alias="id", description="Identifier of the record.")]


def records_router(kind: type[Record]) -> APIRouter:
    """The routes of one record type."""
    name = kind.type_name
    router = APIRouter(tags=[name])
    collection, item = f"/api/{name}", f"/api/{name}/{{id}}"

    def create(
        principal: Writer,
        store: StoreDependency,
        settings: SettingsDependency,
        wake: WakeFollowers,
        body: JsonObject,
    ) -> Response:
        stored = editing.create(store, principal, kind, body)
        wake()
        return _answer(stored, 201, {"Location": f"{settings.public_base}/api/{stored.record.ref}"})

    def read(caller: Caller, store: StoreDependency, id_: RecordId) -> Response:
        return _answer(editing.visible(store, caller, f"{name}/{id_}"))

    def replace(
        principal: Writer,
        store: StoreDependency,
        wake: WakeFollowers,
        id_: RecordId,
        body: JsonObject,
        if_match: IfMatch = None,
    ) -> Response:
        stored = editing.replace(store, principal, kind, id_, body, if_match)
        wake()
        return _answer(stored)

    def delete(
        principal: Writer,
        store: StoreDependency,
        wake: WakeFollowers,
        id_: RecordId,
        if_match: IfMatch = None,
    ) -> Response:
        editing.delete(store, principal, kind, id_, if_match)
        wake()
        return Response(status_code=204)

    router.post(
        collection,
        status_code=201,
        summary=f"Create a {name}",
        description="A draft unless status says published. The id is minted where the body has none.",
        operation_id=f"create_{name}",
        openapi_extra=request_body(kind),
        responses={201: {"model": kind}},
    )(create)
    router.get(
        item,
        summary=f"Read a {name}",
        description="A published one; with a token also what its bearer may write.",
        operation_id=f"read_{name}",
        responses={200: {"model": kind}},
    )(read)
    router.put(
        item,
        summary=f"Replace a {name}",
        description="Every field that the body leaves out is emptied, but the status. Needs If-Match.",
        operation_id=f"replace_{name}",
        openapi_extra=request_body(kind),
        responses={200: {"model": kind}},
    )(replace)
    router.delete(
        item,
        status_code=204,
        summary=f"Delete a {name}",
        description="Refused with 409 while other records name it. Needs If-Match.",
        operation_id=f"delete_{name}",
    )(delete)
    return router


routers: Final = [records_router(kind) for kind in WRITABLE_TYPES]


def _answer(stored: StoredRecord, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    fresh = {"ETag": editing.etag(stored), "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    return JSONResponse(stored.record.canonical(), status, fresh | (headers or {}))
