"""The vector index inside this process: Qdrant Edge, one folder, one process at a time."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, cast
from uuid import UUID

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
    ScoredPoint,
    ScrollRequest,
    UpdateOperation,
)

from graph_model.errors import ConfigurationError, NotFoundError, TrimatchError, UnavailableError
from search.edge_memory import Brief, EdgeMemory
from search.fusion import hybrid
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
    with_payloads,
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
        self._memory = EdgeMemory(self._facet_keys, self.scroll)
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
        self._memory.put({point.ref: point.payload for point in unique})

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
        self._memory.put(stored)

    def delete(self, refs: Sequence[str]) -> None:
        with self._writing():
            self._shard.update(UpdateOperation.delete_points([point_id(ref) for ref in refs]))
        self._memory.put(dict.fromkeys(refs))

    def search_dense(
        self, vector: NDArray[np.float32], limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        query = Query.Nearest(check_vector(vector, self._dimensions, "query"), using=DENSE_VECTOR)
        hits = self._search(query, limit, where, near=True)
        return hits if brief else with_payloads(hits, self.retrieve([hit.ref for hit in hits]))

    def search_text(
        self, text: str, limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        sparse = query_vector(text)
        if not sparse.indices:
            return []
        hits = self._search(Query.Nearest(sparse, using=TEXT_VECTOR), limit, where, near=False)
        return hits if brief else with_payloads(hits, self.retrieve([hit.ref for hit in hits]))

    def search_hybrid(
        self, vector: NDArray[np.float32], text: str, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return hybrid(self, vector, text, limit, where)

    def _search(self, query: Query, limit: int, where: Where | None, *, near: bool) -> list[Hit]:
        filter_ = self._filter(where)
        with self._errors():
            known = self._memory.briefs()

        def fetch(size: int) -> list[ScoredPoint]:
            # Payloads of 120 hits cost Edge 1.2 ms of CPU, all the rest of the search 0.2 ms.
            with self._errors():
                return self._shard.query(
                    QueryRequest(limit=size, query=query, filter=filter_, with_payload=False)
                )

        def hits_of(found: Sequence[ScoredPoint]) -> list[Hit]:
            scored = [(cast(UUID, point.id).int, point.score) for point in found]
            # Another thread may have written a point and not entered it in memory yet, or removed one.
            absent = [identifier for identifier, _ in scored if identifier not in known]
            read = self._read_brief(absent) if absent else {}
            entries = ((known.get(identifier) or read.get(identifier), score) for identifier, score in scored)
            return [Hit(entry.ref, score, entry.payload(), near) for entry, score in entries if entry]

        return best(fetch, hits_of, limit)

    def retrieve(self, refs: Sequence[str]) -> dict[str, Payload]:
        with self._errors():
            records = self._shard.retrieve([point_id(ref) for ref in refs], True, False)
        return dict(_stored(record.payload) for record in records)

    def scroll(self, batch: int = 1000) -> Iterator[tuple[str, Payload]]:
        offset: Any = None
        while True:
            with self._errors():
                records, offset = self._shard.scroll(
                    ScrollRequest(offset=offset, limit=batch, with_payload=True)
                )
            yield from (_stored(record.payload) for record in records)
            if offset is None:
                return

    def facet(self, key: str, where: Where | None = None, limit: int = 1000) -> dict[str, int]:
        check_where({key: ()}, self._facet_keys)
        conditions = check_where(where, self._facet_keys)
        with self._errors(), self._memory.table() as table:
            counts = facet_counts(table.facet(key, conditions))
        return dict(islice(counts.items(), limit))

    def count(self, where: Where | None = None) -> int:
        conditions = check_where(where, self._facet_keys)
        with self._errors(), self._memory.table() as table:
            return table.count(conditions)

    def _read_brief(self, identifiers: Sequence[int]) -> dict[int, Brief]:
        with self._errors():
            records = self._shard.retrieve([UUID(int=identifier) for identifier in identifiers], True, False)
        payloads = ((cast(UUID, record.id).int, dict(record.payload or {})) for record in records)
        return {identifier: Brief.of(ref_of(payload), payload) for identifier, payload in payloads}

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One change of the shard; what is kept in memory is read anew after one that failed half way."""
        try:
            with self._errors():
                yield
        except BaseException:
            self._memory.forget()
            raise

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
        except TrimatchError:
            raise
        except Exception as error:
            raise UnavailableError(
                f"the vector index in {self._folder} failed: {error}; check the disk's free space, then run "
                "`trimatch reconcile`"
            ) from error


def _stored(payload: Mapping[str, Any] | None) -> tuple[str, Payload]:
    """Reference and payload of a point. Each reading of a point's payload converts all of it anew."""
    return ref_of(payload), dict(payload or {})


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
