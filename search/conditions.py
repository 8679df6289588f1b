"""Why there is no path, or why one is not proposed: a code for each condition, and the same in English.

The answers carry both: programs and the command line are given the English, and who speaks another language
makes its own words from the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Emptying(StrEnum):
    """The condition that left no path."""

    CLUSTER = "cluster"
    GRAPH = "graph"
    PIVOTAL = "pivotal partner"
    FACILITATING = "facilitating partner"
    MODALITY = "modality"
    EVIDENCE = "evidence"


class Exclusion(StrEnum):
    """The condition that keeps a triangle out."""

    FACILITATING_MISSING = "facilitating-missing"
    TWO_CORNERS = "two-corners"
    NO_COUNTRY = "no-country"
    BENEFICIARY = "beneficiary"
    REQUEST = "request"
    DEVELOPING = "developing"
    NOT_DEVELOPING = "not-developing"
    NO_RECORD = "no-record"
    NO_RECORD_IN_ROLE = "no-record-in-role"


Corner = Literal["pivotal", "facilitating"]

_EMPTIED: Final[Mapping[Emptying, str]] = {
    Emptying.CLUSTER: "no published offer, practice or partnership is in {clusters}",
    Emptying.GRAPH: "it holds no published offer, practice or partnership yet",
    Emptying.PIVOTAL: "no {countries} country with a track record is left for {modality}{exclusions}",
    Emptying.FACILITATING: "no party with a track record is left for {modality}{exclusions}",
    Emptying.MODALITY: "no two different parties are left",
    Emptying.EVIDENCE: "no triangle has a record behind each of its edges",
}
_EXCLUDED: Final[Mapping[Exclusion, str]] = {
    Exclusion.FACILITATING_MISSING: "a {modality} path needs a facilitating partner; name one",
    Exclusion.TWO_CORNERS: "{party} would stand in two corners",
    Exclusion.NO_COUNTRY: "{party} is no country; a multilateral can only facilitate",
    Exclusion.BENEFICIARY: "{party} is the beneficiary",
    Exclusion.REQUEST: "{party} was excluded by the request",
    Exclusion.DEVELOPING: (
        "{party} is a developing country, and {modality} asks for a developed or multilateral one"
    ),
    Exclusion.NOT_DEVELOPING: "{party} is no developing country, and {modality} asks for one",
    Exclusion.NO_RECORD: "{party} has no record of work, offers or practices in this graph",
    Exclusion.NO_RECORD_IN_ROLE: "{party} has no record in the capacity that {modality} asks for",
}


@dataclass(frozen=True, slots=True)
class Emptied:
    """Which condition left no path. clusters: those asked for. excluding: whether parties were left out."""

    code: Emptying
    modality: str
    clusters: tuple[str, ...] = ()
    excluding: bool = False

    def __str__(self) -> str:
        said = _EMPTIED[self.code].format(
            clusters=", ".join(self.clusters),
            countries="developed" if self.modality == "north-south" else "developing",
            modality=self.modality,
            exclusions=" after the exclusions" if self.excluding else "",
        )
        return f"{self.code}: {said}"


@dataclass(frozen=True, slots=True)
class Excluded:
    """Which condition keeps a triangle out. corner: the one that does not meet it. party: who stands there,
    None where nobody does.
    """

    code: Exclusion
    corner: Corner
    modality: str
    party: str | None = None

    def __str__(self) -> str:
        said = _EXCLUDED[self.code].format(party=self.party, modality=self.modality)
        return said if self.code is Exclusion.TWO_CORNERS else f"{self.corner}: {said}"
