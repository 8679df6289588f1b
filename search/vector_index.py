"""The vector index: one interface, the types it speaks, and the rules that every adapter shares.

The index is derived from the graph and can be rebuilt from it at any time. A point holds one embedding
(cosine) and one BM25 vector of a record's text, and a payload of facets. Adapters: edge_index, server_index.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from graph_model.errors import ConfigurationError

PayloadValue = str | bool | int | list[str]
Payload = dict[str, PayloadValue]
Where = Mapping[str, Sequence[str]]
Vector = NDArray[np.float32]

POINT_NAMESPACE = UUID("6f1d5f0e-3c0b-5a61-9a54-4d0f7a2c9e17")
DENSE_VECTOR = "dense"
TEXT_VECTOR = "text"
LANGUAGE: Final = "language"
"""The one key of the payload that fusion needs of a hit."""

# Stores compute in float32, each in its own order of additions: below this the order of two scores is noise.
SCORE_DECIMALS = 5
LARGEST_TIE: Final = 4_000
"""A tie at the limit that goes on beyond so many hits is cut as the store has it."""
_TIE_MARGIN: Final = 16
_TIE_GROWTH: Final = 6


@dataclass(frozen=True)
class IndexedPoint:
    """A record to index: its reference, its embedding of shape (dimensions,), its text, its facets."""

    ref: str
    vector: NDArray[np.float32]
    text: str
    payload: Payload = field(default_factory=dict)


class Hit(NamedTuple):
    """A record found. A score is comparable within one search only.

    near: whether its embedding was among those nearest to the query, and not its words alone.
    """

    ref: str
    score: float
    payload: Payload
    near: bool = False


class VectorIndex(Protocol):
    """What search and ingest need of a vector store.

    Every method raises UnavailableError when the store cannot be reached. `where` keeps the points of which
    each key has any of the given values; None or {} keeps all, an empty list of values keeps none. A key that
    was not among the facet keys at opening raises ValueError, and so does a vector of the wrong shape.
    Hits are ordered by falling score, then by reference. Those of a brief search have a payload of the
    language alone, which spares the store reading the rest of every hit.
    """

    @property
    def dimensions(self) -> int:
        """Length of the embeddings."""

    def upsert(self, points: Sequence[IndexedPoint]) -> None:
        """Write the points, replacing those with the same reference; durable when this returns."""

    def set_payload(self, payloads: Mapping[str, Payload]) -> None:
        """Replace the payload of each reference and keep its vectors.

        Raises NotFoundError, before anything is changed, when a reference is not indexed.
        """

    def delete(self, refs: Sequence[str]) -> None:
        """Remove the points; references that are not indexed are no error."""

    def search_dense(
        self, vector: NDArray[np.float32], limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        """The records nearest by cosine similarity, in -1 to 1."""

    def search_text(
        self, text: str, limit: int, where: Where | None = None, *, brief: bool = False
    ) -> list[Hit]:
        """The records that share words with the text, scored by BM25; none when no word is shared.

        Stores count removed points in the inverse document frequencies until they compact their files,
        which moves scores by less than one percent.
        """

    def search_hybrid(
        self, vector: NDArray[np.float32], text: str, limit: int, where: Where | None = None
    ) -> list[Hit]:
        """Both searches, fused by reciprocal rank within the language of the words: see search.fusion."""

    def retrieve(self, refs: Sequence[str]) -> dict[str, Payload]:
        """The payload of each reference that is indexed."""

    def scroll(self, batch: int = 1000) -> Iterator[tuple[str, Payload]]:
        """Every point's reference and payload, in no stated order."""

    def facet(self, key: str, where: Where | None = None, limit: int = 1000) -> dict[str, int]:
        """How many points have each value of the key, exactly; most frequent first, then by value."""

    def count(self, where: Where | None = None) -> int:
        """How many points match, exactly."""

    def flush(self) -> None:
        """Write what is in memory to the store's files, where this process owns them."""

    def optimize(self) -> None:
        """Build the nearest-neighbour graph after a bulk load.

        Does nothing below some 10,000 points and where little was added since. Edge computes it in this
        process and lets no other thread run meanwhile: 29 s for 85,000 points with seven facets on two
        cores. Call it from a loader, or before a service begins to answer: it answers without it too, but
        compares every point (30 ms for 85,000, not 2). A server builds it by itself.
        """

    def close(self) -> None:
        """Release the store. Closing twice is no error."""


def point_id(ref: str) -> str:
    """The point's identifier: UUID version 5 of the reference, the same in every store."""
    return str(uuid5(POINT_NAMESPACE, ref))


def stored_payload(ref: str, payload: Payload) -> Payload:
    """The payload as it is stored: with the reference, from which a hit is traced back to its record."""
    if payload.get("ref", ref) != ref:
        raise ValueError(f"payload of {ref!r} names another ref: {payload['ref']!r}")
    return {**payload, "ref": ref}


def ref_of(payload: Mapping[str, object] | None) -> str:
    """The reference in a stored payload. Raises ConfigurationError where it is missing."""
    ref = (payload or {}).get("ref")
    if not isinstance(ref, str) or not ref:
        raise ConfigurationError(
            "a point of the vector index has no 'ref' in its payload, so another program wrote it; "
            "remove that point, or drop the index and rebuild it with `trimatch reconcile`"
        )
    return ref


def check_vector(vector: NDArray[np.float32], dimensions: int, what: str) -> list[float]:
    """The vector as a list. Raises ValueError unless it is finite and of shape (dimensions,)."""
    if vector.shape != (dimensions,):
        raise ValueError(f"{what}: the vector has shape {vector.shape}, the index holds ({dimensions},)")
    if not np.isfinite(vector).all():
        raise ValueError(f"{what}: the vector has values that are not finite")
    values: list[float] = vector.astype(np.float32).tolist()
    return values


def check_where(where: Where | None, facet_keys: Sequence[str]) -> Where:
    """The conditions, {} for none. Raises ValueError for a key that has no payload index."""
    for key in where or {}:
        if key not in facet_keys:
            raise ValueError(f"no facet {key!r} in the vector index; the facets are {', '.join(facet_keys)}")
    return where or {}


def check_limit(limit: int) -> int:
    """The limit. Raises ValueError below 1."""
    if limit < 1:
        raise ValueError(f"limit must be at least 1 (got {limit})")
    return limit


def ordered(hits: list[Hit]) -> list[Hit]:
    """The hits by falling score, ties by reference."""
    return sorted(hits, key=lambda hit: (-round(hit.score, SCORE_DECIMALS), hit.ref))


class Scored(Protocol):
    """A point as a store finds it."""

    @property
    def score(self) -> float:
        """Its similarity to the query."""


Found = TypeVar("Found", bound=Scored)


def best(
    fetch: Callable[[int], Sequence[Found]], hits_of: Callable[[Sequence[Found]], list[Hit]], limit: int
) -> list[Hit]:
    """The first `limit` hits of a store that returns them best first and breaks ties at random.

    fetch: finds so many points. hits_of: reads them, in any order; a point may be gone meanwhile.
    Asks for more until the last tie is complete, so that the reference decides who is in and not the store;
    gives up at LARGEST_TIE points.
    """
    size = check_limit(limit) + _TIE_MARGIN
    while True:
        found = fetch(size)
        tied = _with_last_tie(found, limit)
        if len(found) < size or tied < len(found) or size >= LARGEST_TIE:
            return ordered(hits_of(found[:tied]))[:limit]
        size = min(_TIE_GROWTH * size, LARGEST_TIE)


def _with_last_tie(found: Sequence[Scored], limit: int) -> int:
    """How many come up to the limit or tie with the one at the limit."""
    if len(found) <= limit:
        return len(found)
    last = round(found[limit - 1].score, SCORE_DECIMALS)
    places = range(limit, len(found))
    return next((place for place in places if round(found[place].score, SCORE_DECIMALS) < last), len(found))


def with_payloads(hits: Sequence[Hit], payloads: Mapping[str, Payload]) -> list[Hit]:
    """The hits with these payloads; without those that have none, as they were removed meanwhile."""
    return [hit._replace(payload=payloads[hit.ref]) for hit in hits if hit.ref in payloads]


def facet_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Facet counts, most frequent first, then by value."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
