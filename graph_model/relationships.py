"""Relationship types: each declared once, with its ends, its predicate and its properties.

Every relationship is owned by exactly one record type, in one field of it: writing the record writes the
relationship. ``Owns`` in a field's annotation of ``nodes.py`` says which relationship and in which direction.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph_model.text import PartialDate, Reference
from graph_model.vocabulary import DCT, ORG, PROV, SCHEMA, SKOS, OwnTerm

PARTY_TYPES: Final = ("country", "stakeholder")


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A relationship of the graph.

    name: Neo4j relationship type. starts, ends: node type names at its two ends.
    predicate: RDF predicate from start to end; reverse: the one from end to start, where a standard has one.
    """

    name: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    predicate: str
    reverse: str | None = None


BASED_IN: Final = RelationshipType("BASED_IN", ("stakeholder",), ("country",), SCHEMA.location)
HAS_NEED: Final = RelationshipType("HAS_NEED", PARTY_TYPES, ("need",), SCHEMA.seeks)
MAKES_OFFER: Final = RelationshipType(
    "MAKES_OFFER", PARTY_TYPES, ("offer",), SCHEMA.makesOffer, reverse=SCHEMA.offeredBy
)
SHARES: Final = RelationshipType("SHARES", PARTY_TYPES, ("practice",), OwnTerm("shares"), reverse=DCT.creator)
IN_CLUSTER: Final = RelationshipType(
    "IN_CLUSTER", ("need", "offer", "practice", "partnership"), ("cluster",), DCT.subject
)
CONTRIBUTES_TO: Final = RelationshipType(
    "CONTRIBUTES_TO",
    ("need", "offer", "practice", "partnership", "cluster"),
    ("sdg",),
    OwnTerm("contributesTo"),
)
BROADER: Final = RelationshipType(
    "BROADER", ("cluster", "sdg"), ("cluster", "sdg"), SKOS.broader, reverse=SKOS.narrower
)
ADDRESSES: Final = RelationshipType("ADDRESSES", ("partnership",), ("need",), OwnTerm("addresses"))
DRAWS_ON: Final = RelationshipType("DRAWS_ON", ("partnership",), ("offer",), PROV.used)
PARTICIPATES_IN: Final = RelationshipType(
    "PARTICIPATES_IN", PARTY_TYPES, ("partnership",), ORG.memberOf, reverse=ORG.hasMember
)

RELATIONSHIP_TYPES: Final = {
    kind.name: kind
    for kind in (
        BASED_IN,
        HAS_NEED,
        MAKES_OFFER,
        SHARES,
        IN_CLUSTER,
        CONTRIBUTES_TO,
        BROADER,
        ADDRESSES,
        DRAWS_ON,
        PARTICIPATES_IN,
    )
}


class Role(StrEnum):
    """What a party does in a partnership."""

    BENEFICIARY = "beneficiary"
    PIVOTAL = "pivotal"
    FACILITATING = "facilitating"
    IMPLEMENTING = "implementing"


class Participation(BaseModel):
    """One party's role in one partnership, dated as far as the source knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    end_field: ClassVar[str] = "party"

    party: Reference = Field(description="Who: country/ISO3 or stakeholder/id.")
    role: Role = Field(description="In which role.")
    from_: PartialDate | None = Field(default=None, alias="from", description="Since when.")
    to: PartialDate | None = Field(default=None, description="Until when.")

    @model_validator(mode="after")
    def _ordered(self) -> "Participation":
        if self.from_ and self.to and self.to < self.from_[: len(self.to)]:
            raise ValueError(f"ends in {self.to}, before it starts in {self.from_}")
        return self


@dataclass(frozen=True, slots=True)
class Owns:
    """Marks the record field that owns relationships of one type.

    inverse: True where the record is the relationship's end, so that the field lists its starts.
    """

    kind: RelationshipType
    inverse: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """Node types that the field may name."""
        return self.kind.starts if self.inverse else self.kind.ends
