"""The projection: counts kept by additions equal counts made at once, and a brute-force reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.nodes import Country
from search.evidence import Capacity, Evidence
from search.parties import Party
from search.projection import Projection

COUNTRIES = [
    Country(
        id=code,
        source="test",
        name={"en": code},
        region=region,
        subregion=subregion,
        developing=developing,
        languages=["en"],
    )
    for code, region, subregion, developing in (
        ("KEN", "Africa", "Eastern Africa", True),
        ("UGA", "Africa", "Eastern Africa", True),
        ("SEN", "Africa", "Western Africa", True),
        ("BRA", "Americas", "South America", True),
        ("JPN", "Asia", "Eastern Asia", False),
    )
]
PARTIES = [
    Party("stakeholder/jica", "country/JPN", private=False),
    Party("stakeholder/firm", "country/BRA", private=True),
    Party("stakeholder/wipo", "stakeholder/wipo", private=False),
]
REFS = [country.ref for country in COUNTRIES] + [party.ref for party in PARTIES]

evidence = st.builds(
    Evidence,
    ref=st.integers(0, 40).map(lambda number: f"partnership/p{number}"),
    content_hash=st.sampled_from(["a", "b"]),
    parties=st.lists(
        st.tuples(st.sampled_from(REFS), st.sampled_from(list(Capacity))), max_size=6, unique=True
    ).map(tuple),
    clusters=st.lists(st.sampled_from(["cluster/a", "cluster/b"]), max_size=2, unique=True).map(tuple),
    sdgs=st.lists(st.sampled_from(["sdg/1", "sdg/2"]), max_size=2, unique=True).map(tuple),
    private=st.booleans(),
)


def assert_equal_counts(left: Projection, right: Projection) -> None:
    for capacity, record in left.records.items():
        other = right.records[capacity]
        for name in ("overall", "by_beneficiary", "by_subregion"):
            np.testing.assert_allclose(getattr(record, name), getattr(other, name), atol=1e-4)
        for name, known, others in (
            ("by_cluster", left.clusters, right.clusters),
            ("by_sdg", left.sdgs, right.sdgs),
        ):
            for topic, index in known.items():
                mine = getattr(record, name)[index]
                theirs = getattr(other, name)[others[topic]] if topic in others else np.zeros_like(mine)
                np.testing.assert_allclose(mine, theirs, atol=1e-4)
    np.testing.assert_allclose(left.together, right.together, atol=1e-4)
    np.testing.assert_allclose(left.private, right.private, atol=1e-4)
    assert left.checksum == right.checksum


def latest(records: list[Evidence]) -> dict[str, Evidence]:
    return {item.ref: item for item in records}


@given(st.lists(evidence, max_size=30), st.sets(st.integers(0, 40), max_size=10))
def test_additions_and_removals_leave_the_counts_of_what_remains(
    records: list[Evidence], removed: set[int]
) -> None:
    step_by_step = Projection(COUNTRIES, PARTIES)
    for item in records:
        step_by_step.upsert(item)
    gone = {f"partnership/p{number}" for number in removed}
    for ref in gone:
        step_by_step.remove(ref)
    at_once = Projection(COUNTRIES, PARTIES)
    at_once.load(item for ref, item in latest(records).items() if ref not in gone)
    assert_equal_counts(step_by_step, at_once)


@given(st.lists(evidence, min_size=1, max_size=20))
def test_hidden_records_count_for_nothing_and_come_back(records: list[Evidence]) -> None:
    projection = Projection(COUNTRIES, PARTIES)
    for item in records:
        projection.upsert(item)
    hidden = records[0].ref
    without = Projection(COUNTRIES, PARTIES)
    without.load(item for ref, item in latest(records).items() if ref != hidden)
    whole = Projection(COUNTRIES, PARTIES)
    whole.load(latest(records).values())
    with projection.hiding([hidden]):
        for capacity, record in projection.records.items():
            np.testing.assert_allclose(record.overall, without.records[capacity].overall, atol=1e-4)
        np.testing.assert_allclose(projection.together, without.together, atol=1e-4)
    assert_equal_counts(projection, whole)


def test_counts_are_degree_weighted_path_counts() -> None:
    projection = Projection(COUNTRIES, PARTIES)
    projection.upsert(
        Evidence(
            "partnership/p",
            "h",
            (
                ("country/KEN", Capacity.BENEFICIARY),
                ("country/UGA", Capacity.BENEFICIARY),
                ("country/BRA", Capacity.PIVOTAL),
                ("stakeholder/jica", Capacity.FACILITATING),
                ("stakeholder/wipo", Capacity.FACILITATING),
            ),
            ("cluster/a",),
            ("sdg/9",),
        )
    )
    index = projection.corners.index
    pivotal = projection.records[Capacity.PIVOTAL]
    assert pivotal.by_beneficiary[index["country/KEN"], index["country/BRA"]] == pytest.approx(2**-0.4)
    together = projection.together[index["country/BRA"]]
    assert together[index["country/JPN"]] == pytest.approx(2**-0.4)
    assert together[index["stakeholder/wipo"]] == pytest.approx(2**-0.4)


def test_a_stakeholder_that_moves_takes_its_record_along() -> None:
    projection = Projection(COUNTRIES, PARTIES)
    projection.upsert(Evidence("offer/o", "h", (("stakeholder/jica", Capacity.OFFERS),), (), ()))
    projection.upsert_party(Party("stakeholder/jica", "country/KEN", private=False))
    offers = projection.records[Capacity.OFFERS].overall
    index = projection.corners.index
    assert offers[index["country/JPN"]] == pytest.approx(0)
    assert offers[index["country/KEN"]] == pytest.approx(1)
    assert projection.rows_of(index["country/KEN"]).tolist() == [projection.row("offer/o")]


def test_a_party_that_becomes_known_later_counts_from_then_on() -> None:
    projection = Projection(COUNTRIES)
    projection.upsert(Evidence("offer/o", "h", (("stakeholder/new", Capacity.OFFERS),), (), ()))
    assert projection.records[Capacity.OFFERS].overall.sum() == 0
    projection.upsert_party(Party("stakeholder/new", "stakeholder/new", private=False))
    assert projection.records[Capacity.OFFERS].overall.sum() == pytest.approx(1)


def test_an_empty_projection_alone_can_be_loaded() -> None:
    projection = Projection(COUNTRIES)
    projection.upsert(Evidence("offer/o", "h", (), (), ()))
    with pytest.raises(ValueError, match="empty"):
        projection.load([])


@given(st.lists(evidence, min_size=1, max_size=20), st.sampled_from(["country/KEN", "country/SEN"]))
def test_rows_and_parties_of_a_corner_are_those_of_the_present_records(
    records: list[Evidence], home: str
) -> None:
    projection = Projection(COUNTRIES, PARTIES)
    for place, item in enumerate(records):
        projection.upsert(item)
        if place == len(records) // 2:
            projection.upsert_party(Party("stakeholder/jica", home, private=False))
        for corner in range(len(projection.corners)):  # what was read before must not show afterwards
            projection.rows_of(corner)
    present = latest(records)
    for corner, ref in enumerate(projection.corners.refs):
        standing = {
            row: {
                party for party, _ in item.parties if party in REFS and projection.corner_of(party) == corner
            }
            for item in present.values()
            if (row := projection.row(item.ref)) is not None
        }
        assert {*projection.rows_of(corner).tolist()} == {row for row, found in standing.items() if found}, (
            ref
        )
        asked = [(row, (corner,)) for row in standing]
        found = projection.standing_for(asked)
        assert [set(each) for each in found] == list(standing.values())
        assert all(value == corner for each in found for value in each.values())
    pairs = [(row, (0, 3)) for row in standing]
    for (row, corners), both in zip(pairs, projection.standing_for(pairs), strict=True):
        assert both == {party: at for party, at, _ in projection.parties(row) if at in corners}
