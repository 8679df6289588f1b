"""The indexer: follows the graph's change log and keeps one vector index in step with it.

The change log is the outbox: an entry is written in the transaction that writes the record. The cursor moves
past an entry only after the index holds it, so that a crash repeats work and never loses it; repeating is
harmless, because a point is always computed from the record as it is now.
"""

import threading
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, fields
from itertools import repeat
from typing import Final

from graph_model import queries
from graph_model.derive.payload import PARTY_FACETS
from graph_model.nodes import Stakeholder
from graph_model.store import Change, Store
from search.open_index import OpenIndex
from search.points import EMBEDDED_TOGETHER, Comparison, Mended, Points, in_parts

BATCH: Final = 512
FACET_SOURCES: Final = ("country", "stakeholder", "cluster")
"""Types whose change alters the facets of other records."""

Progress = Callable[[int, int], None]
"""Called with the work done and the work known so far, in changes or records."""


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


@dataclass(slots=True)
class _Batch:
    """Changes that are being indexed. known: whether the index holds them already."""

    changes: Sequence[Change]
    known: bool
    report: IndexReport = field(default_factory=IndexReport)
    mended: Mended = field(default_factory=Mended)

    @property
    def last(self) -> int:
        return self.changes[-1].sequence

    @property
    def refs(self) -> list[str]:
        """Of the records to look at."""
        return [] if self.known else list(dict.fromkeys(change.ref for change in self.changes))

    @property
    def sources(self) -> set[str]:
        """Records that may have altered the facets of others."""
        return {
            change.ref
            for change in self.changes
            if not self.known and change.operation == "update" and change.type in FACET_SOURCES
        }


class Indexer:
    """Keeps one vector index in step with one graph. Safe to share between threads."""

    def __init__(self, store: Store, opened: OpenIndex, place: str, sequence: int) -> None:
        """place: where the index lives; sequence: how far it has followed the change log."""
        self.points = Points(store, opened)
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
        for done in self._run():
            report.add(done)
            if progress:
                progress(self._sequence - start, max(self._sequence, self._store.last_sequence()) - start)
        return report

    def run_batch(self) -> IndexReport | None:
        """Index the next changes, at most BATCH; None where there is none."""
        done = list(self._run(batches=1))
        return done[0] if done else None

    def _run(self, batches: int | None = None) -> Iterator[IndexReport]:
        """Index batches of changes, all without a number; gives what each took, once the cursor is past it.

        The first points of a batch are compared while the last vectors of the one before are computed.
        """
        with self._lock, self.points.mending() as mending:
            before: _Batch | None = None
            for batch in self._batches(batches):
                if batch.known or batch.sources:
                    mending.finish()
                    if before is not None:
                        yield self._close(before)
                        before = None
                    # First what depends on them: only its old point tells whether it has other facets.
                    self._mend_dependents(batch)
                for some in in_parts(batch.refs, EMBEDDED_TOGETHER):
                    mending.add(some, batch.mended)
                    if before is not None:
                        yield self._close(before)
                        before = None
                before = batch
            mending.finish()
            if before is not None:
                yield self._close(before)

    def _batches(self, most: int | None) -> Iterator[_Batch]:
        """The next changes, from where the index has come to."""
        read = self._sequence
        for _ in repeat(None) if most is None else repeat(None, most):
            changes = self._store.changes(read, BATCH)
            if not changes:
                return
            read = changes[-1].sequence
            yield _Batch(changes, known=read <= self._sequence_of_all())

    def _close(self, batch: _Batch) -> IndexReport:
        """Move past a batch whose points are in the index."""
        batch.report.count(batch.mended.compared)
        if batch.mended.moved:
            batch.report.count(self.points.mend(batch.mended.moved))
        if not batch.known:
            self._opened.index.flush()
            self._store.update(queries.advance_index_cursor(self._place, self._opened.name, batch.last))
        with self._moved:
            self._sequence = batch.last
            self._moved.notify_all()
        return batch.report

    def _sequence_of_all(self) -> int:
        """How far this or another process that shares the index has come."""
        rows = self._store.run(queries.index_cursors(self._place))
        return next((row["sequence"] for row in rows if row["index"] == self._opened.name), 0)

    def _mend_dependents(self, batch: _Batch) -> None:
        """Mend the records that have other facets now because of a change of another record."""
        altered = self._with_other_facets(batch.sources)
        if altered:
            rows = self._store.stream(queries.dependents_of(sorted(altered)))
            for refs in in_parts((row["ref"] for row in rows), BATCH):
                batch.report.count(self.points.mend(refs))

    def _with_other_facets(self, sources: Set[str]) -> Set[str]:
        """Without the organisations that give the records of theirs the same facets as before."""
        organisations = sorted(ref for ref in sources if ref.startswith(f"{Stakeholder.type_name}/"))
        wanted, stored = self.points.payloads(organisations), self._opened.index.retrieve(organisations)
        return sources - {
            ref
            for ref in wanted.keys() & stored.keys()
            if all(wanted[ref].get(key) == stored[ref].get(key) for key in PARTY_FACETS)
        }
