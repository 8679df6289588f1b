"""Rankers of partners that the shipped model is held against; every one sees the same evidence."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.evidence import Capacity
from search.fitting import Case, feature_names
from search.path_features import partner_features
from search.projection import Projection

Scores = NDArray[np.float64]
Ranker = Callable[[Projection, Case, Capacity], Scores]

_NEIGHBOURS: Final = 20
"""Projects that vote in the text ranker."""


def popularity(projection: Projection, case: Case, capacity: Capacity) -> Scores:
    """In how many visible projects a corner stood in this capacity."""
    scores: Scores = _presence(projection, case, capacity)[0].sum(axis=0)
    return scores


def text_similarity(projection: Projection, case: Case, capacity: Capacity) -> Scores:
    """The summed cosines of the nearest visible projects of a corner (kNN)."""
    presence, rows = _presence(projection, case, capacity)
    similarity = dict(case.question.meaning)
    cosines = np.array([max(similarity.get(int(row), 0.0), 0.0) for row in rows])
    nearest = np.argsort(-cosines, kind="stable")[:_NEIGHBOURS]
    scores: Scores = cosines[nearest] @ presence[nearest]
    return scores


def common_neighbours(projection: Projection, case: Case, _capacity: Capacity) -> Scores:
    """Corners that stood in a project both with a beneficiary and with the candidate."""
    together = _co_participation(projection, case)
    scores: Scores = together[list(case.question.beneficiaries)].sum(axis=0) @ together
    return scores


def adamic_adar(projection: Projection, case: Case, _capacity: Capacity) -> Scores:
    """Common neighbours, each weighing 1 / log(its degree) (Adamic and Adar 2003)."""
    together = _co_participation(projection, case)
    degree = together.sum(axis=1)
    weights = np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0)
    scores: Scores = (together[list(case.question.beneficiaries)].sum(axis=0) * weights) @ together
    return scores


def dwpc(projection: Projection, case: Case, capacity: Capacity) -> Scores:
    """Degree-weighted path counts alone, w = 0.4, over the metapaths beneficiary-project-partner,
    cluster-project-partner and SDG-project-partner, each scaled as hetmatpy does: arcsinh of the count over
    the metapath's mean count.
    """
    names = feature_names(capacity)
    chosen = [names.index(name) for name in ("ties_with_beneficiary", "record_in_cluster", "record_in_sdg")]
    with projection.hiding(case.hidden):
        counts = np.expm1(partner_features(projection, case.question, capacity)[:, chosen])
    means = np.maximum(counts.mean(axis=0), 1e-9)
    scores: Scores = np.arcsinh(counts / means).sum(axis=1)
    return scores


RANKERS: Final[dict[str, Ranker]] = {
    "popularity": popularity,
    "text similarity (kNN)": text_similarity,
    "common neighbours": common_neighbours,
    "Adamic-Adar": adamic_adar,
    "DWPC alone (w = 0.4)": dwpc,
}


def _visible_rows(projection: Projection, case: Case) -> NDArray[np.int64]:
    hidden = set(case.hidden)
    rows = [row for row in range(len(projection)) if projection.ref(row) not in hidden]
    return np.array(rows, dtype=np.int64)


def _presence(
    projection: Projection, case: Case, capacity: Capacity
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(visible projects, corners) 1 where a corner stands in the capacity, and the rows of the projects."""
    rows = _visible_rows(projection, case)
    return _incidence(projection, rows, (capacity,)), rows


def _co_participation(projection: Projection, case: Case) -> NDArray[np.float64]:
    """(corners, corners) 1 where two corners stood in one visible project, 0 on the diagonal."""
    rows = _visible_rows(projection, case)
    present = _incidence(projection, rows, tuple(Capacity))
    together: NDArray[np.float64] = (present.T @ present > 0).astype(np.float64)
    np.fill_diagonal(together, 0)
    return together


def _incidence(
    projection: Projection, rows: NDArray[np.int64], capacities: Sequence[Capacity]
) -> NDArray[np.float64]:
    position, corner, found = projection.members(rows)
    chosen = np.isin(found, capacities)
    incidence = np.zeros((len(rows), len(projection.corners)))
    incidence[position[chosen], corner[chosen]] = 1.0
    return incidence
