"""``/catalog`` (DCAT 3) and ``/.well-known/void``: what there is to harvest, where, and how much."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pyoxigraph import Triple

from api.dependencies import SettingsDependency, StoreDependency
from api.negotiation import Representation, negotiated, respond
from api.routers.nodes import SYNTAXES
from export.catalogue import CATALOGUE_PATH, VOID_PATH, catalogue, void_description
from export.documents import rdf_document
from export.statistics import StatisticsKeeper
from graph_model.settings import Settings
from graph_model.store import Store

FORMS: Final = tuple(SYNTAXES)

router = APIRouter(tags=["linked data"])
FormatParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"Form of the answer, whatever Accept says: {', '.join(each.name for each in FORMS)}.",
    ),
]
Illustrative = Annotated[bool, Query(description="true: counts records that only illustrate as well.")]
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {each.media_type: {} for each in FORMS}}
}


@router.head(CATALOGUE_PATH, include_in_schema=False)
@router.get(CATALOGUE_PATH, response_class=Response, responses=_RESPONSES)
def catalog(
    request: Request,
    store: StoreDependency,
    settings: SettingsDependency,
    format: FormatParameter = None,  # noqa: A002 (named as in the address)
    illustrative: Illustrative = False,
) -> Response:
    """The catalogue: the graph with its dumps, its event stream, and the services over it."""
    chosen = negotiated(request, FORMS, format)
    triples = catalogue(store, settings.public_base, illustrative=illustrative)
    return _answer(request, chosen, triples, settings, CATALOGUE_PATH)


@router.head(VOID_PATH, include_in_schema=False)
@router.get(VOID_PATH, response_class=Response, responses=_RESPONSES)
def void(
    request: Request,
    store: StoreDependency,
    settings: SettingsDependency,
    format: FormatParameter = None,  # noqa: A002 (named as in the address)
    illustrative: Illustrative = False,
) -> Response:
    """The graph in figures: triples, entities, and what each class and property has of them."""
    chosen = negotiated(request, FORMS, format)
    statistics = _keeper(request, store, settings).newest(illustrative=illustrative)
    triples = void_description(store, settings.public_base, statistics, illustrative=illustrative)
    return _answer(request, chosen, triples, settings, VOID_PATH)


def _keeper(request: Request, store: Store, settings: Settings) -> StatisticsKeeper:
    """The one keeper of this application, made at the first question."""
    state = request.app.state
    if not hasattr(state, "statistics"):
        state.statistics = StatisticsKeeper(store, settings.public_base)
    keeper: StatisticsKeeper = state.statistics
    return keeper


def _answer(
    request: Request, form: Representation, triples: Iterable[Triple], settings: Settings, path: str
) -> Response:
    content = rdf_document(triples, SYNTAXES[form], settings.public_base)
    return respond(
        request,
        form,
        content,
        canonical=settings.public_base + path,
        representations=FORMS,
    )
