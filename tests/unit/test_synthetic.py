"""The synthetic graph of the benchmarks: seeded, growing, heavy-tailed, and the engine exact on it."""

import numpy as np
import pytest

from bench._paths_projection import compared, invented_questions
from bench._paths_reference import Reference
from bench._synthetic import MULTILATERALS, Kind, SyntheticGraph
from search.path_model import SHIPPED_MODEL, PathModel
from search.projection import Projection

NODES = 6_000


@pytest.fixture(scope="module")
def graph() -> SyntheticGraph:
    return SyntheticGraph(NODES)


@pytest.fixture(scope="module")
def projection(graph: SyntheticGraph) -> Projection:
    built = Projection(graph.countries, graph.parties(graph.made))
    built.load(graph.evidence(0, graph.made))
    return built


def test_a_smaller_graph_is_the_start_of_a_larger_one(graph: SyntheticGraph) -> None:
    smaller = SyntheticGraph(NODES // 2)
    assert list(smaller.evidence(0, smaller.made)) == list(graph.evidence(0, smaller.made))
    assert list(smaller.parties(smaller.made)) == list(graph.parties(smaller.made))


def test_another_seed_gives_another_graph(graph: SyntheticGraph) -> None:
    other = SyntheticGraph(NODES, seed=1)
    assert list(other.evidence(0, 100)) != list(graph.evidence(0, 100))


def test_it_has_as_many_nodes_as_asked_for(graph: SyntheticGraph, projection: Projection) -> None:
    organisations = int((graph.kind == Kind.STAKEHOLDER).sum())
    others = len(graph.countries) + len(graph.clusters) + len(graph.sdgs) + MULTILATERALS
    assert organisations + len(projection) + others == NODES


def test_too_few_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="nodes must be more than"):
        SyntheticGraph(10)


def test_records_name_only_parties_that_come_before_them(graph: SyntheticGraph) -> None:
    first = len(graph.countries) + MULTILATERALS
    of_organisations = graph.members.party >= first
    nodes = graph.organisation_nodes[graph.members.party[of_organisations] - first]
    assert (nodes < graph.members.node[of_organisations]).all()


def test_few_countries_do_most_of_the_work(graph: SyntheticGraph) -> None:
    corners = graph.party_corner[graph.members.party]
    counts = np.sort(np.bincount(corners, minlength=len(graph.countries)))[::-1]
    assert counts[: len(counts) // 10].sum() > counts.sum() / 2


def test_the_engine_ranks_as_brute_force_does(graph: SyntheticGraph, projection: Projection) -> None:
    questions = invented_questions(graph, projection, graph.made, 6)
    model = PathModel.load(SHIPPED_MODEL)
    found = compared(projection, questions, Reference(graph, graph.made), model)
    assert found["same first 20 in the same order"] == len(questions)
    assert found["largest gap"] < 1e-4
