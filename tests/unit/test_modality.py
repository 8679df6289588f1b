"""The modality follows from the parties alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.modality import Modality, PartyStanding, modality_of
from graph_model.relationships import Role


def south(country: str, role: Role = Role.PIVOTAL) -> PartyStanding:
    return PartyStanding(role, country, developing=True, multilateral=False)


def north(country: str, role: Role = Role.FACILITATING) -> PartyStanding:
    return PartyStanding(role, country, developing=False, multilateral=False)


def multilateral(role: Role = Role.FACILITATING) -> PartyStanding:
    return PartyStanding(role, None, developing=None, multilateral=True)


KENYA = south("country/KEN", Role.BENEFICIARY)
BRAZIL = south("country/BRA")
JAPAN = north("country/JPN")


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([KENYA, BRAZIL], Modality.SOUTH_SOUTH),
        ([KENYA, BRAZIL, JAPAN], Modality.TRIANGULAR),
        ([KENYA, BRAZIL, multilateral()], Modality.TRIANGULAR),
        ([KENYA, BRAZIL, multilateral(Role.IMPLEMENTING)], Modality.SOUTH_SOUTH),
        ([KENYA, BRAZIL, north("country/JPN", Role.PIVOTAL)], Modality.NORTH_SOUTH),
        ([KENYA, JAPAN], Modality.NORTH_SOUTH),
        ([KENYA, multilateral()], Modality.NORTH_SOUTH),
        ([KENYA, south("country/KEN"), JAPAN], Modality.NORTH_SOUTH),
        ([JAPAN, multilateral()], None),
        ([], None),
    ],
)
def test_modality(parties: list[PartyStanding], expected: Modality | None) -> None:
    assert modality_of(parties) is expected


standings = st.one_of(
    st.builds(
        PartyStanding,
        role=st.sampled_from(Role),
        country=st.sampled_from(["country/KEN", "country/BRA", "country/VNM"]),
        developing=st.just(True),
        multilateral=st.just(False),
    ),
    st.builds(
        PartyStanding,
        role=st.sampled_from(Role),
        country=st.sampled_from(["country/JPN", "country/DEU"]),
        developing=st.just(False),
        multilateral=st.just(False),
    ),
    st.builds(
        PartyStanding,
        role=st.sampled_from(Role),
        country=st.none(),
        developing=st.none(),
        multilateral=st.just(True),
    ),
)


@given(st.lists(standings, max_size=6), st.randoms())
def test_order_and_repetition_of_parties_do_not_matter(parties: list[PartyStanding], random: object) -> None:
    again = parties + parties[:2]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert modality_of(again) is modality_of(parties)


@given(st.lists(standings, max_size=6))
def test_there_is_a_modality_exactly_where_a_developing_party_takes_part(
    parties: list[PartyStanding],
) -> None:
    assert (modality_of(parties) is not None) == any(party.developing for party in parties)
