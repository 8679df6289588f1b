"""The page of one record: at its IRI in the preferred language, and under the address of every language."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.dependencies import InstanceDependency
from api.editing import visible
from api.negotiation import HTML, JSON, JSON_LD, N_TRIPLES, RDF_XML, TURTLE
from api.pages.atlas import AtlasCache, cooperation_of
from api.pages.node_facts import facts_of
from api.pages.node_neighbours import (
    SUMMARISED_OF_COUNTRY,
    NeighbourGroup,
    most_named,
    neighbour_groups,
)
from api.pages.node_picture import node_picture
from api.pages.node_similar import similar_records
from api.pages.node_text import direction_of, other_languages, passages, text_for
from api.pages.node_timeline import Timeline, timeline
from api.pages.page import Page, PageDependency
from api.pages.reference import Reference, ReferenceCache
from export.published import public_records
from graph_model import node_queries
from graph_model.direction import harmless
from graph_model.nodes import RECORD_TYPES, Cluster, Country, Stakeholder
from graph_model.record import Authenticity, Record
from graph_model.store import Store, StoredRecord
from graph_model.vocabulary import node_iri
from search.instance import Instance

FORMS: Final = (JSON, HTML, TURTLE, N_TRIPLES, JSON_LD, RDF_XML)
"""The forms of a record. JSON first: who takes anything gets what /api speaks."""

FORM_NAMES: Final = {
    TURTLE: "Turtle",
    N_TRIPLES: "N-Triples",
    JSON_LD: "JSON-LD",
    RDF_XML: "RDF/XML",
    JSON: "JSON",
}
MOST_ON_TIMELINE: Final = 15
_WITH_TIMELINE: Final = (Country, Stakeholder, Cluster)
router = APIRouter()


def _in_a_language(type_name: str) -> Callable[..., HTMLResponse]:
    def page_of_node(
        page: PageDependency,
        instance: InstanceDependency,
        id_: Annotated[str, Path(alias="id")],
    ) -> HTMLResponse:
        """The page of a published record. Raises GoneError, NotFoundError."""
        return node_page(page, instance, visible(instance.store, None, f"{type_name}/{id_}"))

    return page_of_node


for _type_name in RECORD_TYPES:
    # One route a type: an address of two segments that names no type is left to the other pages.
    router.get(f"/{_type_name}/{{id}}")(_in_a_language(_type_name))


def node_page(page: Page, instance: Instance, stored: StoredRecord) -> HTMLResponse:
    """The page of a record, which is published."""
    store, record = instance.store, stored.record
    references: ReferenceCache = page.request.app.state.reference
    reference = references.get(store)
    [public] = public_records(store, [stored], illustrative=True)
    heading = text_for(page.language, record.heading, record.original_language)
    others = other_languages(record, page.language)
    illustrative = record.authenticity == Authenticity.ILLUSTRATIVE
    rows = store.run(node_queries.neighbours_by_relationship(record.ref, most_named(record)))
    groups = neighbour_groups(record, rows, page)
    context = {
        "record": record,
        "stored": stored,
        "heading": heading,
        "illustrative": illustrative,
        "iri": node_iri(record.ref, page.settings.public_base),
        "facts": facts_of(record, public.modalities, page, reference),
        "passages": passages(record, page.language),
        "other_languages": others,
        "only_names": all(each.field == record.heading_field for _, texts in others for each in texts),
        "groups": _listed(record, groups),
        "picture": node_picture(
            heading, page.label("type", record.type_name), made_up=illustrative, groups=groups
        ),
        "timeline": _timeline(store, record, page),
        "similar": similar_records(instance, record, page.language),
        "forms": FORM_NAMES,
        "harmless": harmless,
        "direction_of": direction_of,
        **_summary(page, store, record, reference),
    }
    return page.render("node.html", context)


def _listed(record: Record, groups: list[NeighbourGroup]) -> list[NeighbourGroup]:
    """The groups that the page lists itself; the summary of a country lists the others."""
    if not isinstance(record, Country):
        return groups
    return [group for group in groups if group.key.partition(".")[0] not in SUMMARISED_OF_COUNTRY]


def _timeline(store: Store, record: Record, page: Page) -> Timeline | None:
    if not isinstance(record, _WITH_TIMELINE):
        return None
    rows = store.run(node_queries.partnership_periods(record.ref, MOST_ON_TIMELINE))
    return timeline(rows[0] if rows else None, page.language)


def _summary(page: Page, store: Store, record: Record, reference: Reference) -> dict[str, Any]:
    """Counts of a country or a cluster, as the pages of all of them have them."""
    if not isinstance(record, Country | Cluster):
        return {"atlas": None, "cooperation": None, "names": None}
    atlases: AtlasCache = page.request.app.state.atlas
    return {
        "atlas": atlases.get(store, reference, illustrative=True),
        "cooperation": cooperation_of(store, record.ref) if isinstance(record, Country) else None,
        "names": lambda code: reference.name(code, page.language),
    }
