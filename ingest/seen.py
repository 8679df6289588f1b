"""Which records a file gave already, in memory that does not grow with the file."""

import sqlite3
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier row of the same record; same: it said the same."""

    number: int
    same: bool


class SeenRecords:
    """A set of references on disk, deleted with the connection. A context manager."""

    def __init__(self) -> None:
        # An empty name is SQLite's private temporary database: it spills to a file of its own when it grows.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE seen (ref TEXT PRIMARY KEY, hash TEXT, number INTEGER) WITHOUT ROWID"
        )

    def earlier(self, ref: str, content_hash: str, number: int) -> Earlier | None:
        """The first row of this reference where there is one; else this row is remembered as the first."""
        added = self._database.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (ref, content_hash[:16], number)
        )
        if added.rowcount:
            return None
        row = self._database.execute("SELECT number, hash FROM seen WHERE ref = ?", (ref,)).fetchone()
        return Earlier(row[0], row[1] == content_hash[:16])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
