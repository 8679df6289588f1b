"""A node under its own address: ``/{type}/{id}`` is the path of its IRI."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from api.dependencies import StoreDependency
from api.editing import etag, visible
from graph_model import queries
from graph_model.derive.properties import referenced
from graph_model.errors import NotFoundError
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Status, owned_relationships
from graph_model.relationships import Participation
from graph_model.store import Store, StoredRecord

IDENTIFIER: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
router = APIRouter(tags=["nodes"])


@router.get("/{type}/{id}")
def node(
    store: StoreDependency,
    type_name: Annotated[str, Path(alias="type", description=f"One of: {', '.join(RECORD_TYPES)}.")],
    id_: Annotated[str, Path(alias="id", description="Identifier of the record.")],
) -> Response:
    """A published record; 410 where it was published once and is not any more."""
    if type_name not in RECORD_TYPES:
        raise NotFoundError(f"no type is called {type_name!r}; types are: {', '.join(RECORD_TYPES)}")
    stored = visible(store, None, f"{type_name}/{id_}")
    return represent(store, stored)


def represent(store: Store, stored: StoredRecord) -> Response:
    """The record in the form that the reader prefers; every other serialisation is added here."""
    return JSONResponse(public_view(store, stored), headers={"ETag": etag(stored)})


def public_view(store: Store, stored: StoredRecord) -> dict[str, Any]:
    """The record as anyone may read it: without its references to records that are not published."""
    record = stored.record
    rows = store.run(queries.states_of(sorted(referenced(record))))
    shown = {row["ref"] for row in rows if row["status"] == Status.PUBLISHED}
    view: dict[str, Any] = {"ref": record.ref, "type": record.type_name, **record.canonical()}
    for name in owned_relationships(type(record)):
        value = view.get(name)
        if isinstance(value, list):
            view[name] = [end for end in value if _named(end) in shown]
        elif value is not None and value not in shown:
            del view[name]
    view["modified_at"] = stored.modified_at.isoformat()
    return view


def _named(end: str | dict[str, Any]) -> str:
    return end if isinstance(end, str) else str(end[Participation.end_field])
