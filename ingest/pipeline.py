"""From a file to the graph and the vector index: batch by batch, the bad rows aside."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import Stakeholder
from graph_model.record import Record
from graph_model.settings import Settings
from graph_model.store import Store
from ingest.background import BackgroundIndexing, CatchesUp
from ingest.batch import Batch, Prepared
from ingest.demo_graph import demo_stakeholders, ensure_reference_records
from ingest.knowledge import Knowledge, knowledge_of
from ingest.problems import problems_of
from ingest.quarantine import ReportFile, quarantine_file, quarantine_rows, review_file, review_row
from ingest.seen import SeenRecords
from ingest.sources import source_named
from ingest.sources.rows import BadRow, RawRow, Source, UnreadableFileError
from ingest.summary import IngestSummary

BATCH_ROWS: Final = 100
"""Small enough that embedding begins soon and goes on while the next rows are read and written."""
FIRST_BATCH_ROWS: Final = 20
"""Rows of the first batch; each following one doubles: nothing is embedded before the first is written."""
MOST_WAITING: Final = 10_000
"""Rows that may wait for a record further down in the file; more are quarantined at once."""

_Item = TypeVar("_Item")

Progress = Callable[[int, int], None]
"""Called with the rows read and the rows expected, an estimate by the bytes read."""


def ingest_file(
    settings: Settings,
    store: Store,
    path: Path,
    source: str,
    *,
    type_name: str | None = None,
    indexer: CatchesUp | None = None,
    progress: Progress | None = None,
    batch_size: int = BATCH_ROWS,
) -> IngestSummary:
    """Ingest a file into an instance; what does not load is listed under its home.

    source: a key of ingest.sources.SOURCES. type_name: node type of the rows of a table. indexer: embeds what
    was written while reading goes on. A graph without countries gets the reference records first.
    Raises UnreadableFileError, UnavailableError, ConfigurationError.
    """
    reader = source_of(path, source, type_name, settings.public_base)
    ensure_reference_records(store)
    return ingest(
        path,
        reader,
        store,
        indexer=indexer,
        progress=progress,
        quarantine_dir=settings.home / "quarantine",
        review_dir=settings.home / "review",
        batch_size=batch_size,
    )


def source_of(path: Path, source: str, type_name: str | None, public_base: str) -> Source[Any]:
    """What reads this file. source, type_name: as for ``ingest_file``. Raises UnreadableFileError."""
    if not path.is_file():
        raise UnreadableFileError(f"{path} is not a file; check the path")
    return source_named(source, type_name, public_base)


def ingest(
    path: Path,
    source: Source[Any],
    store: Store,
    *,
    indexer: CatchesUp | None = None,
    progress: Progress | None = None,
    quarantine_dir: Path,
    review_dir: Path | None = None,
    batch_size: int = BATCH_ROWS,
) -> IngestSummary:
    """Ingest one file, in memory that does not grow with it.

    Bad rows go to a file in quarantine_dir, doubtful organisations to one in review_dir (default: a folder
    ``review`` beside quarantine_dir). Every batch is one transaction; a file that fails later keeps the
    batches before. Raises UnreadableFileError, UnavailableError, ConfigurationError.
    """
    started = time.monotonic()
    summary = IngestSummary(path.name, source.name)
    taken = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    knowledge = knowledge_of(store, demo_stakeholders()).at(taken)
    reviews = review_dir if review_dir is not None else quarantine_dir.parent / "review"
    with (
        quarantine_file(quarantine_dir, path) as quarantine,
        review_file(reviews, path) as doubtful,
        SeenRecords() as seen,
        BackgroundIndexing(indexer) as indexing,
    ):
        run = _Run(source, store, knowledge, summary, quarantine, doubtful, seen)
        size = path.stat().st_size
        for rows in _in_batches(source.read(path), batch_size, first=FIRST_BATCH_ROWS):
            run.load(rows)
            indexing.wake()
            if progress is not None:
                done, position = summary.rows, rows[-1].position
                progress(done, max(done, done * size // position) if position else done)
        run.finish()
        indexing.finish()
        summary.embedded = indexing.embedded
    summary.quarantine_file = quarantine.path
    summary.review_file = doubtful.path
    summary.seconds = time.monotonic() - started
    return summary


@dataclass(slots=True)
class _Run:
    source: Source[Any]
    store: Store
    knowledge: Knowledge
    summary: IngestSummary
    quarantine: ReportFile
    doubtful: ReportFile
    seen: SeenRecords
    waiting: list[Prepared] | None = None

    def load(self, rows: Sequence[RawRow[Any] | BadRow]) -> None:
        """Convert rows and write the good ones; those that name an unknown record wait for it."""
        merged = sum(row.merged for row in rows if isinstance(row, RawRow))
        self.summary.rows += len(rows) + merged
        self.summary.repeated += merged
        prepared = [item for row in rows if (item := self._converted(row)) is not None]
        waiting = self.waiting if self.waiting is not None else []
        for item in self._write(self._without_repeated(prepared)):
            if len(waiting) < MOST_WAITING:
                waiting.append(item)
            else:
                self._reject(item.row, item.problems)
        self.waiting = waiting

    def finish(self) -> None:
        """Try the rows that waited, as long as that helps, and write the names that were learned."""
        waiting = self.waiting or []
        while waiting:
            left = self._write([replace(item, problems=()) for item in waiting])
            if len(left) == len(waiting):
                break
            waiting = left
        for item in waiting:
            self._reject(item.row, item.problems)
        self._write_learned_names()

    def _converted(self, row: RawRow[Any] | BadRow) -> Prepared | None:
        if isinstance(row, BadRow):
            self._reject(row, row.problems)
            return None
        try:
            converted = self.source.convert(row, self.knowledge)
        except (InvalidRecordError, ValidationError) as error:
            self._reject(row, problems_of(error))
            return None
        finally:
            for match in self.knowledge.organisations.take_doubtful():
                self.doubtful.append(review_row(match, row.number))
                self.summary.doubtful += 1
        notes = [replace(note, reason=f"{note.reason} (the row itself loaded)") for note in converted.notes]
        for line in quarantine_rows(row.number, notes, row.raw):
            self.quarantine.append(line)
        self.summary.fields_left_out += len(notes)
        return Prepared(row.number, row.raw, converted.main, converted.identifiers)

    def _without_repeated(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Without rows whose record an earlier row gave: equal ones are counted, others are bad."""
        kept = []
        for item in prepared:
            earlier = self.seen.earlier(item.record.ref, item.record.content_hash, item.number)
            if earlier is None:
                kept.append(item)
            elif earlier.same:
                self.summary.repeated += 1
            else:
                reason = f"row {earlier.number} has the same id and says something else; keep one of them"
                self._reject(item.row, [FieldProblem("id", item.record.ref, reason)])
        return kept

    def _write(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Write what can be written; returns the rows that name unknown records, with these problems."""
        batch = Batch(self.store, self.knowledge, prepared)
        good, bad = batch.checked()
        done = batch.write(good)
        self.summary.loaded += len(good)
        self.summary.count(done.created, done.updated, done.unchanged)
        return bad

    def _write_learned_names(self) -> None:
        """Add further spellings to stakeholders at the end: each change has its neighbours indexed again."""
        learned = self.knowledge.organisations.take_learned()
        for refs in _in_batches(iter(learned), BATCH_ROWS):
            records: list[Record] = []
            for ref, stored in self.store.get_many(refs).items():
                record = stored.record
                if isinstance(record, Stakeholder):
                    aliases = list(dict.fromkeys((*record.aliases, *learned[ref])))
                    records.append(record.model_copy(update={"aliases": aliases}))
            done = self.store.write(records)
            self.summary.count(done.created, done.updated, done.unchanged)

    def _reject(self, row: BadRow | RawRow[Any], problems: Iterable[FieldProblem]) -> None:
        self.summary.quarantined += 1
        for line in quarantine_rows(row.number, problems, row.raw):
            self.quarantine.append(line)


def _in_batches(items: Iterator[_Item], size: int, first: int | None = None) -> Iterator[list[_Item]]:
    """Lists of `size` items; the first has `first` of them and each following one twice as many."""
    length = min(first or size, size)
    while batch := list(islice(items, length)):
        yield batch
        length = min(2 * length, size)
