"""The recovery benchmark: what must be hidden cannot reach a score, and its measures are right."""

from dataclasses import replace

import numpy as np
import pytest

from bench._metrics import first_rank, gini, interval, ndcg_at_10, order_of
from bench._recovery_data import PastProject, PastProjects
from bench._recovery_rankers import RANKERS
from bench.recovery import fold_splits, time_splits
from search.evidence import Capacity, Evidence
from search.fitting import Case, examples
from search.projection import Projection
from tests.unit.test_projection import COUNTRIES, PARTIES

PROJECTS = 24
SIZE = len(COUNTRIES)


def evidence_of(number: int) -> Evidence:
    codes = [country.ref for country in COUNTRIES]
    return Evidence(
        f"partnership/p{number}",
        "h",
        (
            (codes[number % 3], Capacity.BENEFICIARY),
            (codes[(number + 1 + number % 2) % SIZE], Capacity.PIVOTAL),
            (PARTIES[number % len(PARTIES)].ref, Capacity.FACILITATING),
        ),
        (f"cluster/{'ab'[number % 2]}",),
        (f"sdg/{number % 3}",),
    )


def projects_world(without: frozenset[int] = frozenset()) -> PastProjects:
    """Projects in groups of two near-duplicates; those left out are in no array and no projection."""
    kept = [number for number in range(PROJECTS) if number not in without]
    random = np.random.default_rng(5)
    vectors = random.normal(size=(PROJECTS, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = (random.random((PROJECTS, 30)) < 0.2) * random.random((PROJECTS, 30))
    projection = Projection(COUNTRIES, PARTIES)
    for topic in ("cluster/a", "cluster/b"):
        projection.clusters.setdefault(topic, len(projection.clusters))
    for number in range(3):
        projection.sdgs.setdefault(f"sdg/{number}", number)
    for number in kept:
        projection.upsert(evidence_of(number))
    index = projection.corners.index
    projects = []
    for number in kept:
        parties = {
            capacity: frozenset(
                corner
                for ref, found in evidence_of(number).parties
                if found is capacity and (corner := projection.corner_of(ref)) is not None
            )
            for capacity in (Capacity.BENEFICIARY, Capacity.PIVOTAL, Capacity.FACILITATING)
        }
        projects.append(
            PastProject(
                ref=f"partnership/p{number}",
                title=str(number),
                group=number // 2,
                year=2000 + number,
                beneficiaries=(index[COUNTRIES[number % 3].ref],),
                partners=parties,
                clusters=(number % 2,),
                sdgs=(number % 3,),
            )
        )
    return PastProjects(projection, projects, vectors[kept] @ vectors[kept].T, words[kept])


@pytest.mark.parametrize("capacity", [Capacity.PIVOTAL, Capacity.FACILITATING])
def test_a_score_is_that_of_a_world_without_the_hidden_projects(capacity: Capacity) -> None:
    asked, fold = 6, frozenset({6, 7, 10, 11, 20})
    whole = projects_world()
    visible = np.array([number not in fold for number in range(PROJECTS)])
    case = whole.case(asked, capacity, visible)
    with_hidden = examples(whole.projection, [case], capacity, SIZE)

    bare = projects_world(without=fold - {asked})
    place = [project.ref for project in bare.projects].index(f"partnership/p{asked}")
    shown = np.array([project.ref != f"partnership/p{asked}" for project in bare.projects])
    bare_case = bare.case(place, capacity, shown)
    bare.projection.remove(f"partnership/p{asked}")
    without_hidden = examples(bare.projection, [replace(bare_case, hidden=())], capacity, SIZE)
    np.testing.assert_allclose(with_hidden.features, without_hidden.features, atol=1e-5)


@pytest.mark.parametrize("name", RANKERS)
def test_no_ranker_sees_a_hidden_project(name: str) -> None:
    """Moving the partners of hidden projects changes no score."""
    capacity, asked = Capacity.PIVOTAL, 6
    world = projects_world()
    visible = np.ones(PROJECTS, dtype=bool)
    visible[[10, 11]] = False
    case = world.case(asked, capacity, visible)
    assert {"partnership/p6", "partnership/p7", "partnership/p10", "partnership/p11"} == set(case.hidden)
    before = RANKERS[name](world.projection, case, capacity)
    for ref in case.hidden:
        moved = replace(evidence_of(int(ref.rpartition("p")[2])), parties=())
        world.projection.upsert(moved)
    rows = {world.projection.ref(row): row for row in range(len(world.projection) + len(case.hidden))}
    assert before.sum() > 0
    after = RANKERS[name](world.projection, rebased(case, rows), capacity)
    np.testing.assert_allclose(before, after, atol=1e-5)


def rebased(case: Case, rows: dict[str, int]) -> Case:
    """The same case; its visible rows are where they were, since a changed record is a new row."""
    assert all(row in rows.values() for row, _ in case.question.meaning)
    return case


def test_folds_never_divide_near_duplicates_and_test_every_project_once() -> None:
    world = projects_world()
    tested: list[int] = []
    for train, test in fold_splits(world):
        groups = {world.projects[place].group for place in test}
        assert groups.isdisjoint(world.projects[place].group for place in train)
        tested += test.tolist()
    assert sorted(tested) == list(range(PROJECTS))


def test_time_splits_train_on_earlier_years_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.recovery.FEWEST_TRAINING", 2)
    world = projects_world()
    splits = list(time_splits(world))
    assert splits
    for train, test in splits:
        assert max(world.projects[place].year for place in train) < min(
            world.projects[place].year for place in test
        )


def test_measures_of_a_known_ranking() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.3])
    truth = np.array([True, False, True, False])
    order = order_of(scores, seed=1)
    assert order.tolist() == [1, 2, 3, 0]
    assert first_rank(order, truth) == 2
    assert ndcg_at_10(order, truth) == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3)))
    assert gini(np.array([1.0, 1.0, 1.0, 1.0])) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    low, high = interval([0.0, 1.0] * 50)
    assert low < 0.5 < high


def test_equal_scores_are_ordered_at_random_but_the_same_each_time() -> None:
    flat = np.zeros(50)
    assert order_of(flat, seed=3).tolist() == order_of(flat, seed=3).tolist()
    assert order_of(flat, seed=3).tolist() != order_of(flat, seed=4).tolist()
