"""What a source is: a streaming reader of rows, and the conversion of one row into a record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from graph_model.errors import FieldProblem, TrimatchError
from graph_model.record import Record
from ingest.knowledge import Knowledge

Content = TypeVar("Content")

LONGEST_RAW = 2_000
"""Characters of a row that the quarantine file repeats."""


class UnreadableFileError(TrimatchError):
    """A file cannot be read at all, or its columns are not those of its source."""


@dataclass(frozen=True, slots=True)
class RawRow(Generic[Content]):
    """One row as its source gives it.

    number: its place, as a person finds it: the line of a text file, the row of a sheet, the activity's place
    in XML. position: bytes of the file read so far, 0 where that is not known. merged: further rows of the
    file that say the same and are in this one.
    """

    number: int
    content: Content
    raw: str
    position: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row, or the rest of a file, that could not even be read."""

    number: int
    problems: tuple[FieldProblem, ...]
    raw: str
    position: int = 0


@dataclass(slots=True)
class Converted:
    """What one row gives.

    main: the record that the row is about; stakeholders that it names for the first time wait in the
    organisation resolver. identifiers: source identifiers by which the graph may know the record already.
    notes: fields that were left out, and why; the row loads all the same.
    """

    main: Record
    identifiers: tuple[str, ...] = ()
    notes: list[FieldProblem] = field(default_factory=list)


class Source(Protocol[Content]):
    """A feed's reader and converter."""

    @property
    def name(self) -> str:
        """What --source calls it."""

    def read(self, path: Path) -> Iterator[RawRow[Content] | BadRow]:
        """The rows in constant memory. Raises UnreadableFileError where nothing can be read."""

    def convert(self, row: RawRow[Content], knowledge: Knowledge) -> Converted:
        """The record of one row. Raises InvalidRecordError, pydantic.ValidationError: the row is bad."""
