"""Records of a delimited text file, in constant memory, with recovery after damage."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final

from graph_model.errors import FieldProblem
from ingest.sources.encoding import UNDECODED, text_encoding
from ingest.sources.rows import LONGEST_RAW, BadRow, UnreadableFileError

DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_LINE: Final = 1_000_000
LONGEST_RECORD: Final = 1_000_000
MOST_LINES: Final = 5_000
_UNCLOSED: Final = "a quotation mark opens a cell that is never closed properly; close it or double it"


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells of one record by column name, and the line on which it starts."""

    number: int
    cells: dict[str, str]
    raw: str
    position: int


class _RunawayError(Exception):
    """A record grew past every sensible size: a quotation mark is missing."""


class _Lines:
    """Lines that can be given back: damage in one record must not swallow those behind it."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES or self._size > LONGEST_RECORD:
            raise _RunawayError
        line = self._waiting.popleft() if self._waiting else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        return line

    def mark(self) -> int:
        """Start a new record; returns the number of its first line."""
        self.taken = []
        self._size = 0
        return self.number + 1

    def give_back_all_but_first(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]


class DelimitedFile:
    """One delimited file: encoding and delimiter are found out, the header is read.

    Lines before the header that start with ``#``, blank lines and Excel's ``sep=`` line are left out.
    Raises UnreadableFileError.
    """

    def __init__(self, path: Path, known_columns: frozenset[str]) -> None:
        self._path = path
        self.encoding = text_encoding(path)
        with self._open() as binary, self._text(binary) as text:
            self.delimiter, self.header, self._skipped = _header(path, text, known_columns)

    def rows(self) -> Iterator[TableRow | BadRow]:
        """Every record below the header."""
        with self._open() as binary, self._text(binary) as text:
            lines = _Lines(text)
            for _ in range(self._skipped):
                lines.mark()
                next(lines)
            yield from self._records(lines, binary)

    def _records(self, lines: _Lines, binary: BinaryIO) -> Iterator[TableRow | BadRow]:
        reader = self._reader(lines)
        while True:
            first = lines.mark()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _RunawayError):
                lines.give_back_all_but_first()
                reader = self._reader(lines)
                yield _bad(first, "row", lines.taken[0], _UNCLOSED, lines.taken[0], binary.tell())
                continue
            if len(lines.taken) > 1 and len(cells) != len(self.header):
                lines.give_back_all_but_first()
                reader = self._reader(lines)
                yield _bad(first, "row", lines.taken[0], _UNCLOSED, lines.taken[0], binary.tell())
            elif any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield self._row(first, cells, "".join(lines.taken), binary.tell())

    def _row(self, number: int, cells: list[str], raw: str, position: int) -> TableRow | BadRow:
        surplus = [cell for cell in cells[len(self.header) :] if cell.strip()]
        if surplus:
            quote = f"quote cells that hold {self.delimiter!r}"
            reason = f"the row has {len(cells)} cells, the header {len(self.header)}; {quote}"
            return _bad(number, "row", surplus[0], reason, raw, position)
        if len(cells) < len(self.header):
            reason = f"the row has {len(cells)} cells, the header {len(self.header)}; is it cut off?"
            return _bad(number, "row", cells[-1], reason, raw, position)
        row = dict(zip(self.header, cells, strict=False))
        for name, cell in row.items():
            if UNDECODED.search(cell):
                shown = cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                reason = "holds bytes that are not UTF-8; correct the text or save the whole file as UTF-8"
                return _bad(number, name, shown, reason, raw, position)
            if "\x00" in cell:
                return _bad(number, name, cell, "holds NUL bytes: the file is damaged here", raw, position)
        return TableRow(number, row, raw, position)

    def _reader(self, lines: _Lines) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.delimiter, strict=True)

    def _open(self) -> BinaryIO:
        return self._path.open("rb")

    def _text(self, binary: BinaryIO) -> TextIOWrapper:
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "replace"
        return TextIOWrapper(binary, encoding=self.encoding, errors=errors, newline="")


def _header(path: Path, text: TextIOWrapper, known: frozenset[str]) -> tuple[str, list[str], int]:
    """Delimiter, column names, and the number of lines up to and with the header."""
    skipped = 0
    while line := text.readline(LONGEST_LINE):
        skipped += 1
        if not line.strip() or line.lstrip('"').startswith(("#", "sep=")):
            continue
        return (*_split_header(path, line, known), skipped)
    raise UnreadableFileError(f"{path.name} holds no header row; start it with the column names")


def _split_header(path: Path, line: str, known: frozenset[str]) -> tuple[str, list[str]]:
    def split(delimiter: str) -> list[str]:
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter))
        names = [" ".join(cell.split()) for cell in cells]
        while names and not names[-1]:
            names.pop()
        return names

    by_delimiter = {delimiter: split(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda each: (len(known & set(by_delimiter[each])), len(by_delimiter[each])))
    names = by_delimiter[best]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UnreadableFileError(
            f"{path.name}: the header repeats {', '.join(map(repr, repeated))}; rename one"
        )
    return best, names


def _bad(number: int, field: str, value: str, reason: str, raw: str, position: int) -> BadRow:
    problem = FieldProblem(field, value.strip()[:LONGEST_RAW], reason)
    return BadRow(number, (problem,), raw[:LONGEST_RAW], position)
