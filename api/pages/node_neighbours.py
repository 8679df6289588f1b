"""What stands next to a record, under headings that say how, and the way to all of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api.pages.labels import LABELS
from api.pages.node_text import NamedRecord, named_record
from api.pages.page import Page
from graph_model.nodes import Cluster, Country, Need, Offer, Practice, SustainableDevelopmentGoal
from graph_model.record import Record
from graph_model.relationships import HAS_NEED, MAKES_OFFER, SHARES, Role
from search.requests import SEARCHABLE_TYPES

SUMMARISED_OF_COUNTRY: Final = frozenset({HAS_NEED.name, MAKES_OFFER.name, SHARES.name})
"""What a country's page tells elsewhere, together with the same of the organisations based in it."""

MOST_WITH_SEARCH: Final = 8
MOST_WITHOUT_SEARCH: Final = 60
"""How many of a group are named, where a search finds the others and where none does."""

_SEARCH_FILTERS: Final[Mapping[str, str]] = {
    Country.type_name: "country",
    Cluster.type_name: "cluster",
    SustainableDevelopmentGoal.type_name: "sdg",
}
_TONES: Final[Mapping[str, str]] = {
    Need.type_name: Role.BENEFICIARY.value,
    Offer.type_name: Role.PIVOTAL.value,
    Practice.type_name: Role.PIVOTAL.value,
}
_COLOURED_ROLES: Final = (Role.BENEFICIARY, Role.PIVOTAL, Role.FACILITATING)


@dataclass(frozen=True, slots=True)
class NeighbourGroup:
    """The neighbours by one relationship.

    key: names the group in the page. single: what one of them is called. tone: beneficiary, pivotal,
    facilitating or neutral. total: how many there are. records: some of them. search: address of a search
    that finds them all, empty where none does.
    """

    key: str
    title: str
    single: str
    tone: str
    total: int
    records: Sequence[NamedRecord]
    search: str


def most_named(record: Record) -> int:
    """How many neighbours of a group the page of a record names."""
    return MOST_WITH_SEARCH if record.type_name in _SEARCH_FILTERS else MOST_WITHOUT_SEARCH


def neighbour_groups(record: Record, rows: Iterable[Mapping[str, Any]], page: Page) -> list[NeighbourGroup]:
    """The groups in the order of their headings' declaration. rows: of neighbours_by_relationship."""
    order = {key: place for place, key in enumerate(LABELS["neighbours"])}
    merged: dict[str, NeighbourGroup] = {}
    for row in rows:
        group = _group(record, row, page)
        known = merged.get(group.key)
        merged[group.key] = _both(known, group) if known else group
    return sorted(merged.values(), key=lambda group: (order.get(group.key, len(order)), group.key))


def _group(record: Record, row: Mapping[str, Any], page: Page) -> NeighbourGroup:
    type_name, role, outgoing = row["type"], row["role"], row["outgoing"]
    key = f"{row['relationship']}.{'out' if outgoing else 'in'}" + (f".{role}" if role else "")
    if key not in LABELS["neighbours"]:
        key, title = f"{key}.{type_name}", page.label("types", type_name)
    else:
        title = page.label("neighbours", key)
    single = page.label("role", role) if role and not outgoing else page.label("type", type_name)
    return NeighbourGroup(
        key=key,
        title=title,
        single=single,
        tone=_tone(role, type_name),
        total=row["total"],
        records=[named_record(each, page.language) for each in row["neighbours"]],
        search=_search(record, type_name, page),
    )


def _both(first: NeighbourGroup, second: NeighbourGroup) -> NeighbourGroup:
    """One group of two whose neighbours stand in the same relationship but are of different types."""
    records = sorted([*first.records, *second.records], key=lambda each: each.ref)
    return replace(first, total=first.total + second.total, records=records, search="")


def _tone(role: str | None, type_name: str) -> str:
    if role:
        return role if role in _COLOURED_ROLES else "neutral"
    return _TONES.get(type_name, "neutral")


def _search(record: Record, type_name: str, page: Page) -> str:
    name = _SEARCH_FILTERS.get(record.type_name)
    if name is None or type_name not in SEARCHABLE_TYPES:
        return ""
    return page.url("/", **{"type": type_name, name: record.id})
