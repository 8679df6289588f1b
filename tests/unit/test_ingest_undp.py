"""UNDP's table of projects."""

import csv
from pathlib import Path

import pytest

from graph_model.errors import InvalidRecordError
from graph_model.nodes import Partnership
from ingest.sources.rows import BadRow, Converted, UnreadableFileError
from ingest.sources.undp import OPTIONAL, REQUIRED, SOURCE_TEXT, UndpSource
from tests.unit.ingest_world import UNDP, knowledge, needs_data

COLUMNS = (*REQUIRED, *OPTIONAL)


def convert(tmp_path: Path, *rows: dict[str, str]) -> list[Converted]:
    path = tmp_path / "undp.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: row.get(name, "") for name in COLUMNS} for row in rows)
    source, known = UndpSource(), knowledge()
    return [source.convert(row, known) for row in source.read(path) if not isinstance(row, BadRow)]


def project(**cells: str) -> dict[str, str]:
    names = {"number": "Number", "name": "Project Name", "host": "Host/Recipient Country/ies"}
    names |= {"provider": "Provider Country/ies", "entities": "Entity/ies Supporting and/or Implementing"}
    names |= {"end": "End year", "start": "Start year", "themes": "Thematic Areas", "links": "Links"}
    names |= {
        "sdg": "Primary SDG Contribution",
        "text": "Description",
        "private": "Is the private sector involved?",
    }
    return {"Number": "1", "Project Name": "Tea", "Description": "Text"} | {
        names[key]: value for key, value in cells.items()
    }


def parties(converted: Converted) -> set[tuple[str, str]]:
    assert isinstance(converted.main, Partnership)
    return {(party.party, party.role.value) for party in converted.main.parties}


def test_roles_follow_from_columns_and_development(tmp_path: Path) -> None:
    entities = (
        "UNDP,Government of Norway,Kenya,Jumia Uganda,NGOs,private sector,Government of Chile (Tea Board)"
    )
    (converted,) = convert(tmp_path, project(host="KEN,UGA", provider="BRA,JPN", entities=entities))
    assert parties(converted) == {
        ("country/KEN", "beneficiary"),
        ("country/UGA", "beneficiary"),
        ("country/BRA", "pivotal"),
        ("country/JPN", "facilitating"),
        ("country/NOR", "facilitating"),
        ("stakeholder/undp", "facilitating"),
        ("stakeholder/jumia-ug", "implementing"),
        ("stakeholder/tea-board-chl", "implementing"),
    }


def test_facts_of_a_row(tmp_path: Path) -> None:
    row = project(
        host="KEN", start="2015", end="Present", sdg="SDG3 ", themes="Health,Tea", private="YES ",
        links="https://a.org/x,https://b.org/y, N/A",
    )  # fmt: skip
    record = convert(tmp_path, row)[0].main
    assert isinstance(record, Partnership)
    assert (record.start, record.end, record.private_sector) == ("2015", None, True)
    assert (record.sdgs, record.clusters, record.themes) == (
        ["sdg/3"],
        ["cluster/public-health"],
        ["Health", "Tea"],
    )
    assert record.links == ["https://a.org/x", "https://b.org/y"]
    assert (record.id, record.source, record.source_identifier) == ("undp-tea", SOURCE_TEXT, "1")


def test_rows_of_one_name_become_one_partnership(tmp_path: Path) -> None:
    rows = [
        project(number="5", name="Tea & Coffee", host="KEN", text="short", start="2015"),
        project(number="7", name="Other", host="KEN"),
        project(number="9", name="Tea and Coffee ", host="UGA", text="a longer text", start="2014"),
    ]
    converted = convert(tmp_path, *rows)
    assert len(converted) == 2
    merged = next(each for each in converted if each.identifiers == ("5", "9"))
    assert isinstance(merged.main, Partnership)
    assert parties(merged) == {("country/KEN", "beneficiary"), ("country/UGA", "beneficiary")}
    assert (merged.main.description, merged.main.start) == ({"en": "a longer text"}, "2014")


def test_an_unknown_country_is_noted_and_the_row_kept(tmp_path: Path) -> None:
    (converted,) = convert(tmp_path, project(host="KEN,QQQ"))
    assert parties(converted) == {("country/KEN", "beneficiary")}
    assert [note.value for note in converted.notes] == ["QQQ"]


def test_a_project_without_any_party_is_bad(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecordError, match="names no party"):
        convert(tmp_path, project(entities="various NGOs"))


def test_another_table_is_refused_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,title_en\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"lacks the columns Number.*trimatch template"):
        list(UndpSource().read(path))


@needs_data
def test_the_real_table_loads_whole() -> None:
    source, known = UndpSource(), knowledge()
    rows = list(source.read(UNDP))
    assert not [row for row in rows if isinstance(row, BadRow)]
    records = [source.convert(row, known).main for row in rows if not isinstance(row, BadRow)]
    assert len(records) == 262
    assert len({record.id for record in records}) == 262
