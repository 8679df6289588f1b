"""Trimatch's own format: every type, every bad cell, the templates."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.record import Authenticity, Record
from ingest.problems import problems_of
from ingest.sources import source_named
from ingest.sources.rows import BadRow, UnreadableFileError
from ingest.template import TemplateFormat, write_template
from tests.unit.ingest_world import knowledge, resolver

HEADER = "id,title_en,title_fr,beneficiary,pivotal,start,end,links,source"


def load(
    path: Path, source: str = "csv", type_name: str | None = None
) -> tuple[list[Record], list[FieldProblem]]:
    reader, known = source_named(source, type_name), knowledge(resolver(seeded=False))
    records: list[Record] = []
    problems: list[FieldProblem] = []
    for row in reader.read(path):
        if isinstance(row, BadRow):
            problems += row.problems
            continue
        try:
            records.append(reader.convert(row, known).main)
        except (InvalidRecordError, ValidationError) as error:
            problems += problems_of(error)
    return records, problems


def partnerships(tmp_path: Path, *rows: str) -> tuple[list[Record], list[FieldProblem]]:
    path = tmp_path / "partnership-test.csv"
    path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return load(path)


def test_a_partnership_with_dated_parties(tmp_path: Path) -> None:
    row = "a,Tea,Thé,country/KEN@2015..2018; Uganda,stakeholder/wipo@2016..,2015,2018-06,,test"
    records, problems = partnerships(tmp_path, row)
    assert not problems
    record = records[0]
    assert isinstance(record, Partnership)
    assert record.title == {"en": "Tea", "fr": "Thé"}
    assert {(p.party, p.role.value, p.from_, p.to) for p in record.parties} == {
        ("country/KEN", "beneficiary", "2015", "2018"),
        ("country/UGA", "beneficiary", None, None),
        ("stakeholder/wipo", "pivotal", "2016", None),
    }


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("a,=1+1,,KEN,,,,,t", "title_en", "formula"),
        ("a,Tea,,Kenia Republik,,,,,t", "beneficiary", "unknown country"),
        ("a,Tea,,Kenyaa,,,,,t", "beneficiary", "did you mean Kenya (KEN)"),
        ("a,Tea,,KEN,,20155,,,t", "start", "wrong form"),
        ("a,Tea,,KEN,,1066,,,t", "start", "outside"),
        ("a,Tea,,KEN,,2020,2010,,t", "row", "before start"),
        ("a,Tea,,KEN,,2020-02-31,,,t", "start", "day"),
        ("a,Tea,,KEN@2020..2010,,,,,t", "beneficiary", "before it starts"),
        ("a,Tea,,need/x,,,,,t", "beneficiary", "only country or stakeholder"),
        (f"a,{'x' * 501},,KEN,,,,,t", "title_en", "longer than 500"),
        ("a b,Tea,,KEN,,,,,t", "id", "wrong form"),
        ("a,,,KEN,,,,,t", "title", "missing"),
        ("a,Tea,,KEN,,,,javascript:x,t", "links", "wrong form"),
        ("a,Tea,,KEN,,,,,", "source", "missing"),
    ],
)
def test_bad_cells_name_field_and_reason(tmp_path: Path, row: str, field: str, reason: str) -> None:
    good = "z,Tea,,KEN,,,,,t"
    records, problems = partnerships(tmp_path, row, good)
    assert [record.id for record in records] == ["z"]
    assert problems[0].field.startswith(field)
    assert reason in problems[0].reason


def test_markup_in_a_cell_becomes_plain_text(tmp_path: Path) -> None:
    records, _ = partnerships(tmp_path, "a,<b>Tea</b> &amp; coffee,,KEN,,,,,t")
    assert records[0].heading == {"en": "Tea & coffee"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id,titel_en,beneficiary,source", r"'titel_en' \(did you mean 'title_en'\?\)"),
        ("id,title_en,source", "beneficiary or pivotal.*trimatch template partnership"),
        ("id,beneficiary", "title_en.*source|source.*title_en"),
    ],
)
def test_wrong_columns_are_named(tmp_path: Path, header: str, message: str) -> None:
    path = tmp_path / "partnership.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=message):
        load(path)


def test_the_type_comes_from_option_column_or_file_name(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text("id,name_en,kind,source\nacme,Acme,company,t\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="--type"):
        load(path)
    assert load(path, type_name="stakeholder")[0][0].ref == "stakeholder/acme"
    path.write_text(
        "type,id,name_en,title_en,kind,sought_by,source\n"
        "stakeholder,acme,Acme,,company,,t\nneed,n,,Help,,stakeholder/acme,t\nthing,x,,,,,t\n",
        encoding="utf-8",
    )
    records, problems = load(path)
    assert [record.ref for record in records] == ["stakeholder/acme", "need/n"]
    assert problems[0].field == "type"


def test_columns_that_start_with_a_hash_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "stakeholder.csv"
    path.write_text("id,name_en,kind,source,#remarks\nacme,Acme,company,t,hello\n", encoding="utf-8")
    assert load(path)[0][0].id == "acme"


def workbook(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_with_numbers_and_a_formula(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "partnership.xlsx",
        ["id", "title_en", "beneficiary", "start", "source"],
        ["a", "Tea", "KEN", 2015, "t"],
        [],
        ["b", "=1+1", "KEN", 2015, "t"],
    )
    records, problems = load(path, "xlsx")
    assert [(record.id, getattr(record, "start", None)) for record in records] == [("a", "2015")]
    assert (problems[0].field, problems[0].value) == ("title_en", "=1+1")
    assert "formula" in problems[0].reason


@pytest.mark.parametrize("content", [b"", b"id,title_en\n", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "need.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"empty|not an Excel workbook"):
        load(path, "xlsx")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("type_name", list(RECORD_TYPES))
def test_a_template_itself_loads(tmp_path: Path, type_name: str, form: TemplateFormat) -> None:
    path = tmp_path / f"{type_name}.{form}"
    write_template(type_name, path, form)
    records, problems = load(path, form)
    assert not problems
    assert [record.authenticity for record in records] == [Authenticity.ILLUSTRATIVE]


def test_a_template_says_what_is_allowed() -> None:
    stream = io.StringIO()
    write_template("stakeholder", stream)
    assert "ip-office, regional-ip-office" in stream.getvalue()
    assert "kind (required)" in stream.getvalue()
