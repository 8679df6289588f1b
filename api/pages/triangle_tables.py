"""Proposed triangles as a table, a row each, in CSV and as an Excel workbook."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from api.pages.page import Page
from api.pages.triangle_view import part_of
from export.flat import harmless_cell
from graph_model.text import clean_text
from graph_model.vocabulary import node_iri
from search.answers import Corner, Path, PathAnswer

_BETWEEN: Final = "\n"
_WIDTHS: Final = {1: 8, 2: 24, 3: 24, 4: 36, 5: 30, 6: 36, 10: 90, 11: 60}
"""Widths of the columns of the workbook that are not the usual one, in characters."""
_USUAL_WIDTH: Final = 16
_LONGEST_CELL: Final = 32_767
_LONGEST_SHEET_NAME: Final = 31

Row = list[str | float]


def table(answer: PathAnswer, page: Page) -> tuple[list[str], list[Row]]:
    """(headings, rows), best first. Numbers stay numbers; the columns of features sum to the score."""
    gettext = page.language.gettext
    features = _features(answer.paths)
    headings = [
        gettext("Rank"),
        page.label("role", "beneficiary"),
        page.label("role", "pivotal"),
        gettext("Organisations of the pivotal partner"),
        page.label("role", "facilitating"),
        gettext("Organisations of the facilitating partner"),
        gettext("Modality"),
        gettext("Probability"),
        gettext("Score"),
        gettext("Evidence"),
        gettext("Addresses of the evidence"),
        *(_feature_heading(name, page) for name in features),
    ]
    rows = [_row(rank, path, features, page) for rank, path in enumerate(answer.paths, 1)]
    return headings, rows


def as_csv(answer: PathAnswer, page: Page) -> bytes:
    """CSV after RFC 4180, UTF-8 with a byte order mark, without which Excel reads it in another encoding.

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    headings, rows = table(answer, page)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow(harmless_cell(cell) if isinstance(cell, str) else cell for cell in row)
    return text.getvalue().encode("utf-8-sig")


def as_workbook(answer: PathAnswer, page: Page, permalink: str) -> bytes:
    """An Excel workbook: the proposals, and a sheet that says which question they answer.

    permalink: the address of the answer.
    """
    gettext = page.language.gettext
    headings, rows = table(answer, page)
    workbook = Workbook(write_only=True)
    sheet = _sheet(workbook, gettext("Partners"), page)
    sheet.freeze_panes = "D2"
    for number in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(number, _USUAL_WIDTH)
    sheet.append([_text(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])
    question = _sheet(workbook, gettext("Question"), page)
    question.column_dimensions["A"].width, question.column_dimensions["B"].width = 24, 100
    for name, value in _question(answer, page, permalink):
        question.append([_text(question, name, bold=True), _text(question, value)])
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def _question(answer: PathAnswer, page: Page, permalink: str) -> Iterator[tuple[str, str]]:
    gettext = page.language.gettext
    yield gettext("Need"), answer.query
    yield gettext("Modality"), page.label("modality", answer.modality)
    yield gettext("Address"), permalink
    yield gettext("Model"), answer.model


def _features(paths: Sequence[Path]) -> list[str]:
    """Every feature that contributes anywhere, in the order in which paths name them."""
    return list(dict.fromkeys(name for path in paths for name in path.contributions))


def _feature_heading(name: str, page: Page) -> str:
    label, part = page.label("feature", name), part_of(name)
    return f"{page.label('score_part', part)}: {label}" if part in ("pivotal", "facilitating") else label


def _row(rank: int, path: Path, features: Sequence[str], page: Page) -> Row:
    base = page.settings.public_base
    refs = dict.fromkeys(item.nodes[-1] for item in path.evidence)
    return [
        rank,
        path.beneficiary.name if path.beneficiary else "",
        path.pivotal.name,
        _organisations(path.pivotal),
        path.facilitating.name if path.facilitating else "",
        _organisations(path.facilitating),
        page.label("modality", path.modality),
        round(path.probability, 4),
        round(path.score, 4),
        _BETWEEN.join(dict.fromkeys(item.text for item in path.evidence)),
        _BETWEEN.join(node_iri(ref, base) for ref in refs),
        *(round(path.contributions.get(name, 0.0), 4) for name in features),
    ]


def _organisations(corner: Corner | None) -> str:
    return _BETWEEN.join(each["name"] for each in corner.stakeholders) if corner else ""


def _sheet(workbook: Workbook, title: str, page: Page) -> Any:
    sheet: Any = workbook.create_sheet(title[:_LONGEST_SHEET_NAME])
    sheet.sheet_view.rightToLeft = page.language.direction == "rtl"
    return sheet


def _text(sheet: Any, text: str, *, bold: bool = False) -> Cell:
    """A cell that stays a text, whatever it begins with: typed here, and quoted for whoever edits it."""
    cell: Cell = WriteOnlyCell(sheet, clean_text(text)[:_LONGEST_CELL])
    cell.data_type = "s"
    cell.quotePrefix = True
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    cell.font = Font(bold=bold)
    return cell
