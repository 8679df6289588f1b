"""The graph store: the only file that calls the Neo4j driver."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph_model import export_queries, queries
from graph_model.connection import Connection
from graph_model.derive import cypher
from graph_model.derive.cypher import ROWS, Query
from graph_model.derive.properties import record_from_graph
from graph_model.errors import ConfigurationError, UnavailableError
from graph_model.export_queries import RecordFilter
from graph_model.messages import N_
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record
from graph_model.selected_records import SelectedPage, SelectedRecord
from graph_model.writing import WriteSummary, delete_batch, write_batch

Result = TypeVar("Result")
Row = TypeVar("Row")

PAGE = 1_000
READ_PAUSES: Final = (0.1, 0.3, 0.9)
"""Seconds between the attempts of a read that the server could not answer just then."""
KNOWN_DOWN_SECONDS: Final = 5.0
"""So long after a read was given up, others try once: nobody waits for the attempts of all before."""
TRANSACTION_SECONDS: Final = 120
"""Neo4j ends a transaction that has lasted so long: a lock that is never given back stops nobody for ever."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record with what the store keeps beside it."""

    record: Record
    content_hash: str
    created_at: datetime
    modified_at: datetime
    ever_published: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log; sequence numbers have no gaps and grow in commit order.

    record: the record's canonical JSON after the change, None where it is not published.
    """

    sequence: int
    ref: str
    type: str
    operation: str
    at: datetime
    published: bool
    was_published: bool
    content_hash: str | None
    record: str | None = None


class Store:
    """One Neo4j database that holds one partnership graph. Safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._gave_up_at = -math.inf
        try:
            self._driver = neo4j.GraphDatabase.driver(
                connection.uri,
                auth=(connection.user, connection.password),
                # A loaded server answers late, so that a new connection may take long; a server that is down
                # refuses at once, and must not hold up a request any longer than two seconds of retries.
                connection_acquisition_timeout=10,
                connection_timeout=2,
                max_transaction_retry_time=2,
                initial_retry_delay=0.1,
                retry_delay_multiplier=1.5,
                notifications_min_severity="OFF",
            )
        except (DriverError, ValueError) as problem:
            raise ConfigurationError(f"TRIMATCH_NEO4J_URI is not usable: {problem}") from problem

    def close(self) -> None:
        """Close every connection."""
        self._driver.close()

    def ensure_schema(self) -> None:
        """Create the constraints and indexes that are missing."""
        present = {row["name"] for row in self.run(cypher.schema_names())}
        missing = [query for name, query in cypher.schema_statements().items() if name not in present]
        with _translated_errors(), self._session() as session:
            for text, parameters in missing:
                session.run(neo4j.Query(text, timeout=TRANSACTION_SECONDS), parameters).consume()

    def run(self, query: Query) -> list[dict[str, Any]]:
        """All rows of a reading query.

        An auto-commit transaction: one message to the server where a managed one takes three.
        """
        text, parameters = query
        bounded = neo4j.Query(text, timeout=TRANSACTION_SECONDS)
        known_down = time.monotonic() - self._gave_up_at < KNOWN_DOWN_SECONDS
        with _translated_errors():
            for pause in () if known_down else READ_PAUSES:
                try:
                    return self._rows_of(bounded, parameters)
                except (DriverError, Neo4jError) as problem:
                    if not problem.is_retryable():
                        raise
                    time.sleep(pause)
            try:
                rows = self._rows_of(bounded, parameters)
            except (DriverError, Neo4jError) as problem:
                if problem.is_retryable():
                    self._gave_up_at = time.monotonic()
                raise
        self._gave_up_at = -math.inf
        return rows

    def _value(self, query: Query) -> Any:
        """What a reading query returns that has one value and no date-times, for which this does not look."""
        text, parameters = query
        with _translated_errors(), self._session(read=True) as session:
            return session.execute_read(_bounded(lambda work: work.run(text, parameters).single(True)[0]))

    def stream(self, query: Query) -> Iterator[dict[str, Any]]:
        """Rows of a reading query as they arrive, in constant memory; not retried."""
        with _translated_errors(), self._session(read=True) as session:
            text, parameters = query
            for row in session.run(text, parameters):
                yield _native_row(row)

    def update(self, query: Query) -> list[dict[str, Any]]:
        """Run one writing query that touches no record (cursors, tokens); returns its rows."""
        with _translated_errors(), self._session() as session:
            return session.execute_write(_bounded(lambda work: _rows(work, query)))

    def write(
        self, records: Iterable[Record], expected: Mapping[str, str | None] | None = None
    ) -> WriteSummary:
        """Create or replace records in one transaction; those that are equal already are left alone.

        expected: for references in it, the content hash that the caller read, None for "must not exist".
        Raises ConflictError where an expectation fails, InvalidRecordError where a record names one that
        does not exist, UnavailableError.
        """
        batch = {record.ref: record for record in records}
        if not batch:
            return WriteSummary()
        with _translated_errors(), self._session() as session:
            return session.execute_write(
                _bounded(lambda work: write_batch(partial(_rows, work), batch, expected or {}))
            )

    def delete(self, refs: Sequence[str], expected: Mapping[str, str | None] | None = None) -> WriteSummary:
        """Delete records in one transaction; unknown references are left alone.

        Raises ConflictError where other records still name one of them, or an expectation fails.
        """
        with _translated_errors(), self._session() as session:
            return session.execute_write(
                _bounded(lambda work: delete_batch(partial(_rows, work), list(refs), expected or {}))
            )

    def get(self, ref: str) -> StoredRecord | None:
        """The record with this reference, whatever its status."""
        return self.get_many([ref]).get(ref)

    def get_many(self, refs: Iterable[str]) -> dict[str, StoredRecord]:
        """Records by reference, whatever their status; unknown references are left out."""
        wanted: dict[str, list[str]] = {}
        for ref in dict.fromkeys(refs):
            wanted.setdefault(ref.partition("/")[0], []).append(ref)
        # One query a type: to plan one for each mixture of types takes longer than the round trips.
        found = [
            _stored(type_name, row)
            for type_name in RECORD_TYPES
            if type_name in wanted
            for row in self.run(cypher.read_records(RECORD_TYPES[type_name], wanted[type_name]))
        ]
        return {stored.record.ref: stored for stored in found}

    def records(self, type_name: str, page: int = PAGE) -> Iterator[StoredRecord]:
        """Every record of a type in the order of references, whatever its status, in constant memory."""
        kind = RECORD_TYPES[type_name]
        for rows in _pages(
            lambda after: self.run(cypher.page_of_records(kind, after, page)),
            lambda row: row["properties"]["ref"],
            page,
        ):
            for row in rows:
                yield _stored(type_name, row)

    def published(
        self, type_name: str, authenticities: Sequence[str], page: int = PAGE
    ) -> Iterator[list[SelectedRecord]]:
        """Published records of a type and of these authenticities, in pages, by reference."""
        return self.selected(type_name, RecordFilter(authenticities), page)

    def selected(
        self, type_name: str, wanted: RecordFilter, page: int = PAGE
    ) -> Iterator[list[SelectedRecord]]:
        """Published records of a type that pass a filter, in pages, by reference."""
        for found in _pages(
            lambda after: self.page_of_selected(type_name, wanted, after, page).rows,
            lambda row: row[0]["ref"],
            page,
        ):
            yield SelectedPage(RECORD_TYPES[type_name], found).records()

    def page_of_selected(self, type_name: str, wanted: RecordFilter, after: str, page: int) -> SelectedPage:
        """The first page of these records after a reference."""
        kind = RECORD_TYPES[type_name]
        query = export_queries.page_of_selected(kind, wanted, after, page)
        return SelectedPage(kind, self._value(query) if query else [])

    def states(self, type_name: str, page: int = 10 * PAGE) -> Iterator[dict[str, Any]]:
        """Reference, status and content hash of every record of a type, in the order of references."""
        kind = RECORD_TYPES[type_name]
        for rows in _pages(
            lambda after: self.run(cypher.page_of_bookkeeping(kind, after, page)),
            lambda row: row["ref"],
            page,
        ):
            yield from rows

    def last_sequence(self) -> int:
        """The sequence number of the newest change."""
        return int(self.run(queries.last_sequence())[0]["value"])

    def changes(self, after: int, limit: int = PAGE, *, with_record: bool = False) -> list[Change]:
        """Changes above a sequence number, oldest first, at most limit."""
        return [Change(**row) for row in self.run(queries.changes_after(after, limit, with_record))]

    def was_published(self, ref: str) -> bool:
        """Whether a record that no longer exists was published once."""
        return bool(self.run(queries.withdrawal_of(ref)))

    def _rows_of(self, query: neo4j.Query, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        with self._session(read=True) as session:
            return _native_rows(session.run(query, parameters))

    def _session(self, *, read: bool = False) -> neo4j.Session:
        access = neo4j.READ_ACCESS if read else neo4j.WRITE_ACCESS
        return self._driver.session(database=self.connection.database, default_access_mode=access)


def _pages(
    read: Callable[[str], Sequence[Row]], reference: Callable[[Row], str], page: int
) -> Iterator[Sequence[Row]]:
    """Pages of rows in the order of references, each read after the last of the one before; none is empty.

    page: rows of a full one; one that has fewer is the last.
    """
    after, full = "", True
    while full and (rows := read(after)):
        yield rows
        after, full = reference(rows[-1]), len(rows) == page


def _bounded(work: Callable[[neo4j.ManagedTransaction], Result]) -> Callable[..., Result]:
    return neo4j.unit_of_work(timeout=TRANSACTION_SECONDS)(work)


def _stored(type_name: str, row: Mapping[str, Any]) -> StoredRecord:
    properties = row["properties"]
    return StoredRecord(
        record=record_from_graph(type_name, properties, row["owned"]),
        content_hash=properties["content_hash"],
        created_at=properties["created_at"],
        modified_at=properties["modified_at"],
        ever_published=properties["ever_published"],
    )


def _rows(work: neo4j.ManagedTransaction, query: Query) -> list[dict[str, Any]]:
    text, parameters = query
    return _native_rows(work.run(text, parameters))


def _native_rows(result: neo4j.Result) -> list[dict[str, Any]]:
    rows = [_native_row(row) for row in result]
    return [row for listed in rows for row in listed[ROWS]] if tuple(result.keys()) == (ROWS,) else rows


def _native_row(row: neo4j.Record) -> dict[str, Any]:
    # Record.data() copies every map once more; queries here return no nodes, which alone would need that.
    return {key: _native(value) for key, value in row.items()}  # type: ignore[no-untyped-call]


def _native(value: Any) -> Any:
    """Neo4j's date-times as Python's, at any depth; lists and maps are changed in place."""
    if isinstance(value, neo4j.time.DateTime):
        return value.to_native()
    if isinstance(value, dict):
        for key, item in value.items():
            if type(item) not in _PLAIN:
                value[key] = _native(item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if type(item) not in _PLAIN:
                value[place] = _native(item)
    return value


_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_PASSING: Final = ("Unavailable", "TransactionTimedOut")


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except AuthError as problem:
        raise ConfigurationError(
            "Neo4j refused the user name or password; check TRIMATCH_NEO4J_USER and TRIMATCH_NEO4J_PASSWORD"
        ) from problem
    except (DriverError, OSError) as problem:
        raise UnavailableError(
            N_("Neo4j cannot be reached now ({problem}); try again shortly"), problem=problem
        ) from problem
    except Neo4jError as problem:
        if problem.is_retryable() or any(sign in (problem.code or "") for sign in _PASSING):
            raise UnavailableError(
                N_("Neo4j cannot answer now ({problem}); try again"), problem=problem.code
            ) from problem
        raise
