"""A growing array of rows of different lengths, in flat numpy arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int32]


class RaggedArray:
    """Rows of int32 values; rows are only ever appended. 12 bytes a row and 4 bytes a value."""

    def __init__(self) -> None:
        self._starts: NDArray[np.int64] = np.zeros(1_024, dtype=np.int64)
        self._values: Integers = np.zeros(4_096, dtype=np.int32)
        self.rows = 0
        self.size = 0

    def append(self, values: Sequence[int]) -> int:
        """Append one row; returns its index."""
        self._reserve(1, len(values))
        self._values[self.size : self.size + len(values)] = values
        self.size += len(values)
        self.rows += 1
        self._starts[self.rows] = self.size
        return self.rows - 1

    def row(self, index: int) -> Integers:
        """The values of one row, as a view."""
        return self._values[self._starts[index] : self._starts[index + 1]]

    def gather(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], Integers]:
        """Values of many rows: (position of the row in rows, value) for each value, in row order."""
        starts = self._starts[rows]
        lengths = self._starts[rows + 1] - starts
        positions = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
        ends = np.cumsum(lengths)
        within = np.arange(len(positions), dtype=np.int64) - np.repeat(ends - lengths, lengths)
        return positions, self._values[np.repeat(starts, lengths) + within]

    def rows_with(self, value: int) -> NDArray[np.int64]:
        """Indices of the rows that hold a value."""
        places = np.flatnonzero(self._values[: self.size] == value)
        found = np.searchsorted(self._starts[: self.rows + 1], places, side="right") - 1
        return np.unique(found)

    @property
    def nbytes(self) -> int:
        """Bytes of the underlying arrays."""
        return int(self._starts.nbytes + self._values.nbytes)

    def _reserve(self, rows: int, values: int) -> None:
        if self.rows + rows + 1 > len(self._starts):
            self._starts = _grown(self._starts, self.rows + rows + 1)
        if self.size + values > len(self._values):
            self._values = _grown(self._values, self.size + values)


def _grown(array: NDArray[Any], needed: int) -> NDArray[Any]:
    larger = np.zeros(max(needed, len(array) + len(array) // 2), dtype=array.dtype)
    larger[: len(array)] = array
    return larger
