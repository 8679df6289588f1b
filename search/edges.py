"""The evidence behind each edge of a triangle, chosen from the projection before Neo4j is asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

import numpy as np

from search.evidence import Capacity
from search.path_features import Question
from search.projection import Projection
from search.ranking import Triangle

MOST_PER_EDGE: Final = 3
_SUPPORT: Final = frozenset({Capacity.FACILITATING, Capacity.OFFERS, Capacity.SHARES, Capacity.IMPLEMENTING})
_SOLVED: Final = frozenset({Capacity.PIVOTAL, Capacity.OFFERS, Capacity.SHARES})
_SCANNED_ROWS: Final = 2_000


class Edge(StrEnum):
    """The sides of a triangle, and the line from the need to a partner that has dealt with the like."""

    BENEFICIARY_PIVOTAL = "beneficiary-pivotal"
    PIVOTAL_FACILITATING = "pivotal-facilitating"
    BENEFICIARY_FACILITATING = "beneficiary-facilitating"


class Basis(StrEnum):
    """Why a record speaks for an edge."""

    SIMILAR = "similar"
    TOGETHER = "together"
    SAME_CLUSTER = "same-cluster"


@dataclass(frozen=True, slots=True)
class EdgeEvidence:
    """One record behind one edge. corners: the corners that it connects, or the one that it speaks for."""

    edge: Edge
    basis: Basis
    ref: str
    corners: tuple[int, ...]
    similarity: float | None


class EdgeFinder:
    """Finds evidence for the triangles of one question. Use it under the projection's lock."""

    def __init__(self, projection: Projection, question: Question) -> None:
        self._projection = projection
        self._beneficiaries = list(question.beneficiaries)
        self._clusters = set(question.clusters)
        self._hits = question.meaning
        rows = np.array([row for row, _ in question.meaning], dtype=np.int64)
        self._position, self._corner, self._capacity = projection.members(rows)
        self._known_similar: dict[tuple[int, frozenset[Capacity]], list[tuple[str, float]]] = {}
        self._known_ties: dict[tuple[int, int], list[str]] = {}
        self._known_in_clusters: dict[tuple[int, frozenset[Capacity]], list[str]] = {}

    def edges(self, triangle: Triangle) -> list[EdgeEvidence] | None:
        """Evidence for every edge of a triangle; None where an edge has none."""
        pivotal, facilitating = triangle.pivotal, triangle.facilitating
        sides = [
            self._ties(Edge.BENEFICIARY_PIVOTAL, self._beneficiaries, pivotal)
            + self._speaks_for(Edge.BENEFICIARY_PIVOTAL, pivotal, _SOLVED)
        ]
        if facilitating is not None:
            support = self._speaks_for(Edge.BENEFICIARY_FACILITATING, facilitating, _SUPPORT)
            together = self._ties(Edge.PIVOTAL_FACILITATING, [pivotal], facilitating)
            sides.append(together or [_moved(item, Edge.PIVOTAL_FACILITATING) for item in support])
            sides.append(
                self._ties(Edge.BENEFICIARY_FACILITATING, self._beneficiaries, facilitating) + support
            )
        if not all(sides):
            return None
        return [item for side in sides for item in side[: 2 * MOST_PER_EDGE]]

    def _speaks_for(self, edge: Edge, corner: int, capacities: frozenset[Capacity]) -> list[EdgeEvidence]:
        """Records of a corner that resemble the need, else records in the need's clusters."""
        key = (corner, capacities)
        if key not in self._known_similar:
            self._known_similar[key] = self._find_similar(corner, capacities)
        similar = [
            EdgeEvidence(edge, Basis.SIMILAR, ref, (corner,), similarity)
            for ref, similarity in self._known_similar[key]
        ]
        return similar or self._in_clusters(edge, corner, capacities)

    def _find_similar(self, corner: int, capacities: frozenset[Capacity]) -> list[tuple[str, float]]:
        """(reference, similarity) of the records that resemble the need most, the nearest first."""
        places = np.flatnonzero(self._corner == corner)
        positions = {
            position
            for position, capacity in zip(
                self._position[places].tolist(), self._capacity[places].tolist(), strict=True
            )
            if capacity in capacities
        }
        found = [(self._projection.ref(row), near) for row, near in (self._hits[each] for each in positions)]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:MOST_PER_EDGE]

    def _in_clusters(self, edge: Edge, corner: int, capacities: frozenset[Capacity]) -> list[EdgeEvidence]:
        """Records of a corner in the need's clusters, newest first."""
        key = (corner, capacities)
        if key not in self._known_in_clusters:
            self._known_in_clusters[key] = self._find_in_clusters(corner, capacities)
        return [
            EdgeEvidence(edge, Basis.SAME_CLUSTER, ref, (corner,), None)
            for ref in self._known_in_clusters[key]
        ]

    def _find_in_clusters(self, corner: int, capacities: frozenset[Capacity]) -> list[str]:
        found: list[str] = []
        for row in islice(self._projection.newest_rows(corner), _SCANNED_ROWS):
            clusters, _ = self._projection.topics(row)
            fits = not self._clusters or self._clusters.intersection(clusters)
            if fits and capacities & self._projection.capacities(row, corner):
                found.append(self._projection.ref(row))
                if len(found) == MOST_PER_EDGE:
                    break
        return found

    def _ties(self, edge: Edge, ends: Sequence[int], corner: int) -> list[EdgeEvidence]:
        """Partnerships in which a corner took part with one of these, the newest of each."""
        end_of: dict[str, int] = {}
        for end in ends:
            if (end, corner) not in self._known_ties:
                self._known_ties[end, corner] = self._find_ties(end, corner)
            for ref in self._known_ties[end, corner]:
                end_of.setdefault(ref, end)
        return [
            EdgeEvidence(edge, Basis.TOGETHER, ref, (end_of[ref], corner), None)
            for ref in sorted(end_of)[:MOST_PER_EDGE]
        ]

    def _find_ties(self, end: int, corner: int) -> list[str]:
        shared = (self._projection.ref(row) for row in self._projection.newest_shared_rows(end, corner))
        return list(islice((ref for ref in shared if ref.startswith("partnership/")), MOST_PER_EDGE))


def _moved(item: EdgeEvidence, edge: Edge) -> EdgeEvidence:
    return EdgeEvidence(edge, item.basis, item.ref, item.corners, item.similarity)
