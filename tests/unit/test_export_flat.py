"""The flat table of partnerships, as CSV and as an Excel workbook."""

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import Cell, MergedCell

from export.flat import write_rows
from export.flat_columns import COLUMNS
from export.parties import NamedPartnership
from export.workbook import LONGEST_CELL, write_workbook
from graph_model.record import Authenticity
from graph_model.relationships import Role
from tests.unit.partnership_world import (
    BASE,
    demo_partnerships,
    named,
    one,
    organisation,
    parties,
    with_records,
)

FORMULAS = ["=1+1", "+1", "-2", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://evil.example","x")']


def csv_bytes(*partnerships: NamedPartnership, **options: Any) -> bytes:
    output = io.BytesIO()
    write_rows(partnerships, BASE, output, **options)
    return output.getvalue()


def csv_rows(*partnerships: NamedPartnership, **options: Any) -> list[dict[str, str]]:
    text = csv_bytes(*partnerships, **options).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def workbook_bytes(*partnerships: NamedPartnership, **options: Any) -> bytes:
    output = io.BytesIO()
    write_workbook(partnerships, BASE, output, **options)
    return output.getvalue()


def cells(document: bytes, sheet: str = "Partnerships") -> list[dict[str, Cell | MergedCell]]:
    head, *rows = openpyxl.load_workbook(io.BytesIO(document))[sheet].iter_rows()
    return [{str(name.value): cell for name, cell in zip(head, row, strict=True)} for row in rows]


def test_a_row_has_what_collections_of_good_practice_ask_for() -> None:
    (row,) = csv_rows(
        one(
            challenge={"en": "Growers earned little."},
            results={"en": "Incomes rose."},
            themes=["Trade", "Farming"],
            start="2019",
        )
    )
    expected = {
        "title": "Coffee origins",
        "challenge": "Growers earned little.",
        "solution": "Experts helped growers.",
        "results": "Incomes rose.",
        "modality": "triangular",
        "private_sector": "false",
        "beneficiary_countries": "Kenya",
        "beneficiary_iso3": "KEN",
        "pivotal_countries": "Brazil",
        "facilitating_countries": "",
        "facilitating_organisations": "United Nations Development Programme (UNDP)",
        "clusters": "Geographical indications",
        "sdgs": "2 Zero Hunger; 2.3 Productivity and incomes of small-scale farmers",
        "themes": "Trade; Farming",
        "start": "2019",
        "end": "2021-11-30",
        "contacts": "United Nations Development Programme (UNDP): https://www.undp.org",
        "links": "https://example.org/coffee",
        "source": "test",
        "authenticity": "real",
        "modified": "2026-03-01",
        "iri": f"{BASE}/partnership/origins",
    }
    assert {name: row[name] for name in expected} == expected


def test_texts_and_names_are_in_the_asked_language_or_in_the_original_one() -> None:
    (row,) = csv_rows(one(), language="fr")
    assert (row["title"], row["title_language"]) == ("Origines du café", "fr")
    assert row["solution"] == "Experts helped growers."
    assert (row["pivotal_countries"], row["clusters"]) == ("Brésil", "Indications géographiques")
    (chinese,) = csv_rows(one(), language="zh")
    assert (chinese["title_language"], chinese["beneficiary_countries"]) == ("en", "肯尼亚")


def test_an_organisation_brings_its_country_unless_it_is_of_many_states() -> None:
    record = one(
        parties=parties((Role.PIVOTAL, "stakeholder/lab"), (Role.FACILITATING, "stakeholder/undp"))
    ).record
    (row,) = csv_rows(named(record, with_records(organisation("lab", "Coffee Lab"))))
    assert (row["pivotal_countries"], row["pivotal_organisations"]) == ("Kenya", "Coffee Lab")
    assert row["facilitating_iso3"] == ""


def test_what_may_not_be_named_is_not() -> None:
    hidden = one(
        parties=parties((Role.BENEFICIARY, "country/KEN"), (Role.PIVOTAL, "stakeholder/hidden")),
        clusters=["cluster/hidden"],
    )
    assert b"hidden" not in csv_bytes(hidden)
    (row,) = csv_rows(hidden)
    assert (row["pivotal_organisations"], row["clusters"]) == ("", "")


def test_csv_is_plain_utf8_with_a_header_and_crlf() -> None:
    document = csv_bytes(one(title={"en": "Café 🌍"}))
    assert not document.startswith(b"\xef\xbb\xbf")
    assert document.splitlines(keepends=True)[0].endswith(b",iri\r\n")
    assert "Café 🌍".encode() in document


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_csv_starts_a_formula(formula: str) -> None:
    (row,) = csv_rows(one(title={"en": formula}, themes=[formula], source=formula))
    assert row["title"] == row["themes"] == row["source"] == f"'{formula}"


@pytest.mark.parametrize("formula", [*FORMULAS, "#N/A", "0012", "TRUE"])
def test_texts_of_a_workbook_stay_texts(formula: str) -> None:
    (row,) = cells(workbook_bytes(one(title={"en": formula})))
    assert (row["title"].value, row["title"].data_type) == (formula, "s")
    assert row["title"].quotePrefix


def test_hostile_texts_survive_and_characters_that_files_cannot_hold_are_left_out() -> None:
    text = '<b onclick="x()">&amp;</b>\nline "two", \u202eevil\u2066 🌍 中文'
    hostile = one(description={"en": f"{text}\ufffe\x0b"}, title={"en": f"{text}\x1b\uffff"})
    (row,) = csv_rows(hostile)
    assert row["title"] == row["solution"] == text
    (cell,) = cells(workbook_bytes(hostile))
    assert cell["title"].value == cell["solution"].value == text


def test_dates_of_a_workbook_are_dates_that_show_what_is_known() -> None:
    (row,) = cells(workbook_bytes(one(start="2019", end="2020-02")))
    assert (row["start"].value, row["start"].number_format) == (datetime(2019, 1, 1), "yyyy")
    assert (row["end"].value, row["end"].number_format) == (datetime(2020, 2, 29), "yyyy-mm")
    assert row["modified"].number_format == "yyyy-mm-dd"
    assert row["start"].data_type == row["end"].data_type == "d"


def test_a_cell_of_a_workbook_holds_what_excel_can_hold() -> None:
    (row,) = cells(workbook_bytes(one(description={"en": "🌍" * 20_000})))
    text = str(row["solution"].value)
    assert len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert text.startswith("🌍🌍")
    assert text.endswith("…")


def test_more_partnerships_than_a_sheet_can_hold_go_to_further_sheets() -> None:
    document = workbook_bytes(*(one(id=f"p{number}") for number in range(5)), rows_a_sheet=3)
    sheets = openpyxl.load_workbook(io.BytesIO(document)).sheetnames
    assert sheets == ["Partnerships", "Partnerships 2", "Partnerships 3", "Columns"]
    found = [row["iri"].value for name in sheets[:-1] for row in cells(document, name)]
    assert found == [f"{BASE}/partnership/p{number}" for number in range(5)]


def test_a_workbook_explains_its_columns_and_reads_from_the_right_in_arabic() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(one(), language="ar")))
    assert book["Partnerships"].sheet_view.rightToLeft
    explained = [row[0].value for row in book["Columns"].iter_rows(min_row=2)]
    assert explained == [column.name for column in COLUMNS]


def test_an_illustrative_partnership_is_marked() -> None:
    (row,) = csv_rows(one(authenticity=Authenticity.ILLUSTRATIVE))
    assert row["authenticity"] == "illustrative"


def test_an_empty_graph_gives_a_table_without_rows() -> None:
    assert csv_rows() == []
    assert cells(workbook_bytes()) == []


def test_the_demo_gives_a_row_each_and_the_same_bytes_each_time() -> None:
    demo = list(demo_partnerships())
    assert len(csv_rows(*demo)) == len(demo)
    document = workbook_bytes(*demo)
    assert len(cells(document)) == len(demo)
    assert document == workbook_bytes(*demo)
