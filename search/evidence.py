"""The evidence that a record gives for paths: who took part, in which capacity, on what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from graph_model.nodes import Need, Offer, Partnership, Practice
from graph_model.record import Record
from graph_model.relationships import Participation, Role

EVIDENCE_TYPES: Final = ("need", "offer", "practice", "partnership")


class Capacity(IntEnum):
    """In which capacity a party stands in a record; the roles of partnerships and the authors of the rest."""

    BENEFICIARY = 0
    PIVOTAL = 1
    FACILITATING = 2
    IMPLEMENTING = 3
    SEEKS = 4
    OFFERS = 5
    SHARES = 6


_CAPACITY_OF_ROLE = {
    Role.BENEFICIARY: Capacity.BENEFICIARY,
    Role.PIVOTAL: Capacity.PIVOTAL,
    Role.FACILITATING: Capacity.FACILITATING,
    Role.IMPLEMENTING: Capacity.IMPLEMENTING,
}
_FIELDS: Final = {
    Need: ("sought_by", Capacity.SEEKS),
    Offer: ("offered_by", Capacity.OFFERS),
    Practice: ("shared_by", Capacity.SHARES),
    Partnership: ("parties", None),
}
"""The field that names a record's parties, and their capacity where the field decides it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record as the projection holds it. parties: (reference, capacity) pairs."""

    ref: str
    content_hash: str
    parties: tuple[tuple[str, Capacity], ...]
    clusters: tuple[str, ...]
    sdgs: tuple[str, ...]
    private: bool = False


def evidence_of(record: Record) -> Evidence | None:
    """What a need, offer, practice or partnership says; None for other types."""
    field, capacity = _FIELDS.get(type(record), ("", None))
    if not field:
        return None
    ends = [
        (end.party, end.role) if isinstance(end, Participation) else (end, None)
        for end in getattr(record, field)
    ]
    return Evidence(
        record.ref,
        record.content_hash,
        _capacities(ends, capacity),
        tuple(getattr(record, "clusters", ())),
        goals(getattr(record, "sdgs", ())),
        bool(getattr(record, "private_sector", False)),
    )


def evidence_of_row(kind: type[Record], row: Mapping[str, Any]) -> Evidence:
    """The same from a row of ``published_bare``."""
    field, capacity = _FIELDS[kind]
    return Evidence(
        row["ref"],
        row["content_hash"],
        _capacities(row[field], capacity),
        tuple(ref for ref, _ in row["clusters"]),
        goals(ref for ref, _ in row["sdgs"]),
        bool(row.get("private_sector")),
    )


def goals(sdgs: Iterable[str]) -> tuple[str, ...]:
    """SDG references as goals: a target counts for the goal that it belongs to."""
    return tuple(sorted({ref.partition(".")[0] for ref in sdgs}))


def _capacities(
    ends: Iterable[Sequence[str | None]], capacity: Capacity | None
) -> tuple[tuple[str, Capacity], ...]:
    return tuple(
        (str(ref), capacity if capacity is not None else _CAPACITY_OF_ROLE[Role(str(role))])
        for ref, role in ends
    )
