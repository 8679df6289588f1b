"""A node under its own address: ``/{type}/{id}`` is the path of its IRI, in every form.

The IRI answers 200 with a document that describes the node, and never 303: a record is information, the
document says all there is of it, and one round trip less matters to a harvester. The forms' own addresses
stand in Content-Location and in Link, so that the node and its documents keep apart.

A suffix (``/need/abc.ttl``) or ``?format=`` names a form. A record whose identifier ends like a suffix wins
where it is, or was, published; one that never was cannot be told from one that does not exist.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pyoxigraph import RdfFormat

from api import addresses
from api.computing import computed
from api.dependencies import InstanceDependency, SettingsDependency
from api.editing import visible
from api.negotiation import (
    HTML,
    JSON,
    JSON_LD,
    N_TRIPLES,
    RDF_XML,
    TURTLE,
    Representation,
    negotiated,
    respond,
    split_suffix,
)
from api.pages.node import FORMS, node_page
from api.pages.page import page_in
from api.pages.problem import VARY
from api.problems import HttpError
from export.documents import rdf_document
from export.published import public_records
from graph_model import queries
from graph_model.derive.properties import referenced
from graph_model.derive.rdf import RdfWriter
from graph_model.errors import NotFoundError
from graph_model.messages import N_
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Status, owned_relationships
from graph_model.relationships import Participation
from graph_model.settings import Settings
from graph_model.store import Store, StoredRecord
from graph_model.vocabulary import SHAPES_PATH, node_iri
from search.instance import Instance

SYNTAXES: Final = {
    TURTLE: RdfFormat.TURTLE,
    N_TRIPLES: RdfFormat.N_TRIPLES,
    JSON_LD: RdfFormat.JSON_LD,
    RDF_XML: RdfFormat.RDF_XML,
}
PAGE_HEADERS: Final = ("cache-control", "content-language", "set-cookie")
"""What the page of a record says of itself: it is in its reader's language, and knows who is signed in."""

FormatParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"Form of the answer, whatever Accept says: {', '.join(each.name for each in FORMS)}.",
    ),
]
router = APIRouter(tags=["nodes"])
any_type = APIRouter()
"""Takes every other address of two segments, and says which types there are."""
addresses.register()


@any_type.api_route("/{type}/{id}", methods=["GET", "HEAD"], include_in_schema=False)
@router.head("/{type:record_type}/{id}", include_in_schema=False)
@router.get(
    "/{type:record_type}/{id}",
    responses={200: {"content": {each.media_type: {} for each in FORMS}}},
    response_class=Response,
)
async def node(
    request: Request,
    instance: InstanceDependency,
    settings: SettingsDependency,
    type_name: Annotated[str, Path(alias="type", description=f"One of: {', '.join(RECORD_TYPES)}.")],
    id_: Annotated[str, Path(alias="id", description="Identifier of the record; a suffix names a form.")],
    format: FormatParameter = None,  # noqa: A002 (named as in the address)
) -> Response:
    """A published record; 410 where it was published once and is not any more."""
    return await computed(lambda: _document(request, instance, settings, type_name, id_, format))


def _document(
    request: Request,
    instance: Instance,
    settings: Settings,
    type_name: str,
    id_: str,
    named_form: str | None,
) -> Response:
    store, base = instance.store, settings.public_base
    stored, named = _found(store, type_name, id_)
    chosen = _chosen(request, named, named_form)
    if chosen == HTML:
        page = node_page(page_in(request, settings, store), instance, stored)
        content = bytes(page.body)
        headers = {name: page.headers[name] for name in PAGE_HEADERS if name in page.headers}
        headers["vary"] = VARY
    else:
        content, headers = _content(store, stored, chosen, base), {}
    answer = respond(
        request,
        chosen,
        content,
        canonical=node_iri(stored.record.ref, base),
        representations=FORMS,
        described_by=[base + SHAPES_PATH],
        modified_at=stored.modified_at,
    )
    answer.headers.update(headers)
    return answer


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


def _found(store: Store, type_name: str, name: str) -> tuple[StoredRecord, Representation | None]:
    """The published record that an address names, and the form where it ends in a suffix."""
    if type_name not in RECORD_TYPES:
        raise NotFoundError(
            N_("no type is called {name!r}; types are: {known}"),
            name=type_name,
            known=", ".join(RECORD_TYPES),
        )
    try:
        return visible(store, None, f"{type_name}/{name}"), None
    except NotFoundError:
        split = split_suffix(name, FORMS)
        if split is None:
            raise
    stem, representation = split
    return visible(store, None, f"{type_name}/{stem}"), representation


def _chosen(request: Request, suffixed: Representation | None, format_name: str | None) -> Representation:
    if suffixed is None:
        return negotiated(request, FORMS, format_name)
    if format_name is not None and negotiated(request, FORMS, format_name) != suffixed:
        raise HttpError(
            400,
            N_("the address ends in {suffix}, and format says {format}; give one"),
            suffix=suffixed.suffix,
            format=format_name,
        )
    return suffixed


def _content(store: Store, stored: StoredRecord, form: Representation, base: str) -> bytes:
    if form == JSON:
        return bytes(JSONResponse(public_view(store, stored)).body)
    [public] = public_records(store, [stored], illustrative=True)
    return rdf_document(
        public.triples(RdfWriter(base)), SYNTAXES[form], base, node_iri(stored.record.ref, base)
    )
