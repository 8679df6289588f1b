"""The flat table of partnerships as an Excel workbook, in constant memory and the same bytes each time."""

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from export.flat_columns import COLUMNS, DEFAULT_LANGUAGE
from export.parties import NamedPartnership, selected_partnerships
from export.plain import whole_date
from export.selection import Selection
from graph_model.store import Store

XLSX_MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS: Final = 1_048_576
"""Rows that a sheet of Excel can hold, its header included."""
LONGEST_CELL: Final = 32_767
"""UTF-16 code units that a cell of Excel can hold."""
SHEET: Final = "Partnerships"
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ps", "ur"})
_DATE_FORMATS: Final = {4: "yyyy", 7: "yyyy-mm", 10: "yyyy-mm-dd"}
"""Cell formats by the length of a partial date: what is not known does not show."""
_TIMELESS: Final = datetime(2000, 1, 1)
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_COPY_BYTES: Final = 1 << 20
_TOP: Final = Alignment(vertical="top", wrap_text=True)


def write_xlsx(
    store: Store,
    selection: Selection,
    public_base: str,
    output: IO[bytes],
    *,
    report: Callable[[int], None],
) -> None:
    """The partnerships of a selection as an Excel workbook: see write_workbook.

    Raises InvalidRecordError where the selection names what is not published, UnavailableError.
    """
    partnerships = selected_partnerships(store, selection, report)
    write_workbook(partnerships, public_base, output, language=selection.names)


def write_workbook(
    partnerships: Iterable[NamedPartnership],
    public_base: str,
    output: IO[bytes],
    *,
    language: str = DEFAULT_LANGUAGE,
    rows_a_sheet: int = MOST_ROWS,
) -> None:
    """Write an Excel workbook: a sheet of partnerships, its dates typed, and one that explains the columns.

    language: see flat_columns. rows_a_sheet: at which further partnerships go to a further sheet.
    """
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "Trimatch"
    workbook.properties.created = _TIMELESS
    sheet = _new_sheet(workbook, SHEET, language)
    filled = 1
    for partnership in partnerships:
        if filled == rows_a_sheet:
            sheet, filled = _new_sheet(workbook, f"{SHEET} {len(workbook.worksheets) + 1}", language), 1
        sheet.append(_row(sheet, partnership, language, public_base))
        filled += 1
    _explain(workbook)
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        workbook.properties.modified = _TIMELESS
        _copy_without_times(file, output, tostring(workbook.properties.to_tree()))


def _new_sheet(workbook: Workbook, title: str, language: str) -> Any:
    sheet: Any = workbook.create_sheet(title)
    sheet.freeze_panes = "B2"
    sheet.sheet_view.rightToLeft = language in _RIGHT_TO_LEFT
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.append([_heading(sheet, column.name) for column in COLUMNS])
    return sheet


def _explain(workbook: Workbook) -> None:
    sheet: Any = workbook.create_sheet("Columns")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 100
    sheet.append([_heading(sheet, "column"), _heading(sheet, "meaning")])
    for column in COLUMNS:
        sheet.append([column.name, column.description])


def _heading(sheet: Any, text: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _row(sheet: Any, partnership: NamedPartnership, language: str, public_base: str) -> Iterator[Cell | None]:
    for column in COLUMNS:
        text = column.text(partnership, language, public_base)
        if not text:
            yield None
        elif column.date:
            yield _date_cell(sheet, text, last=column.last_day)
        else:
            yield _text_cell(sheet, text)


def _date_cell(sheet: Any, partial: str, *, last: bool) -> Cell:
    day = whole_date(partial, last=last)
    cell: Cell = WriteOnlyCell(sheet, datetime(day.year, day.month, day.day))
    cell.number_format = _DATE_FORMATS[len(partial)]
    cell.alignment = _TOP
    return cell


def _text_cell(sheet: Any, text: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, _cut(text))
    # A text stays one, whatever it begins with: typed here, and quoted for whoever edits the cell.
    cell.data_type = "s"
    cell.quotePrefix = True
    cell.alignment = _TOP
    return cell


def _cut(text: str) -> str:
    if len(text) * 2 <= LONGEST_CELL or len(text.encode("utf-16-le")) <= 2 * LONGEST_CELL:
        return text
    return text.encode("utf-16-le")[: 2 * (LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"


class _Stream(io.RawIOBase):
    """Written in one go: an archive has the same bytes wherever it is written to."""

    def __init__(self, output: IO[bytes]) -> None:
        super().__init__()
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._output.write(data)


def _copy_without_times(source: IO[bytes], output: IO[bytes], core: bytes) -> None:
    """The same archive without the times of its making."""
    with ZipFile(source) as made, ZipFile(_Stream(output), "w", ZIP_DEFLATED) as kept:
        for member in made.infolist():
            entry = ZipInfo(member.filename, _ZIP_EPOCH)
            entry.compress_type = ZIP_DEFLATED
            with kept.open(entry, "w", force_zip64=member.file_size > 1 << 30) as copy:
                if member.filename == ARC_CORE:
                    copy.write(core)
                    continue
                with made.open(member) as content:
                    while block := content.read(_COPY_BYTES):
                        copy.write(block)
