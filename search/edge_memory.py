"""What an Edge index keeps of its points in memory: facet values to count, references to name hits by."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from search.facet_table import FacetTable
from search.vector_index import LANGUAGE, Payload, point_id


class Brief(NamedTuple):
    """What a brief search needs of a point."""

    ref: str
    language: str | None

    @classmethod
    def of(cls, ref: str, payload: Mapping[str, object]) -> "Brief":
        """The brief of a point with this payload."""
        language = payload.get(LANGUAGE)
        return cls(ref, language if isinstance(language, str) else None)

    def payload(self) -> Payload:
        """The payload of a brief hit."""
        return {LANGUAGE: self.language} if self.language else {}


class EdgeMemory:
    """Facets and briefs of all points, read from the shard at the first use. Threads may share one."""

    def __init__(
        self, facet_keys: Sequence[str], scroll: Callable[[], Iterator[tuple[str, Payload]]]
    ) -> None:
        """scroll: gives every point's reference and payload."""
        self._facet_keys = facet_keys
        self._scroll = scroll
        self._lock = threading.RLock()
        self._table: FacetTable | None = None
        self._briefs: dict[int, Brief] = {}

    @contextmanager
    def table(self) -> Iterator[FacetTable]:
        """The table of facets, for as long as the block lasts.

        Edge counts by visiting every point: 4 ms a facet with 2,000 points, 26 to 67 ms with 20,000.
        """
        with self._lock:
            yield self._read()

    def briefs(self) -> Mapping[int, Brief]:
        """Briefs by the number of the point's identifier; follows the writes of other threads."""
        with self._lock:
            self._read()
            return self._briefs

    def put(self, payloads: Mapping[str, Payload | None]) -> None:
        """Follow a write: points with their new payloads, None for those that were removed."""
        with self._lock:
            if self._table is None:
                return
            for ref, payload in payloads.items():
                if payload is None:
                    self._table.remove(ref)
                    self._briefs.pop(_number(ref), None)
                else:
                    self._table.put(ref, payload)
                    self._briefs[_number(ref)] = Brief.of(ref, payload)

    def forget(self) -> None:
        """Read everything anew at the next use."""
        with self._lock:
            self._table = None

    def _read(self) -> FacetTable:
        if self._table is None:
            briefs: dict[int, Brief] = {}
            self._table = FacetTable(self._facet_keys, self._noting(briefs))
            self._briefs = briefs
        return self._table

    def _noting(self, briefs: dict[int, Brief]) -> Iterator[tuple[str, Payload]]:
        for ref, payload in self._scroll():
            briefs[_number(ref)] = Brief.of(ref, payload)
            yield ref, payload


def _number(ref: str) -> int:
    return UUID(point_id(ref)).int
