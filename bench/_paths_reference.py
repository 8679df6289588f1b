"""Brute-force scores of every pair, from the raw synthetic records: the exactness check of the engine.

Written for itself, from the definitions of the features alone: it shares no count, matrix or feature code
with the engine, goes through all records once for every question, and computes in float64.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench._synthetic import MULTILATERALS, SyntheticGraph
from search.evidence import Capacity
from search.path_model import PathModel

Floats = NDArray[np.float64]
_W: Final = -0.4
_INCOME: Final = {"low": 0, "lower-middle": 1, "upper-middle": 2, "high": 3}


class Reference:
    """Every record of the first ``stop`` nodes. Corners: countries by reference, then multilaterals."""

    def __init__(self, graph: SyntheticGraph, stop: int) -> None:
        self.graph = graph
        self.countries = len(graph.countries)
        self.corners = self.countries + MULTILATERALS
        end = int(np.searchsorted(graph.members.node, stop))
        self._node = graph.members.node[:end]
        self._corner = graph.party_corner[graph.members.party[:end]]
        self._capacity = graph.members.capacity[:end]
        self._nodes = stop
        self.corner_refs = [graph.party_ref(corner) for corner in range(self.corners)]
        self.subregion = np.unique([country.subregion for country in graph.countries], return_inverse=True)[1]
        self._clusters, self._sdgs = (
            self._topic_matrix(*pair)
            for pair in ((graph.topics[0], len(graph.clusters)), (graph.topics[1], len(graph.sdgs)))
        )

    def _topic_matrix(self, topics: Sequence[tuple[int, ...]], size: int) -> Floats:
        matrix = np.zeros((self._nodes, size))
        for node in self.graph.records(0, self._nodes):
            matrix[node, list(topics[node])] = len(topics[node]) ** _W
        return matrix

    def _once(
        self, capacity: Capacity
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, NDArray[np.int64]]:
        """(record, corner, weight) of each corner once a record, and the number of corners by record."""
        chosen = self._capacity == capacity
        pairs = np.unique(np.stack([self._node[chosen], self._corner[chosen]]), axis=1)
        degree = np.bincount(pairs[0], minlength=self._nodes)
        return pairs[0], pairs[1], degree[pairs[0]] ** _W, degree

    def pairs(self, question: Mapping[str, Any], model: PathModel) -> Floats:
        """Scores (countries, corners) for triangular cooperation, minus infinity where not admissible.

        question: meaning and words as {node: similarity}; beneficiary: index of a country; clusters and sdgs
        as {index: weight}.
        """
        pivotal, worked = self._partner(question, model.pivotal, Capacity.PIVOTAL)
        facilitating, supported = self._partner(question, model.facilitating, Capacity.FACILITATING)
        developing = np.array([country.developing for country in self.graph.countries])
        beneficiary = question["beneficiary"]
        may_support = supported > 0
        may_support[: self.countries] &= ~developing
        may_support[beneficiary] = False
        may_solve = developing & (worked[: self.countries] > 0)
        may_solve[beneficiary] = False
        scores = pivotal[: self.countries, None] + facilitating[None, :] + model.baseline
        scores = scores + model.pair["worked_together"] * np.log1p(self._together())
        scores[~may_solve, :] = -np.inf
        scores[:, ~may_support] = -np.inf
        np.fill_diagonal(scores, -np.inf)
        return scores

    def _together(self) -> Floats:
        total = np.zeros((self.countries, self.corners))
        record, corner, _, _ = self._once(Capacity.PIVOTAL)
        country = corner < self.countries
        record, corner = record[country], corner[country]
        degree = np.bincount(record, minlength=self._nodes)
        helped, helper, weight, _ = self._once(Capacity.FACILITATING)
        starts = np.searchsorted(helped, np.arange(self._nodes + 1))
        for one, place in zip(record.tolist(), corner.tolist(), strict=True):
            span = slice(starts[one], starts[one + 1])
            total[place, helper[span]] += degree[one] ** _W * weight[span]
        return total

    def _partner(
        self, question: Mapping[str, Any], weights: Mapping[str, float], capacity: Capacity
    ) -> tuple[Floats, Floats]:
        """Score and amount of work of every corner."""
        shown = (capacity, Capacity.OFFERS, Capacity.SHARES)
        overall = np.zeros(self.corners)
        in_cluster, in_sdg = np.zeros(self.corners), np.zeros(self.corners)
        cluster = self._clusters @ _dense(question["clusters"], self._clusters.shape[1])
        sdg = self._sdgs @ _dense(question["sdgs"], self._sdgs.shape[1])
        for each in shown:
            record, corner, weight, _ = self._once(each)
            np.add.at(overall, corner, weight)
            np.add.at(in_cluster, corner, weight * cluster[record])
            np.add.at(in_sdg, corner, weight * sdg[record])
        own = np.maximum(overall, 1) ** _W
        beneficiary = question["beneficiary"]
        nearby = self._near(beneficiary)
        meaning = {node: max(score, 0.0) for node, score in question["meaning"].items()}
        squares = {node: score**2 for node, score in meaning.items()}
        work = self._share(squares, shown)
        values = {
            "similar_work": np.sqrt(own * work),
            "similar_work_of_peers": np.sqrt(self._peers(work)),
            "most_similar_record": self._most(meaning, shown),
            "similar_words": np.sqrt(
                own * self._share({n: s**2 for n, s in question["words"].items()}, shown)
            ),
            "similar_need_solved": self._most(meaning, (Capacity.BENEFICIARY,)),
            "record_in_cluster": np.log1p(own * in_cluster),
            "record_in_sdg": np.log1p(own * in_sdg),
            **self._ties(capacity, own, beneficiary),
            "similar_work_nearby": np.sqrt(
                own * self._share({n: s * nearby.get(n, 0.0) for n, s in squares.items()}, shown)
            ),
            "experience": np.log1p(overall),
            **self._place(beneficiary),
            "multilateral": (np.arange(self.corners) >= self.countries).astype(float),
        }
        return np.sum([values[name] * weight for name, weight in weights.items()], axis=0), overall

    def _ties(self, capacity: Capacity, own: Floats, beneficiary: int) -> dict[str, Floats]:
        record, corner, weight, _ = self._once(capacity)
        helped, country, share, _ = self._once(Capacity.BENEFICIARY)
        mine = np.zeros(self._nodes)
        mine[helped[country == beneficiary]] = share[country == beneficiary]
        counts = np.zeros((self._nodes, self.subregion.max() + 1))
        np.add.at(counts, (helped, self.subregion[country]), 1)
        region = counts[:, self.subregion[beneficiary]] / np.maximum(np.linalg.norm(counts, axis=1), 1e-12)
        ties, regional = np.zeros(self.corners), np.zeros(self.corners)
        np.add.at(ties, corner, weight * mine[record])
        np.add.at(regional, corner, weight * region[record])
        return {
            "ties_with_beneficiary": np.log1p(own * ties),
            "ties_with_subregion": np.log1p(own * regional),
        }

    def _near(self, beneficiary: int) -> dict[int, float]:
        """By record, the cosine of its beneficiaries' sub-regions with that of the beneficiary."""
        chosen = self._capacity == Capacity.BENEFICIARY
        counts = np.zeros((self._nodes, self.subregion.max() + 1))
        np.add.at(counts, (self._node[chosen], self.subregion[self._corner[chosen]]), 1)
        length = np.linalg.norm(counts, axis=1)
        cosine = counts[:, self.subregion[beneficiary]] / np.where(length, length, 1)
        return dict(enumerate(cosine.tolist()))

    def _peers(self, work: Floats) -> Floats:
        total = np.zeros(self.subregion.max() + 1)
        np.add.at(total, self.subregion, work[: self.countries])
        return np.concatenate([total[self.subregion], np.zeros(MULTILATERALS)])

    def _share(self, weights: Mapping[int, float], capacities: Sequence[Capacity]) -> Floats:
        shares, total = np.zeros(self.corners), 0.0
        for node, weight in weights.items():
            corners = [corner for corner, capacity in self._members(node) if capacity in capacities]
            if corners:
                total += weight
                np.add.at(shares, corners, weight * len(corners) ** _W)
        return shares / total if total else shares

    def _most(self, similarity: Mapping[int, float], capacities: Sequence[Capacity]) -> Floats:
        best = np.zeros(self.corners)
        for node, score in similarity.items():
            for corner, capacity in self._members(node):
                if capacity in capacities:
                    best[corner] = max(best[corner], score)
        return best

    def _members(self, node: int) -> list[tuple[int, int]]:
        low, high = np.searchsorted(self._node, [node, node + 1])
        return list(zip(self._corner[low:high].tolist(), self._capacity[low:high].tolist(), strict=True))

    def _place(self, beneficiary: int) -> dict[str, Floats]:
        here = self.graph.countries[beneficiary]
        names = (
            "nearness",
            "same_region",
            "same_subregion",
            "shared_language",
            "takes_part_as_beneficiary",
            "higher_income",
        )
        values = {name: np.zeros(self.corners) for name in names}
        for place, there in enumerate(self.graph.countries):
            values["same_region"][place] = here.region == there.region
            values["same_subregion"][place] = here.subregion == there.subregion
            values["shared_language"][place] = bool(set(here.languages[:3]) & set(there.languages[:3]))
            if here.income and there.income:
                values["higher_income"][place] = _INCOME[there.income] - _INCOME[here.income]
            if place != beneficiary:
                points = (here.latitude, here.longitude, there.latitude, there.longitude)
                if None not in points:
                    values["nearness"][place] = 1 / (
                        1 + _kilometres(*np.radians(np.array(points, float))) / 1000
                    )
        values["takes_part_as_beneficiary"][beneficiary] = 1
        return values


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the chord between two points of a sphere of 6,371 km radius."""
    ends = np.array(
        [
            [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
            for north, east in ((latitude, longitude), (other_latitude, other_longitude))
        ]
    )
    return float(2 * 6371 * np.arcsin(min(1.0, float(np.linalg.norm(ends[0] - ends[1])) / 2)))


def _dense(weights: Mapping[int, float], size: int) -> Floats:
    values = np.zeros(size)
    for index, weight in weights.items():
        values[index] = weight
    return values
