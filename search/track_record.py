"""What corners did in one capacity, as degree-weighted path counts kept up to date by additions.

Every count is a degree-weighted path count (DWPC, Himmelstein and Baranzini 2015): a path through a record
weighs its degrees to the power -w, with w = 0.4, so that a record with sixty parties does not outweigh one
with two.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

DAMPING: Final = 0.4
Counts = NDArray[np.float32]


def damped(degree: int) -> float:
    """Weight of one path step through a node of this degree."""
    return float(degree) ** -DAMPING if degree else 0.0


class TrackRecord:
    """Path counts from clusters, SDGs, beneficiaries and their sub-regions to the corners of one capacity.

    overall: (corners,). by_cluster: (clusters, corners). by_sdg: (sdgs, corners).
    by_beneficiary: (countries, corners). by_subregion: (sub-regions, corners).
    """

    def __init__(self, clusters: int, sdgs: int, countries: int, subregions: int, corners: int) -> None:
        self.overall: Counts = np.zeros(corners, dtype=np.float32)
        self.by_cluster: Counts = np.zeros((clusters, corners), dtype=np.float32)
        self.by_sdg: Counts = np.zeros((sdgs, corners), dtype=np.float32)
        self.by_beneficiary: Counts = np.zeros((countries, corners), dtype=np.float32)
        self.by_subregion: Counts = np.zeros((subregions, corners), dtype=np.float32)

    def add(
        self,
        sign: int,
        corners: list[int],
        clusters: list[int],
        sdgs: list[int],
        beneficiaries: list[int],
        subregions: NDArray[np.int32],
    ) -> None:
        """Add (sign 1) or take back (sign -1) what one record counts for."""
        if not len(corners):
            return
        weight = sign * damped(len(corners))
        self.overall[corners] += weight
        if len(clusters):
            self.by_cluster[np.ix_(clusters, corners)] += weight * damped(len(clusters))
        if len(sdgs):
            self.by_sdg[np.ix_(sdgs, corners)] += weight * damped(len(sdgs))
        if len(beneficiaries):
            self.by_beneficiary[np.ix_(beneficiaries, corners)] += weight * damped(len(beneficiaries))
            inside, members = np.unique(subregions, return_counts=True)
            shares = members / np.linalg.norm(members)
            self.by_subregion[np.ix_(inside.tolist(), corners)] += weight * shares[:, None]

    def grow(self, corners: int, clusters: int, sdgs: int) -> None:
        """Make room for more corners, clusters or SDGs."""
        self.overall = _padded(self.overall, (corners,))
        self.by_cluster = _padded(self.by_cluster, (clusters, corners))
        self.by_sdg = _padded(self.by_sdg, (sdgs, corners))
        self.by_beneficiary = _padded(self.by_beneficiary, (self.by_beneficiary.shape[0], corners))
        self.by_subregion = _padded(self.by_subregion, (self.by_subregion.shape[0], corners))

    @property
    def nbytes(self) -> int:
        """Bytes of all counts."""
        return int(
            self.overall.nbytes
            + self.by_cluster.nbytes
            + self.by_sdg.nbytes
            + self.by_beneficiary.nbytes
            + self.by_subregion.nbytes
        )


def _padded(counts: Counts, shape: tuple[int, ...]) -> Counts:
    if counts.shape == shape:
        return counts
    larger: Counts = np.zeros(shape, dtype=np.float32)
    larger[tuple(slice(0, size) for size in counts.shape)] = counts
    return larger
