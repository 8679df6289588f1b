"""The demo graph that comes with Trimatch: reference records, real partnerships, illustrative records."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from graph_model import queries
from graph_model.errors import ConfigurationError
from graph_model.nodes import RECORD_TYPES, Cluster, Country, Stakeholder, SustainableDevelopmentGoal
from graph_model.record import Record
from graph_model.store import Store
from graph_model.writing import WriteSummary
from ingest.columns import record_from_cells
from ingest.countries import default_resolver
from ingest.sources.delimited import DelimitedFile
from ingest.sources.rows import BadRow

DEMO_FOLDER: Final = Path(__file__).parent / "demo"
BATCH: Final = 500
REFERENCE_TYPES: Final = (
    Country.type_name,
    SustainableDevelopmentGoal.type_name,
    Cluster.type_name,
)

Progress = Callable[[int, int], None]
"""Called with the records written and their number."""


def demo_records(type_name: str, folder: Path = DEMO_FOLDER) -> Iterator[Record]:
    """The demo's records of a type, from ``<type>.csv`` and ``<type>-*.csv``. Raises ConfigurationError."""
    for path in sorted({*folder.glob(f"{type_name}.csv"), *folder.glob(f"{type_name}-*.csv")}):
        for row in DelimitedFile(path, frozenset()).rows():
            if isinstance(row, BadRow):
                raise ConfigurationError(f"{path.name}, row {row.number}: {row.problems[0]}")
            try:
                yield record_from_cells(type_name, row.cells, default_resolver())
            except ValueError as problem:
                raise ConfigurationError(f"{path.name}, row {row.number}: {problem}") from problem


@cache
def demo_stakeholders() -> tuple[Stakeholder, ...]:
    """Organisations of the demo: the names by which feeds know them."""
    return tuple(record for record in demo_records(Stakeholder.type_name) if isinstance(record, Stakeholder))


def load_demo_graph(
    store: Store, progress: Progress | None = None, folder: Path = DEMO_FOLDER
) -> WriteSummary:
    """Put the demo's records into a graph; those that it has already stay as they are.

    A record that the graph has under another identifier of the same source is one it has.
    Raises ConfigurationError, UnavailableError.
    """
    records = [record for type_name in RECORD_TYPES for record in demo_records(type_name, folder)]
    return _write_missing(store, records, progress)


def ensure_reference_records(store: Store) -> WriteSummary:
    """Put countries, SDGs and clusters into a graph that has no country: every feed names them."""
    if next(store.states(Country.type_name, page=1), None) is not None:
        return WriteSummary()
    return _write_missing(store, [record for name in REFERENCE_TYPES for record in demo_records(name)], None)


def _write_missing(store: Store, records: list[Record], progress: Progress | None) -> WriteSummary:
    total = WriteSummary()
    done = 0
    for batch in _in_batches(records):
        known = {row["ref"] for row in store.run(queries.states_of([record.ref for record in batch]))}
        known |= _known_otherwise(store, batch)
        written = store.write([record for record in batch if record.ref not in known])
        total.created += written.created
        total.unchanged += sorted(known)
        done += len(batch)
        if progress is not None:
            progress(done, len(records))
    return total


def _known_otherwise(store: Store, batch: Iterable[Record]) -> set[str]:
    """References of records that the graph has under another identifier."""
    by_source: dict[str, dict[str, str]] = {}
    for record in batch:
        if record.source_identifier and record.type_name == "partnership":
            by_source.setdefault(record.source, {})[record.source_identifier] = record.ref
    return {
        refs[row["source_identifier"]]
        for source, refs in by_source.items()
        for row in store.run(queries.records_by_source(source, sorted(refs)))
        if row["ref"].startswith("partnership/")
    }


def _in_batches(records: list[Record]) -> Iterator[list[Record]]:
    """Batches in the order of the types, so that none names a record of a later one."""
    iterator = iter(records)
    while batch := list(islice(iterator, BATCH)):
        yield batch
