"""The modality of a partnership, computed from its parties."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph_model.relationships import Role


class Modality(StrEnum):
    """Modalities of cooperation in the words of the United Nations."""

    TRIANGULAR = "triangular"
    SOUTH_SOUTH = "south-south"
    NORTH_SOUTH = "north-south"


@dataclass(frozen=True, slots=True)
class PartyStanding:
    """What decides a party's place in a modality.

    country: reference of its country, None for a multilateral. developing: whether that country is a
    developing one, None where there is no country.
    """

    role: Role
    country: str | None
    developing: bool | None
    multilateral: bool


def modality_of(parties: Iterable[PartyStanding]) -> Modality | None:
    """South-South, triangular or North-South; None where no developing party takes part.

    Triangular: two or more developing countries and a facilitating Northern or multilateral party.
    South-South: developing parties and no Northern one. North-South: every other cooperation with a
    developing party, multilateral assistance to a single country included.
    """
    known = list(parties)
    developing = {party.country for party in known if party.developing}
    northern = any(party.developing is False for party in known)
    facilitated = any(
        party.role is Role.FACILITATING and (party.multilateral or party.developing is False)
        for party in known
    )
    if not developing:
        return None
    if len(developing) >= 2 and facilitated:
        return Modality.TRIANGULAR
    if not northern and not (facilitated and len(developing) < 2):
        return Modality.SOUTH_SOUTH
    return Modality.NORTH_SOUTH
