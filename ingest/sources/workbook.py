"""Rows of an Excel workbook, in constant memory."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from graph_model.errors import FieldProblem
from ingest.sources.delimited import TableRow
from ingest.sources.rows import LONGEST_RAW, BadRow, UnreadableFileError

LARGEST_UNPACKED: Final = 4 << 30
"""Bytes; a sheet of a million rows unpacks to less than a quarter of this."""
MOST_COLUMNS: Final = 500
_FORMULA: Final = "f"
_ERROR: Final = "e"


class WorkbookFile:
    """The first sheet of a workbook that has a header row. Raises UnreadableFileError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._check()
        self.header: list[str] = []
        self.sheet = ""
        self._skipped = 0
        self._find_header()

    def rows(self) -> Iterator[TableRow | BadRow]:
        """Every row below the header that is not empty; a formula makes a row bad."""
        with _opened(self._path) as book:
            for number, cells in enumerate(_cells(book[self.sheet]), start=1):
                if number <= self._skipped or all(_is_empty(cell) for cell in cells):
                    continue
                yield self._row(number, cells)

    def _row(self, number: int, cells: list[Any]) -> TableRow | BadRow:
        problems = []
        values = dict.fromkeys(self.header, "")
        for place, cell in enumerate(cells):
            if _is_empty(cell):
                continue
            name = (
                self.header[place] if place < len(self.header) else f"column {get_column_letter(place + 1)}"
            )
            text = _text(cell.value)
            if cell.data_type in (_FORMULA, _ERROR):
                what = "a formula" if cell.data_type == _FORMULA else "an error value"
                problems.append(
                    FieldProblem(name, text[:LONGEST_RAW], f"is {what}; paste it as a plain value")
                )
            elif place >= len(self.header):
                problems.append(
                    FieldProblem(name, text[:LONGEST_RAW], "has no column name; add one or clear it")
                )
            else:
                values[name] = text
        raw = "\t".join(_text(cell.value) for cell in cells if not _is_empty(cell))[:LONGEST_RAW]
        return BadRow(number, tuple(problems), raw) if problems else TableRow(number, values, raw, 0)

    def _find_header(self) -> None:
        with _opened(self._path) as book:
            for sheet in book.worksheets:
                for number, cells in enumerate(_cells(sheet), start=1):
                    names = [" ".join(_text(cell.value).split()) for cell in cells]
                    while names and not names[-1]:
                        names.pop()
                    if names and not names[0].startswith("#"):
                        self.header, self.sheet, self._skipped = names, sheet.title, number
                        self._check_header()
                        return
        raise UnreadableFileError(
            f"{self._path.name} holds no header row; start a sheet with the column names"
        )

    def _check_header(self) -> None:
        repeated = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if repeated:
            shown = ", ".join(map(repr, repeated))
            raise UnreadableFileError(f"{self._path.name}: the header repeats {shown}; rename one")

    def _check(self) -> None:
        if self._path.stat().st_size == 0:
            raise UnreadableFileError(f"{self._path.name} is empty; nothing was loaded")
        try:
            with zipfile.ZipFile(self._path) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile:
            raise UnreadableFileError(
                f"{self._path.name} is not an Excel workbook (.xlsx), or it is cut off; save it again, "
                f"or use --source csv for a text file"
            ) from None
        if unpacked > LARGEST_UNPACKED:
            raise UnreadableFileError(
                f"{self._path.name} unpacks to {unpacked >> 20} MiB; split it or use CSV"
            )


class _opened:  # noqa: N801 (a context manager that reads like a function)
    def __init__(self, path: Path) -> None:
        try:
            self._book = load_workbook(path, read_only=True, data_only=False)
        except (
            InvalidFileException,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            OSError,
            SyntaxError,
        ) as problem:
            raise UnreadableFileError(
                f"{path.name} is damaged ({problem}); save it again as .xlsx"
            ) from problem

    def __enter__(self) -> Any:
        return self._book

    def __exit__(self, *_: object) -> None:
        self._book.close()


def _cells(sheet: Any) -> Iterator[list[Any]]:
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        yield list(row)


def _is_empty(cell: Any) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())


def _text(value: Any) -> str:
    """A cell's value as a CSV of the same table would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
