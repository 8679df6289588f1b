"""The vector index inside this process: Qdrant Edge, one folder, one process at a time."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    MatchAny,
    Modifier,
    PayloadSchemaType,
    Point,
    Query,
    QueryRequest,
    ScrollRequest,
    UpdateOperation,
)

from graph_model.errors import ConfigurationError, NotFoundError, UnavailableError
from search.facet_table import FacetTable
from search.fusion import fused
from search.sparse_text import document_vector, query_vector
from search.vector_index import (
    DENSE_VECTOR,
    TEXT_VECTOR,
    Hit,
    IndexedPoint,
    Payload,
    Where,
    best,
    check_vector,
    check_where,
    facet_counts,
    point_id,
    ref_of,
    stored_payload,
)

OWNER_FILE = "owner.pid"
_LOCKED = "WouldBlock"  # how the lock of Edge's write-ahead log reports another holder
_UPSERT_BATCH = 1000


class EdgeIndex:
    """A VectorIndex in a folder.

    Edge runs every operation under Python's interpreter lock, so that threads may share an instance. An
    upsert is in the write-ahead log when it returns and survives a killed process.
    """

    def __init__(self, folder: Path, dimensions: int, facet_keys: Sequence[str]) -> None:
        """Open the index, creating what is missing.

        Raises UnavailableError while another process holds the folder, and ConfigurationError when its files
        are damaged or hold vectors of other dimensions.
        """
        self._folder = folder
        self._dimensions = dimensions
        self._facet_keys = tuple(facet_keys)
        self._closed = False
        self._table: FacetTable | None = None
        self._table_lock = threading.RLock()
        self._shard = open_shard(folder, dimensions)
        (folder / OWNER_FILE).write_text(str(os.getpid()), encoding="ascii")
        with self._errors():
            # Payload indexes that exist before the nearest-neighbour graph is built shape it for filters.
            missing = [key for key in self._facet_keys if key not in self._shard.info().payload_schema]
            for key in missing:
                self._shard.update(UpdateOperation.create_field_index(key, PayloadSchemaType.Keyword))
            if missing:
                self._shard.flush()

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def upsert(self, points: Sequence[IndexedPoint]) -> None:
        unique = list({point.ref: point for point in points}.values())
        prepared = [self._prepare(point) for point in unique]
        with self._writing():
            for start in range(0, len(prepared), _UPSERT_BATCH):
                self._shard.update(UpdateOperation.upsert_points(prepared[start : start + _UPSERT_BATCH]))
        self._count_anew({point.ref: point.payload for point in unique})

    def _prepare(self, point: IndexedPoint) -> Point:
        dense = check_vector(point.vector, self._dimensions, point.ref)
        vectors: Any = {DENSE_VECTOR: dense, TEXT_VECTOR: document_vector(point.text)}
        return Point(point_id(point.ref), vectors, stored_payload(point.ref, point.payload))

    def set_payload(self, payloads: Mapping[str, Payload]) -> None:
        stored = {ref: stored_payload(ref, payload) for ref, payload in payloads.items()}
        absent = sorted(stored.keys() - self.retrieve(list(stored)).keys())
        if absent:
            raise NotFoundError(f"not in the vector index: {', '.join(absent[:10])}")
        with self._writing():
            for ref, payload in stored.items():
                self._shard.update(UpdateOperation.overwrite_payload([point_id(ref)], payload))
        self._count_anew(stored)

    def delete(self, refs: Sequence[str]) -> None:
        with self._writing():
            self._shard.update(UpdateOperation.delete_points([point_id(ref) for ref in refs]))
        self._count_anew(dict.fromkeys(refs))

    def search_dense(self, vector: NDArray[np.float32], limit: int, where: Where | None = None) -> list[Hit]:
        query = Query.Nearest(check_vector(vector, self._dimensions, "query"), using=DENSE_VECTOR)
        return self._search(query, limit, where, near=True)

    def search_text(self, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        sparse = query_vector(text)
        if not sparse.indices:
            return []
        return self._search(Query.Nearest(sparse, using=TEXT_VECTOR), limit, where, near=False)

    def search_hybrid(
        self, vector: NDArray[np.float32], text: str, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return fused(self, vector, text, limit, where)

    def _search(self, query: Query, limit: int, where: Where | None, *, near: bool) -> list[Hit]:
        filter_ = self._filter(where)

        def fetch(size: int) -> list[Hit]:
            with self._errors():
                found = self._shard.query(
                    QueryRequest(limit=size, query=query, filter=filter_, with_payload=True)
                )
            # Reading a point's payload converts it: once is enough.
            scored = [(point.score, dict(point.payload or {})) for point in found]
            return [Hit(ref_of(payload), score, payload, near) for score, payload in scored]

        return best(fetch, limit)

    def retrieve(self, refs: Sequence[str]) -> dict[str, Payload]:
        with self._errors():
            records = self._shard.retrieve([point_id(ref) for ref in refs], True, False)
        return {ref_of(record.payload): dict(record.payload or {}) for record in records}

    def scroll(self, batch: int = 1000) -> Iterator[tuple[str, Payload]]:
        offset: Any = None
        while True:
            with self._errors():
                records, offset = self._shard.scroll(
                    ScrollRequest(offset=offset, limit=batch, with_payload=True)
                )
            for record in records:
                yield ref_of(record.payload), dict(record.payload or {})
            if offset is None:
                return

    def facet(self, key: str, where: Where | None = None, limit: int = 1000) -> dict[str, int]:
        check_where({key: ()}, self._facet_keys)
        conditions = check_where(where, self._facet_keys)
        with self._counting() as table:
            counts = facet_counts(table.facet(key, conditions))
        return dict(islice(counts.items(), limit))

    def count(self, where: Where | None = None) -> int:
        conditions = check_where(where, self._facet_keys)
        with self._counting() as table:
            return table.count(conditions)

    @contextmanager
    def _counting(self) -> Iterator[FacetTable]:
        """The table of facets, read from the shard at the first use.

        Edge counts by visiting every point: 4 ms a facet with 2,000 points, 26 to 67 ms with 20,000.
        """
        with self._errors(), self._table_lock:
            if self._table is None:
                self._table = FacetTable(self._facet_keys, self.scroll())
            yield self._table

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One change of the shard; the table is read anew after one that failed half way."""
        try:
            with self._errors():
                yield
        except BaseException:
            with self._table_lock:
                self._table = None
            raise

    def _count_anew(self, payloads: Mapping[str, Payload | None]) -> None:
        """Bring the table in step with points that were written, or removed where they have no payload."""
        with self._table_lock:
            if self._table is None:
                return
            for ref, payload in payloads.items():
                if payload is None:
                    self._table.remove(ref)
                else:
                    self._table.put(ref, payload)

    def flush(self) -> None:
        with self._errors():
            self._shard.flush()

    def optimize(self) -> None:
        with self._errors():
            self._shard.optimize()

    def close(self) -> None:
        if self._closed:
            return
        self.flush()
        self._closed = True
        (self._folder / OWNER_FILE).unlink(missing_ok=True)
        self._shard.close()

    def _filter(self, where: Where | None) -> Filter | None:
        conditions = check_where(where, self._facet_keys)
        if not conditions:
            return None
        return Filter(
            must=[FieldCondition(key, match=MatchAny(list(values))) for key, values in conditions.items()]
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._closed:
            raise UnavailableError(f"the vector index in {self._folder} was closed; open it again")
        try:
            yield
        except Exception as error:
            raise UnavailableError(
                f"the vector index in {self._folder} failed: {error}; check the disk's free space, then run "
                "`trimatch reconcile`"
            ) from error


def open_shard(folder: Path, dimensions: int | None = None) -> EdgeShard:
    """Open the shard in the folder, or create it where dimensions are given and there is none.

    Raises UnavailableError while it is held elsewhere, ConfigurationError when it cannot be read.
    """
    config = None if dimensions is None else _config(dimensions)
    folder.mkdir(parents=True, exist_ok=True)
    exists = any(entry.name != OWNER_FILE for entry in folder.iterdir())
    try:
        if config is not None and not exists:
            return EdgeShard.create(str(folder), config)
        return EdgeShard.load(str(folder), config)
    except BaseException as error:
        # Damaged files may make Edge panic, and a panic is a BaseException whose class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if _LOCKED in str(error):
            raise UnavailableError(
                f"this home is in use by {_owner(folder)}; stop it or set TRIMATCH_QDRANT_URL ({folder})"
            ) from error
        raise ConfigurationError(
            f"the vector index in {folder} cannot be opened: {error}; delete that folder, and "
            "`trimatch reconcile` rebuilds it from the graph"
        ) from error


def _config(dimensions: int) -> EdgeConfig:
    return EdgeConfig(
        vectors={DENSE_VECTOR: EdgeVectorParams(size=dimensions, distance=Distance.Cosine)},
        sparse_vectors={TEXT_VECTOR: EdgeSparseVectorParams(modifier=Modifier.Idf)},
    )


def _owner(folder: Path) -> str:
    try:
        return f"process {int((folder / OWNER_FILE).read_text(encoding='ascii'))}"
    except (OSError, ValueError):
        return "another process"
