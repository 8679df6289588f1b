"""Ranking: the best triangles equal a brute-force reference; contributions sum to scores; roles are kept."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.evidence import Capacity, Evidence
from search.path_features import (
    FACILITATING_FEATURES,
    PAIR_FEATURES,
    PIVOTAL_FEATURES,
    Question,
    partner_features,
)
from search.path_model import PathModel, probability
from search.projection import Projection
from search.ranking import MODALITIES, admissible, best_triangles, rank_of, score_pairs, triangle
from tests.unit.test_projection import COUNTRIES, PARTIES, evidence

MODEL = PathModel(
    identity="test",
    fitted_on="nothing",
    pivotal={name: 0.1 + 0.01 * place for place, name in enumerate(PIVOTAL_FEATURES)},
    facilitating={name: 0.2 + 0.01 * place for place, name in enumerate(FACILITATING_FEATURES)},
    pair=dict.fromkeys(PAIR_FEATURES, 0.3),
    baseline=-5.0,
    partner_baseline=-4.0,
)


def projected(records: list[Evidence]) -> Projection:
    projection = Projection(COUNTRIES, PARTIES)
    for item in records:
        projection.upsert(item)
    return projection


def asked(projection: Projection, beneficiary: str = "country/KEN") -> Question:
    rows = [row for row in (projection.row(f"partnership/p{n}") for n in range(41)) if row is not None]
    near = [(row, 1 / (2 + place)) for place, row in enumerate(rows)]
    return Question(near, near, [projection.corners.index[beneficiary]], {}, {})


@given(st.lists(evidence, max_size=25), st.sampled_from(MODALITIES))
def test_the_plain_order_equals_brute_force(records: list[Evidence], modality: str) -> None:
    projection = projected(records)
    question = asked(projection)
    allowed = admissible(projection, modality, question.beneficiaries, [])
    scores = score_pairs(projection, question, MODEL, allowed)
    found = best_triangles(scores, MODEL, 20, diversity=0.0)

    pivotal = partner_features(projection, question, Capacity.PIVOTAL)
    facilitating = partner_features(projection, question, Capacity.FACILITATING)
    reference = []
    for p, f in product(range(projection.corners.countries), range(len(projection.corners))):
        if not allowed.pivotal[p]:
            continue
        value = float(pivotal[p] @ MODEL.pivotal_weights)
        if allowed.facilitating is None:
            reference.append(value + MODEL.partner_baseline)
            continue
        if allowed.facilitating[f] and p != f:
            joint = float(np.log1p(projection.together[p, f])) * 0.3
            third = float(facilitating[f] @ MODEL.facilitating_weights)
            reference.append(value + third + joint + MODEL.baseline)
    if allowed.facilitating is None:
        reference = reference[:: len(projection.corners)]
    expected = sorted(reference, reverse=True)[:20]
    assert [item.score for item in found] == pytest.approx(expected)


@given(st.lists(evidence, min_size=1, max_size=25), st.sampled_from(MODALITIES))
def test_contributions_sum_to_the_score_exactly(records: list[Evidence], modality: str) -> None:
    projection = projected(records)
    question = asked(projection)
    scores = score_pairs(
        projection, question, MODEL, admissible(projection, modality, question.beneficiaries, [])
    )
    for item in best_triangles(scores, MODEL, 10):
        assert sum(item.contributions.values()) == item.score
        assert item.score == pytest.approx(scores.pairs[item.pivotal, item.facilitating or 0], abs=1e-9)
        assert 0 < probability(item.score) < 1


def worked(ref: str, *parties: tuple[str, Capacity]) -> Evidence:
    return Evidence(ref, "h", parties, ("cluster/a",), ())


def triangles_world() -> Projection:
    return projected(
        [
            worked(
                "partnership/p1",
                ("country/KEN", Capacity.BENEFICIARY),
                ("country/BRA", Capacity.PIVOTAL),
                ("stakeholder/jica", Capacity.FACILITATING),
            ),
            worked(
                "partnership/p2",
                ("country/UGA", Capacity.BENEFICIARY),
                ("country/SEN", Capacity.PIVOTAL),
                ("stakeholder/wipo", Capacity.FACILITATING),
            ),
            worked("offer/o1", ("stakeholder/firm", Capacity.OFFERS)),
        ]
    )


def corners_of(projection: Projection, modality: str) -> set[tuple[str, str | None]]:
    question = asked(projection)
    scores = score_pairs(
        projection, question, MODEL, admissible(projection, modality, question.beneficiaries, [])
    )
    refs = projection.corners.refs
    return {
        (refs[item.pivotal], None if item.facilitating is None else refs[item.facilitating])
        for item in best_triangles(scores, MODEL, 50)
    }


def test_a_triangle_has_a_southern_pivotal_and_a_northern_or_multilateral_facilitating_partner() -> None:
    assert corners_of(triangles_world(), "triangular") == set(
        product(["country/BRA", "country/SEN"], ["country/JPN", "stakeholder/wipo"])
    )


def test_south_south_has_no_third_corner_and_no_beneficiary_as_its_own_partner() -> None:
    assert corners_of(triangles_world(), "south-south") == {("country/BRA", None), ("country/SEN", None)}


def test_public_private_needs_a_corner_with_private_parties() -> None:
    pairs = corners_of(triangles_world(), "public-private")
    assert {third for _, third in pairs} == {"country/BRA"}


def test_an_excluded_corner_is_not_proposed() -> None:
    projection = triangles_world()
    question = asked(projection)
    brazil = projection.corners.index["country/BRA"]
    allowed = admissible(projection, "triangular", question.beneficiaries, [brazil])
    found = best_triangles(score_pairs(projection, question, MODEL, allowed), MODEL, 10)
    assert found
    assert brazil not in {item.pivotal for item in found}


def test_diversity_puts_an_unused_corner_before_a_slightly_better_repetition() -> None:
    projection = triangles_world()
    question = asked(projection)
    scores = score_pairs(
        projection, question, MODEL, admissible(projection, "triangular", question.beneficiaries, [])
    )
    first, second = best_triangles(scores, MODEL, 2, diversity=100.0)
    assert first.pivotal != second.pivotal
    assert first.facilitating != second.facilitating


def test_rank_counts_better_pairs_and_is_none_for_inadmissible_ones() -> None:
    projection = triangles_world()
    question = asked(projection)
    scores = score_pairs(
        projection, question, MODEL, admissible(projection, "triangular", question.beneficiaries, [])
    )
    order = best_triangles(scores, MODEL, 4, diversity=0.0)
    assert [rank_of(scores, item.pivotal, item.facilitating) for item in order] == [1, 2, 3, 4]
    kenya = projection.corners.index["country/KEN"]
    assert rank_of(scores, kenya, order[0].facilitating) is None
    assert triangle(scores, MODEL, order[0].pivotal, order[0].facilitating) == order[0]


def test_more_similar_work_never_lowers_a_score() -> None:
    projection = triangles_world()
    question = asked(projection)
    allowed = admissible(projection, "south-south", question.beneficiaries, [])
    before = score_pairs(projection, question, MODEL, allowed).pivotal
    better = replace(question, meaning=[(row, min(1.0, value * 2)) for row, value in question.meaning])
    after = score_pairs(projection, better, MODEL, allowed).pivotal
    column = PIVOTAL_FEATURES.index("most_similar_record")
    assert (after[:, column] >= before[:, column]).all()
