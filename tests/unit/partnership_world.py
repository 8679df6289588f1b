"""Partnerships with what they name, as exports get them, without a store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from export.parties import NamedPartnership
from export.published import PublicRecord
from graph_model.derive.payload import PUBLIC_PRIVATE, PartyFacts, PayloadContext, modalities
from graph_model.derive.properties import referenced
from graph_model.modality import Modality
from graph_model.nodes import Country, Partnership, Stakeholder, StakeholderKind
from graph_model.record import Record
from graph_model.relationships import Participation, Role
from ingest.demo_graph import demo_records

BASE: Final = "https://trimatch.example.org/graph"
MODIFIED: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


@cache
def demo_world() -> dict[str, Record]:
    """Every record of the demo that a partnership may name."""
    names = ("country", "sdg", "cluster", "stakeholder", "need", "offer")
    return {record.ref: record for name in names for record in demo_records(name)}


def demo_partnerships() -> Iterator[NamedPartnership]:
    for record in demo_records("partnership"):
        assert isinstance(record, Partnership)
        yield named(record, demo_world())


def named(record: Partnership, world: dict[str, Record]) -> NamedPartnership:
    context = PayloadContext({ref: _facts(each, world) for ref, each in world.items()}, {})
    public = PublicRecord(
        record=record,
        created_at=MODIFIED,
        modified_at=MODIFIED,
        shown=frozenset(referenced(record) & world.keys()),
        modalities=tuple(Modality(name) for name in modalities(record, context) if name != PUBLIC_PRIVATE),
    )
    return NamedPartnership(record, public, world)


def one(**changes: Any) -> NamedPartnership:
    """A triangular partnership of the demo's world, with changes."""
    fields: dict[str, Any] = {
        "id": "origins",
        "title": {"en": "Coffee origins", "fr": "Origines du café"},
        "description": {"en": "Experts helped growers."},
        "start": "2019-02-03",
        "end": "2021-11-30",
        "clusters": ["cluster/geographical-indications"],
        "sdgs": ["sdg/2", "sdg/2.3"],
        "links": ["https://example.org/coffee"],
        "source": "test",
        "parties": parties(
            (Role.BENEFICIARY, "country/KEN"),
            (Role.PIVOTAL, "country/BRA"),
            (Role.FACILITATING, "stakeholder/undp"),
        ),
    }
    return named(Partnership(**fields | changes), demo_world())


def parties(*pairs: tuple[Role, str]) -> list[Participation]:
    return [Participation(party=ref, role=role) for role, ref in pairs]


def with_records(*records: Record) -> dict[str, Record]:
    return demo_world() | {record.ref: record for record in records}


def organisation(identifier: str, name: str, **changes: Any) -> Stakeholder:
    fields: dict[str, Any] = {"kind": StakeholderKind.UNIVERSITY, "country": "country/KEN", "source": "test"}
    return Stakeholder(id=identifier, name={"en": name}, **fields | changes)


def _facts(record: Record, world: dict[str, Record]) -> PartyFacts:
    country = record if isinstance(record, Country) else world.get(getattr(record, "country", None) or "")
    home = country if isinstance(country, Country) else None
    return PartyFacts(
        ref=record.ref,
        kind=record.kind if isinstance(record, Stakeholder) else None,
        country=home.ref if home else None,
        developing=home.developing if home else None,
        region=None,
        subregion=None,
    )
