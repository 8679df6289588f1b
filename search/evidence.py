"""The evidence that a record gives for paths: who took part, in which capacity, on what."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from graph_model.nodes import Need, Offer, Partnership, Practice
from graph_model.record import Record
from graph_model.relationships import Role

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
_AUTHORS = {
    Need: ("sought_by", Capacity.SEEKS),
    Offer: ("offered_by", Capacity.OFFERS),
    Practice: ("shared_by", Capacity.SHARES),
}


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
    if isinstance(record, Partnership):
        parties = tuple((item.party, _CAPACITY_OF_ROLE[item.role]) for item in record.parties)
        return Evidence(
            record.ref,
            record.content_hash,
            parties,
            tuple(record.clusters),
            goals(record.sdgs),
            record.private_sector,
        )
    for kind, (field, capacity) in _AUTHORS.items():
        if isinstance(record, kind):
            authors: list[str] = getattr(record, field)
            return Evidence(
                record.ref,
                record.content_hash,
                tuple((ref, capacity) for ref in authors),
                tuple(record.clusters),
                goals(record.sdgs),
            )
    return None


def goals(sdgs: list[str]) -> tuple[str, ...]:
    """SDG references as goals: a target counts for the goal that it belongs to."""
    return tuple(sorted({ref.partition(".")[0] for ref in sdgs}))
