"""Partnerships as one flat table, a row each, in CSV."""

import csv
import io
from collections.abc import Callable, Iterable
from typing import IO, Final

from export.flat_columns import COLUMNS, DEFAULT_LANGUAGE
from export.parties import NamedPartnership, selected_partnerships
from export.selection import Selection
from graph_model.store import Store

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that spreadsheet programs run as a formula, in ASCII and in full width."""


def write_csv(
    store: Store,
    selection: Selection,
    public_base: str,
    output: IO[bytes],
    *,
    report: Callable[[int], None],
) -> None:
    """The partnerships of a selection as CSV: see write_rows.

    Raises InvalidRecordError where the selection names what is not published, UnavailableError.
    """
    partnerships = selected_partnerships(store, selection, report)
    write_rows(partnerships, public_base, output, language=selection.names)


def write_rows(
    partnerships: Iterable[NamedPartnership],
    public_base: str,
    output: IO[bytes],
    *,
    language: str = DEFAULT_LANGUAGE,
) -> None:
    """Write CSV after RFC 4180: UTF-8 without a byte order mark, a header row of column names.

    A cell that a spreadsheet would run as a formula begins with an apostrophe. language: see flat_columns.
    """
    text = io.TextIOWrapper(output, encoding="utf-8", newline="", write_through=True)
    try:
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(column.name for column in COLUMNS)
        for partnership in partnerships:
            cells = (column.text(partnership, language, public_base) for column in COLUMNS)
            rows.writerow(harmless_cell(cell) for cell in cells)
    finally:
        text.detach()


def harmless_cell(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
