"""A copy of the published graph in a keeper, filled once and then kept in step with the change log."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from pyoxigraph import RdfFormat, serialize

from export.published import PublicRecord, authenticities, public_records, published
from export.sparql.keeper_process import KeeperProcess
from graph_model import queries
from graph_model.derive.rdf import RdfWriter
from graph_model.record import Status
from graph_model.store import Change, Store

BATCH: Final = 500
"""Records that are read, written and loaded at once."""


class Replica:
    """Fills a keeper and follows the change log. One thread at a time may call it."""

    def __init__(self, store: Store, writer: RdfWriter, keeper: KeeperProcess, *, illustrative: bool) -> None:
        self.keeper = keeper
        self.sequence = store.last_sequence()
        self.records_filled = 0
        self.records_replaced = 0
        self.is_filled = False
        self._store = store
        self._writer = writer
        self._illustrative = illustrative
        self._filling = self._fill()

    def step(self) -> bool:
        """One bounded piece of work; False where none was left. Raises UnavailableError."""
        if not self.is_filled:
            if next(self._filling, None) is None:
                self.is_filled = True
            return True
        return self._follow()

    def _fill(self) -> Iterator[int]:
        everything = published(self._store, illustrative=self._illustrative)
        for batch in _batches(everything):
            self.keeper.update([], self._quads(batch))
            self.records_filled += len(batch)
            yield self.records_filled

    def _follow(self) -> bool:
        changes = self._store.changes(self.sequence, BATCH)
        if not changes:
            return False
        refs = affected(self._store, changes)
        for first in range(0, len(refs), BATCH):
            self._replace(refs[first : first + BATCH])
        self.sequence = changes[-1].sequence
        return True

    def _replace(self, refs: Sequence[str]) -> None:
        """Tell of these records what may be told now."""
        leaving = authenticities(illustrative=self._illustrative)
        page = [
            stored
            for stored in self._store.get_many(refs).values()
            if stored.record.status == Status.PUBLISHED and stored.record.authenticity in leaving
        ]
        records = public_records(self._store, page, illustrative=self._illustrative)
        graphs = [self._writer.node(ref).value for ref in refs]
        self.keeper.update(graphs, self._quads(records))
        self.records_replaced += len(refs)

    def _quads(self, records: Iterable[PublicRecord]) -> bytes:
        quads = chain.from_iterable(record.quads(self._writer) for record in records)
        return serialize(quads, format=RdfFormat.N_QUADS) or b""


def affected(store: Store, changes: Sequence[Change]) -> list[str]:
    """References of the records of which something else may be told after these changes.

    Besides those that changed: the records that name them, and the partnerships of organisations based in a
    country that changed, whose modality follows from it. What was never published affects nothing.
    """
    changed = {change.ref for change in changes if change.published or change.was_published}
    naming = _naming(store, changed)
    based = {
        ref for country, ref in naming if country.startswith("country/") and ref.startswith("stakeholder/")
    }
    further = _naming(store, based)
    return sorted(changed | {ref for _, ref in naming} | {ref for _, ref in further})


def _naming(store: Store, refs: set[str]) -> set[tuple[str, str]]:
    rows = store.run(queries.records_naming(sorted(refs))) if refs else []
    return {(row["ref"], row["naming"]) for row in rows}


def _batches(records: Iterator[PublicRecord]) -> Iterator[list[PublicRecord]]:
    while batch := list(islice(records, BATCH)):
        yield batch
