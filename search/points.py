"""Makes the points of a vector index equal to the records of the graph, some records at a time."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import islice
from types import TracebackType
from typing import Final, Self

import structlog
from pydantic import ValidationError

from graph_model import queries
from graph_model.derive.payload import (
    PartyFacts,
    Payload,
    PayloadContext,
    indexed_text,
    needed_parties,
    payload,
)
from graph_model.errors import NotFoundError
from graph_model.record import Status
from graph_model.store import Store, StoredRecord
from search.open_index import OpenIndex
from search.requests import SEARCHABLE_TYPES
from search.vector_index import IndexedPoint

EMBEDDED_TOGETHER: Final = 64
"""Records whose vectors are computed while the next ones are read."""
ATTEMPTS: Final = 3

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Comparison:
    """References by how their point compares with the graph."""

    missing: list[str] = field(default_factory=list)
    stale_text: list[str] = field(default_factory=list)
    stale_payload: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    equal: list[str] = field(default_factory=list)

    def extend(self, other: "Comparison") -> None:
        for each in fields(self):
            getattr(self, each.name).extend(getattr(other, each.name))


@dataclass(slots=True)
class Mended:
    """How points compared before they were mended, and the references whose record moved on meanwhile."""

    compared: Comparison = field(default_factory=Comparison)
    moved: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    text: str
    payload: Payload
    stored_hash: str


@dataclass(frozen=True, slots=True)
class _Embedding:
    """Differences of some records whose new points are being computed."""

    refs: frozenset[str]
    found: Comparison
    wanted: dict[str, _Wanted]
    points: Future[list[IndexedPoint]]
    done: Mended


class Points:
    """The points of one vector index, held against the graph. Safe to share between threads."""

    def __init__(self, store: Store, opened: OpenIndex) -> None:
        self._store = store
        self._opened = opened

    def compare(self, refs: Iterable[str]) -> Comparison:
        """How the points of these references compare with the graph; changes nothing."""
        return self._compare(list(dict.fromkeys(refs)))[0]

    def mend(self, refs: Iterable[str]) -> Comparison:
        """Make the points of these references equal to the graph; returns how they compared before."""
        total = Comparison()
        pending = list(dict.fromkeys(refs))
        for _attempt in range(ATTEMPTS):
            done = Mended(total)
            with self.mending() as mending:
                for some in in_parts(pending, EMBEDDED_TOGETHER):
                    mending.add(some, done)
                mending.finish()
            pending = done.moved
            if not pending:
                break
        return total

    def mending(self) -> "Mending":
        """Mends the points of some references after those of others."""
        return Mending(self)

    def payloads(self, refs: Sequence[str]) -> dict[str, Payload]:
        """What the points of these references should hold beside their vectors, by reference."""
        return {ref: wanted.payload for ref, wanted in self._wanted(refs, []).items()}

    def _compare(self, refs: Sequence[str]) -> tuple[Comparison, dict[str, _Wanted]]:
        found = Comparison()
        wanted = self._wanted(refs, found.unreadable)
        stored = self._opened.index.retrieve(refs)
        for ref in refs:
            point = stored.get(ref)
            if ref not in wanted:
                if point is not None:
                    found.orphaned.append(ref)
            elif point is None:
                found.missing.append(ref)
            else:
                self._kind_of_difference(found, wanted[ref].payload, point).append(ref)
        return found, wanted

    @staticmethod
    def _kind_of_difference(found: Comparison, wanted: Payload, stored: Payload) -> list[str]:
        if any(stored.get(key) != wanted[key] for key in ("text_hash", "embedder")):
            return found.stale_text
        return found.equal if stored == wanted else found.stale_payload

    def _new_points(self, found: Comparison, wanted: dict[str, _Wanted]) -> list[IndexedPoint]:
        """New points for the records that have none, or one of another text."""
        embed = found.missing + found.stale_text
        if not embed:
            return []
        texts = [wanted[ref].text for ref in embed]
        vectors = self._opened.embedder.encode_document(texts)
        return [
            IndexedPoint(ref, vector, text, wanted[ref].payload)
            for ref, text, vector in zip(embed, texts, vectors, strict=True)
        ]

    def _apply(self, embedding: _Embedding) -> list[str]:
        """Mend the differences; returns the references whose record moved on meanwhile."""
        index, found, wanted = self._opened.index, embedding.found, embedding.wanted
        points = embedding.points.result()
        if points:
            index.upsert(points)
        if found.orphaned:
            index.delete(found.orphaned)
        moved: set[str] = set()
        if found.stale_payload:
            try:
                index.set_payload({ref: wanted[ref].payload for ref in found.stale_payload})
            except NotFoundError:  # another process removed the points meanwhile
                moved.update(found.stale_payload)
        touched = [*(point.ref for point in points), *found.orphaned, *found.stale_payload]
        return sorted(moved | self._changed_since(touched, wanted)) if touched else []

    def _changed_since(self, refs: Sequence[str], wanted: dict[str, _Wanted]) -> set[str]:
        """Those whose record is no longer the one that was indexed.

        A process that shares the index may have indexed the newer record first, and been overwritten.
        """
        now = {
            row["ref"]: row["content_hash"]
            for row in self._store.run(queries.states_of(refs))
            if row["status"] == Status.PUBLISHED and row["type"] in SEARCHABLE_TYPES
        }
        indexed = {ref: wanted[ref].stored_hash for ref in refs if ref in wanted}
        return {ref for ref in refs if now.get(ref) != indexed.get(ref)}

    def _wanted(self, refs: Sequence[str], unreadable: list[str]) -> dict[str, _Wanted]:
        candidates = [ref for ref in refs if ref.partition("/")[0] in SEARCHABLE_TYPES]
        published = [
            stored
            for stored in self._read(candidates, unreadable)
            if stored.record.status is Status.PUBLISHED
        ]
        if not published:
            return {}
        parties = sorted(set().union(*(needed_parties(stored.record) for stored in published)))
        context = PayloadContext(
            {row["ref"]: PartyFacts(**row) for row in self._store.run(queries.party_facts_of(parties))},
            {row["ref"]: row["broader"] for row in self._store.run(queries.cluster_parents())},
        )
        identity: Payload = {"embedder": self._opened.embedder.identity}
        return {
            stored.record.ref: _Wanted(
                indexed_text(stored.record),
                payload(stored.record, context) | identity,
                stored.content_hash,
            )
            for stored in published
        }

    def _read(self, refs: Sequence[str], unreadable: list[str]) -> list[StoredRecord]:
        """The records, without those that break the model: one such must not stop the others."""
        try:
            return list(self._store.get_many(refs).values())
        except ValidationError as problem:
            if len(refs) == 1:
                log.warning("record_unreadable", ref=refs[0], problem=str(problem))
                unreadable.append(refs[0])
                return []
        middle = len(refs) // 2
        return self._read(refs[:middle], unreadable) + self._read(refs[middle:], unreadable)


class Mending:
    """Mends the points of some references after those of others; a context manager, for one thread.

    The vectors of some are computed while the next ones are compared. What was added and not finished when
    the block ends may be left undone.
    """

    def __init__(self, points: Points) -> None:
        self._points = points
        self._pool = ThreadPoolExecutor(1, "embedding")
        self._ahead: _Embedding | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def add(self, refs: Sequence[str], done: Mended) -> None:
        """Begin with these references, then end with those before them; what was done is told in done."""
        if self._ahead is not None and not self._ahead.refs.isdisjoint(refs):
            self.finish()
        found, wanted = self._points._compare(refs)
        done.compared.extend(found)
        vectors = self._pool.submit(self._points._new_points, found, wanted)
        before, self._ahead = self._ahead, _Embedding(frozenset(refs), found, wanted, vectors, done)
        self._apply(before)

    def finish(self) -> None:
        """End with the references that were added last."""
        before, self._ahead = self._ahead, None
        self._apply(before)

    def _apply(self, embedding: _Embedding | None) -> None:
        if embedding is not None:
            embedding.done.moved += self._points._apply(embedding)


def in_parts(refs: Iterable[str], size: int) -> Iterator[list[str]]:
    """The references in lists of at most `size`."""
    iterator = iter(refs)
    while batch := list(islice(iterator, size)):
        yield batch
