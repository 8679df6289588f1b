"""The indexer: follows the graph's change log and keeps one vector index in step with it.

The change log is the outbox: an entry is written in the transaction that writes the record. The cursor moves
past an entry only after the index holds it, so that a crash repeats work and never loses it; repeating is
harmless, because a point is always computed from the record as it is now.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Final

import structlog
from pydantic import ValidationError

from graph_model import queries
from graph_model.derive.payload import (
    PARTY_FACETS,
    PartyFacts,
    Payload,
    PayloadContext,
    indexed_text,
    needed_parties,
    payload,
)
from graph_model.errors import NotFoundError
from graph_model.nodes import Stakeholder
from graph_model.record import Status
from graph_model.store import Change, Store, StoredRecord
from search.embedder import LoadedEmbedder
from search.requests import SEARCHABLE_TYPES
from search.vector_index import IndexedPoint, VectorIndex

BATCH: Final = 512
EMBEDDED_TOGETHER: Final = 64
"""Records whose vectors are computed while the next ones are read."""
ATTEMPTS: Final = 3
FACET_SOURCES: Final = ("country", "stakeholder", "cluster")
"""Types whose change alters the facets of other records."""

Progress = Callable[[int, int], None]
"""Called with the work done and the work known so far, in changes or records."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """A vector index that is open, its name, and the embedder whose vectors it holds."""

    name: str
    embedder: LoadedEmbedder
    index: VectorIndex


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
class IndexReport:
    """What the indexer did, in points. embedded: new vectors; refreshed: new payloads, vectors kept."""

    embedded: int = 0
    refreshed: int = 0
    deleted: int = 0
    unchanged: int = 0
    unreadable: int = 0

    def count(self, done: Comparison) -> None:
        self.embedded += len(done.missing) + len(done.stale_text)
        self.refreshed += len(done.stale_payload)
        self.deleted += len(done.orphaned)
        self.unchanged += len(done.equal)
        self.unreadable += len(done.unreadable)

    def add(self, other: "IndexReport") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True)
class _Wanted:
    text: str
    payload: Payload
    stored_hash: str


@dataclass(frozen=True, slots=True)
class _Embedding:
    """Differences whose new points are being computed."""

    found: Comparison
    wanted: dict[str, _Wanted]
    points: Future[list[IndexedPoint]]


class Indexer:
    """Keeps one vector index in step with one graph. Safe to share between threads."""

    def __init__(self, store: Store, opened: OpenIndex, place: str, sequence: int) -> None:
        """place: where the index lives; sequence: how far it has followed the change log."""
        self._store = store
        self._opened = opened
        self._place = place
        self._sequence = sequence
        self._lock = threading.Lock()
        self._moved = threading.Condition()

    @property
    def opened(self) -> OpenIndex:
        """The index that is kept in step."""
        return self._opened

    @property
    def sequence(self) -> int:
        """The last change that the index holds."""
        return self._sequence

    def lag(self) -> int:
        """Changes that await indexing."""
        return max(0, self._store.last_sequence() - self._sequence)

    def is_in_step(self) -> bool:
        """Whether the index holds every change."""
        return self.lag() == 0

    def wait_for(self, sequence: int, timeout_seconds: float) -> bool:
        """Wait until another thread has indexed this change; False where the time ran out first."""
        with self._moved:
            return self._moved.wait_for(lambda: self._sequence >= sequence, timeout_seconds)

    def run_once(self, progress: Progress | None = None) -> IndexReport:
        """Index every change after the cursor. Raises UnavailableError; what was done by then is kept."""
        report = IndexReport()
        start = self._sequence
        while (done := self.run_batch()) is not None:
            report.add(done)
            if progress:
                progress(self._sequence - start, max(self._sequence, self._store.last_sequence()) - start)
        return report

    def run_batch(self) -> IndexReport | None:
        """Index the next changes, at most BATCH; None where there is none."""
        with self._lock:
            changes = self._store.changes(self._sequence, BATCH)
            if not changes:
                return None
            report = IndexReport()
            if changes[-1].sequence > self._sequence_of_all():
                self._index_changes(changes, report)
                self._opened.index.flush()
                last = changes[-1].sequence
                self._store.update(queries.advance_index_cursor(self._place, self._opened.name, last))
            with self._moved:
                self._sequence = changes[-1].sequence
                self._moved.notify_all()
            return report

    def _sequence_of_all(self) -> int:
        """How far this or another process that shares the index has come."""
        rows = self._store.run(queries.index_cursors(self._place))
        return next((row["sequence"] for row in rows if row["index"] == self._opened.name), 0)

    def _index_changes(self, changes: Sequence[Change], report: IndexReport) -> None:
        sources = {
            change.ref for change in changes if change.operation == "update" and change.type in FACET_SOURCES
        }
        # First what depends on them: only its old point tells whether an organisation has other facets.
        if altered := self._with_other_facets(sources):
            rows = self._store.stream(queries.dependents_of(sorted(altered)))
            for refs in batches(row["ref"] for row in rows):
                report.count(self.mend(refs))
        report.count(self.mend([change.ref for change in changes]))

    def _with_other_facets(self, sources: Set[str]) -> Set[str]:
        """Without the organisations that give the records of theirs the same facets as before."""
        organisations = sorted(ref for ref in sources if ref.startswith(f"{Stakeholder.type_name}/"))
        wanted, stored = self._wanted(organisations, []), self._opened.index.retrieve(organisations)
        return sources - {
            ref
            for ref in wanted.keys() & stored.keys()
            if all(wanted[ref].payload.get(key) == stored[ref].get(key) for key in PARTY_FACETS)
        }

    def mend(self, refs: Iterable[str]) -> Comparison:
        """Make the points of these references equal to the graph; returns how they compared before."""
        total = Comparison()
        pending = list(dict.fromkeys(refs))
        for _attempt in range(ATTEMPTS):
            pending = self._mend_once(pending, total)
            if not pending:
                break
        return total

    def _mend_once(self, refs: Sequence[str], total: Comparison) -> list[str]:
        """Mend once, adding to the total; returns the references whose record moved on meanwhile."""
        moved: list[str] = []
        with ThreadPoolExecutor(1, "embedding") as pool:
            ahead: _Embedding | None = None
            for some in batches(refs, EMBEDDED_TOGETHER):
                found, wanted = self._compare(some)
                total.extend(found)
                started = _Embedding(found, wanted, pool.submit(self._points, found, wanted))
                if ahead is not None:
                    moved += self._apply(ahead)
                ahead = started
            if ahead is not None:
                moved += self._apply(ahead)
        return moved

    def compare(self, refs: Iterable[str]) -> Comparison:
        """How the points of these references compare with the graph; changes nothing."""
        return self._compare(list(dict.fromkeys(refs)))[0]

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

    def _points(self, found: Comparison, wanted: dict[str, _Wanted]) -> list[IndexedPoint]:
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


def batches(refs: Iterable[str], size: int = BATCH) -> Iterator[list[str]]:
    """The references in lists of at most `size`."""
    iterator = iter(refs)
    while batch := list(islice(iterator, size)):
        yield batch
