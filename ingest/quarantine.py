"""Files for a person: rows that did not load, and organisations that may be one."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

from graph_model.errors import ConfigurationError, FieldProblem
from ingest.cleaning import harmless_cell
from ingest.organisations import DoubtfulMatch
from ingest.sources.rows import LONGEST_RAW

QUARANTINE_COLUMNS: Final = ("row", "field", "value", "reason", "raw")
REVIEW_COLUMNS: Final = ("name", "candidate", "candidate_name", "score", "row", "new_record")


class ReportFile:
    """A CSV file that comes into being with its first row. A context manager."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._wanted = path
        self._columns = columns
        self._file: TextIO | None = None
        self._writer: Any = None
        self.rows = 0

    @property
    def path(self) -> Path | None:
        """Where it is, None while it has no row."""
        return self._wanted if self.rows else None

    def append(self, cells: Iterable[object]) -> None:
        """One row, of cells that no spreadsheet computes. Raises ConfigurationError: it cannot be written."""
        try:
            if self._file is None:
                self._wanted.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._wanted.open("w", encoding="utf-8", errors="replace", newline="")
                self._writer = csv.writer(self._file)
                self._writer.writerow(self._columns)
            self._writer.writerow([harmless_cell(_printable(str(cell))) for cell in cells])
        except OSError as problem:
            raise ConfigurationError(
                f"{self._wanted} cannot be written ({problem}); free space or correct the folder's rights"
            ) from problem
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def quarantine_file(folder: Path, source_file: Path) -> ReportFile:
    """``<file>-<time>.csv`` for rows and fields that did not load."""
    return ReportFile(folder / f"{source_file.name}-{_now()}.csv", QUARANTINE_COLUMNS)


def review_file(folder: Path, source_file: Path) -> ReportFile:
    """``organisations-<file>-<time>.csv`` for doubtful matches."""
    return ReportFile(folder / f"organisations-{source_file.name}-{_now()}.csv", REVIEW_COLUMNS)


def quarantine_rows(number: int, problems: Iterable[FieldProblem], raw: str) -> list[tuple[object, ...]]:
    """One line a problem of one row."""
    shown = raw.strip()[:LONGEST_RAW]
    return [(number, each.field, each.value[:LONGEST_RAW], each.reason, shown) for each in problems]


def review_row(match: DoubtfulMatch, row: int) -> tuple[object, ...]:
    """One line a doubtful match."""
    return (match.name, match.candidate_ref, match.candidate_name, match.score, row, match.new_ref)


def _printable(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
