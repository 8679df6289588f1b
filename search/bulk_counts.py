"""The path counts of many records at once, as chains of sparse matrices.

The same numbers that ``Projection`` keeps by adding records one by one.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from search.evidence import Capacity
from search.parties import Corners
from search.track_record import DAMPING, Counts, TrackRecord

Matrix: TypeAlias = Any
"""A scipy.sparse.csr_matrix; scipy ships no types."""


@dataclass(frozen=True, slots=True)
class Incidence:
    """Who stands in which row: aligned arrays row, corner, capacity, private; and topics of rows.

    topic: index * 2 for a cluster, index * 2 + 1 for an SDG, in the row topic_row.
    """

    rows: int
    row: NDArray[np.int64]
    corner: NDArray[np.int32]
    capacity: NDArray[np.int32]
    private: NDArray[np.bool_]
    topic_row: NDArray[np.int64]
    topic: NDArray[np.int32]

    @property
    def private_corners(self) -> NDArray[np.int64]:
        """The corner of each private participation, once a row."""
        pairs = np.unique(np.stack([self.row[self.private], self.corner[self.private]]), axis=1)
        corners: NDArray[np.int64] = pairs[1].astype(np.int64)
        return corners


def track_record(
    incidence: Incidence, capacity: Capacity, clusters: int, sdgs: int, corners: Corners
) -> TrackRecord:
    """What every corner did in one capacity, over all rows."""
    record = TrackRecord(clusters, sdgs, corners.countries, len(corners.subregions), len(corners))
    partners = _damped(_members(incidence, capacity, len(corners)))
    is_cluster = incidence.topic % 2 == 0
    record.overall = np.asarray(partners.sum(axis=0), dtype=np.float32).ravel()
    record.by_cluster = _chain(_topics(incidence, is_cluster, clusters), partners)
    record.by_sdg = _chain(_topics(incidence, ~is_cluster, sdgs), partners)
    beneficiaries = _members(incidence, Capacity.BENEFICIARY, len(corners))[:, : corners.countries]
    record.by_beneficiary = _chain(_damped(beneficiaries), partners)
    inside = beneficiaries @ _one_hot(corners.subregion, len(corners.subregions))
    length = np.sqrt(np.asarray(inside.multiply(inside).sum(axis=1)).ravel())
    record.by_subregion = _chain(_scaled(inside, 1 / np.where(length, length, 1)), partners)
    return record


def joint_work(incidence: Incidence, corners: Corners) -> Counts:
    """Path counts from pivotal countries to facilitating corners, (countries, corners)."""
    pivotal = _members(incidence, Capacity.PIVOTAL, len(corners))[:, : corners.countries]
    return _chain(_damped(pivotal), _damped(_members(incidence, Capacity.FACILITATING, len(corners))))


def _members(incidence: Incidence, capacity: Capacity, corners: int) -> Matrix:
    """(rows, corners), 1 where a corner stands in a row in the capacity."""
    chosen = incidence.capacity == capacity
    return _ones(incidence.row[chosen], incidence.corner[chosen], (incidence.rows, corners))


def _topics(incidence: Incidence, chosen: NDArray[np.bool_], topics: int) -> Matrix:
    shape = (incidence.rows, topics)
    return _damped(_ones(incidence.topic_row[chosen], incidence.topic[chosen] // 2, shape))


def _ones(rows: NDArray[np.int64], columns: NDArray[np.int32], shape: tuple[int, int]) -> Matrix:
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.float64), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _one_hot(values: NDArray[np.int32], columns: int) -> Matrix:
    return _ones(np.arange(len(values), dtype=np.int64), values, (len(values), columns))


def _damped(matrix: Matrix) -> Matrix:
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    return _scaled(matrix, np.where(degree, np.maximum(degree, 1) ** -DAMPING, 0.0))


def _scaled(matrix: Matrix, factors: NDArray[np.float64]) -> Matrix:
    return sparse.csr_matrix(sparse.diags(factors) @ matrix)


def _chain(starts: Matrix, ends: Matrix) -> Counts:
    counts: Counts = np.asarray((starts.T @ ends).todense(), dtype=np.float32)
    return counts
