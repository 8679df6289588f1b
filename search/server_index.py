"""The vector index on a Qdrant server, for instances with several workers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx
import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from graph_model.errors import ConfigurationError, NotFoundError, UnavailableError
from search.fusion import hybrid
from search.sparse_text import document_vector, query_vector
from search.vector_index import (
    DENSE_VECTOR,
    LANGUAGE,
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

# Keeps a request of 1,000-dimensional vectors far below the server's limit of 32 MB.
_BATCH = 500
_REFUSED = (401, 403)
_CONFLICT = 409


class ServerIndex:
    """A VectorIndex in one collection of a Qdrant server. Threads may share an instance."""

    def __init__(
        self, client: QdrantClient, collection: str, dimensions: int, facet_keys: Sequence[str]
    ) -> None:
        """Open the collection, creating what is missing; owns the client and closes it.

        Raises UnavailableError when the server does not answer, ConfigurationError when it refuses the API
        key or holds vectors of other dimensions.
        """
        self._client = client
        self._collection = collection
        self._dimensions = dimensions
        self._facet_keys = tuple(facet_keys)
        with server_errors():
            if not client.collection_exists(collection):
                self._create()
            self._check_dimensions()
            # Payload indexes that exist before the nearest-neighbour graph is built shape it for filters.
            existing = client.get_collection(collection).payload_schema
            for key in self._facet_keys:
                if key not in existing:
                    client.create_payload_index(collection, key, models.PayloadSchemaType.KEYWORD, wait=True)

    def _create(self) -> None:
        dense = models.VectorParams(size=self._dimensions, distance=models.Distance.COSINE)
        sparse = models.SparseVectorParams(modifier=models.Modifier.IDF)
        try:
            self._client.create_collection(
                self._collection,
                vectors_config={DENSE_VECTOR: dense},
                sparse_vectors_config={TEXT_VECTOR: sparse},
            )
        except UnexpectedResponse as error:
            # Another worker may create it at the same moment.
            if error.status_code != _CONFLICT:
                raise

    def _check_dimensions(self) -> None:
        vectors = self._client.get_collection(self._collection).config.params.vectors
        dense = vectors.get(DENSE_VECTOR) if isinstance(vectors, dict) else None
        if dense is None or dense.size != self._dimensions:
            raise ConfigurationError(
                f"collection {self._collection} of the Qdrant server does not hold vectors of "
                f"{self._dimensions} dimensions named {DENSE_VECTOR!r}; delete that collection, and "
                "`trimatch reconcile` rebuilds it from the graph"
            )

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def upsert(self, points: Sequence[IndexedPoint]) -> None:
        unique = list({point.ref: point for point in points}.values())
        prepared = [self._prepare(point) for point in unique]
        with server_errors():
            for start in range(0, len(prepared), _BATCH):
                self._client.upsert(self._collection, prepared[start : start + _BATCH], wait=True)

    def _prepare(self, point: IndexedPoint) -> models.PointStruct:
        sparse = document_vector(point.text)
        return models.PointStruct(
            id=point_id(point.ref),
            vector={
                DENSE_VECTOR: check_vector(point.vector, self._dimensions, point.ref),
                TEXT_VECTOR: models.SparseVector(indices=sparse.indices, values=sparse.values),
            },
            payload=stored_payload(point.ref, point.payload),
        )

    def set_payload(self, payloads: Mapping[str, Payload]) -> None:
        stored = {ref: stored_payload(ref, payload) for ref, payload in payloads.items()}
        absent = sorted(stored.keys() - self.retrieve(list(stored)).keys())
        if absent:
            raise NotFoundError(f"not in the vector index: {', '.join(absent[:10])}")
        operations = [
            models.OverwritePayloadOperation(
                overwrite_payload=models.SetPayload(payload=payload, points=[point_id(ref)])
            )
            for ref, payload in stored.items()
        ]
        with server_errors():
            for start in range(0, len(operations), _BATCH):
                self._client.batch_update_points(
                    self._collection, operations[start : start + _BATCH], wait=True
                )

    def delete(self, refs: Sequence[str]) -> None:
        if not refs:
            return
        selector = models.PointIdsList(points=[point_id(ref) for ref in refs])
        with server_errors():
            self._client.delete(self._collection, selector, wait=True)

    def search_dense(
        self, vector: NDArray[np.float32], limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        query = check_vector(vector, self._dimensions, "query")
        return self._search(query, DENSE_VECTOR, limit, where, brief=brief)

    def search_text(
        self, text: str, limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        sparse = query_vector(text)
        if not sparse.indices:
            return []
        query = models.SparseVector(indices=sparse.indices, values=sparse.values)
        return self._search(query, TEXT_VECTOR, limit, where, brief=brief)

    def search_hybrid(
        self, vector: NDArray[np.float32], text: str, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return hybrid(self, vector, text, limit, where)

    def _search(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        where: Where | None,
        *,
        brief: bool,
    ) -> list[Hit]:
        filter_ = self._filter(where)
        near = using == DENSE_VECTOR

        def fetch(size: int) -> list[models.ScoredPoint]:
            with server_errors():
                return self._client.query_points(
                    self._collection,
                    query=query,
                    using=using,
                    query_filter=filter_,
                    limit=size,
                    with_payload=["ref", LANGUAGE] if brief else True,
                ).points

        def hits_of(found: Sequence[models.ScoredPoint]) -> list[Hit]:
            return [
                Hit(ref_of(point.payload), point.score, dict(point.payload or {}), near) for point in found
            ]

        return best(fetch, hits_of, limit)

    def retrieve(self, refs: Sequence[str]) -> dict[str, Payload]:
        with server_errors():
            records = self._client.retrieve(
                self._collection, [point_id(ref) for ref in refs], with_payload=True
            )
        return {ref_of(record.payload): dict(record.payload or {}) for record in records}

    def scroll(self, batch: int = 1000) -> Iterator[tuple[str, Payload]]:
        offset = None
        while True:
            with server_errors():
                records, offset = self._client.scroll(
                    self._collection, limit=batch, offset=offset, with_payload=True
                )
            for record in records:
                yield ref_of(record.payload), dict(record.payload or {})
            if offset is None:
                return

    def facet(self, key: str, where: Where | None = None, limit: int = 1000) -> dict[str, int]:
        check_where({key: ()}, self._facet_keys)
        filter_ = self._filter(where)
        with server_errors():
            hits = self._client.facet(
                self._collection, key, facet_filter=filter_, limit=limit, exact=True
            ).hits
        return facet_counts({str(hit.value): hit.count for hit in hits if hit.count})

    def count(self, where: Where | None = None) -> int:
        filter_ = self._filter(where)
        with server_errors():
            return self._client.count(self._collection, count_filter=filter_, exact=True).count

    def flush(self) -> None:
        """The server writes its files by itself."""

    def optimize(self) -> None:
        """The server builds its nearest-neighbour graph by itself."""

    def close(self) -> None:
        self._client.close()

    def _filter(self, where: Where | None) -> models.Filter | None:
        conditions = check_where(where, self._facet_keys)
        if not conditions:
            return None
        return models.Filter(
            must=[
                models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
                for key, values in conditions.items()
            ]
        )


@contextmanager
def server_errors() -> Iterator[None]:
    """Turn what qdrant-client raises into errors meant for a user."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code in _REFUSED:
            raise ConfigurationError(
                "the Qdrant server refused the request; check TRIMATCH_QDRANT_API_KEY"
            ) from error
        raise UnavailableError(f"the Qdrant server failed: {error}") from error
    except (ApiException, httpx.HTTPError, OSError) as error:
        raise UnavailableError(
            f"the Qdrant server cannot be reached: {error}; check that it runs, and TRIMATCH_QDRANT_URL"
        ) from error
