"""IATI activities in both forms."""

import json
from pathlib import Path
from typing import Any

import pytest

from graph_model.nodes import Partnership
from ingest.sources.iati import IatiSource
from ingest.sources.rows import BadRow, Converted, UnreadableFileError
from tests.unit.ingest_world import IATI, knowledge, needs_data

SOURCE = IatiSource()
ACTIVITY: dict[str, Any] = {
    "iati_identifier": "XX-1-Tea/9",
    "xml_lang": "en",
    "title_narrative": ["Tea", "Thé"],
    "title_narrative_xml_lang": ["en", "fr"],
    "activity_date_type": ["1", "2", "3"],
    "activity_date_iso_date": ["2015-01-01T00:00:00Z", "2015-07-20T00:00:00Z", "2018-01-01T00:00:00Z"],
    "participating_org_role": ["1", "4", "3"],
    "participating_org_narrative": ["Sweden", "Tea Growers Trust", "UNDP"],
    "participating_org_ref": ["SE-0", "KE-1", "XM-DAC-41114"],
    "recipient_country_code": ["KE", "GLOBAL"],
    "sector_code": ["31120"],
    "sector_vocabulary": ["1"],
    "tag_code": ["3.b"],
    "tag_vocabulary": ["3"],
}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03">
 <iati-activity xml:lang="en">
  <iati-identifier>XX-1-TEA</iati-identifier>
  <title><narrative>Tea</narrative><narrative xml:lang="fr">Thé</narrative></title>
  <description><narrative>&lt;p&gt;Text&lt;/p&gt;</narrative></description>
  <participating-org role="1" ref="SE-0" type="10"><narrative>Sweden</narrative></participating-org>
  <participating-org role="4" type="22"><narrative>Tea Growers Trust</narrative></participating-org>
  <recipient-country code="KE" percentage="100"/>
  <activity-date type="2" iso-date="2015-07-20"/>
 </iati-activity>
 <iati-activity><iati-identifier>XX-2</iati-identifier><title><narrative>Two</narrative></title>
  <recipient-country code="UG"/></iati-activity>
</iati-activities>
"""


def read(path: Path, content: str) -> tuple[list[Converted], list[BadRow]]:
    path.write_text(content, encoding="utf-8")
    rows, known = list(SOURCE.read(path)), knowledge()
    bad = [row for row in rows if isinstance(row, BadRow)]
    return [SOURCE.convert(row, known) for row in rows if not isinstance(row, BadRow)], bad


def read_one(path: Path, **changes: Any) -> Converted:
    return read(path, json.dumps(ACTIVITY | changes) + "\n")[0][0]


def parties(converted: Converted) -> set[tuple[str, str]]:
    assert isinstance(converted.main, Partnership)
    return {(party.party, party.role.value) for party in converted.main.parties}


def test_a_datastore_line(tmp_path: Path) -> None:
    converted = read_one(tmp_path / "a.jsonl")
    record = converted.main
    assert isinstance(record, Partnership)
    assert record.title == {"en": "Tea", "fr": "Thé"}
    assert (record.start, record.end) == ("2015-07-20", "2018-01-01")
    assert record.source_identifier == "XX-1-Tea/9"
    assert (record.clusters, record.sdgs) == (["cluster/food-agriculture"], ["sdg/3"])
    assert parties(converted) == {
        ("country/KEN", "beneficiary"),
        ("country/SWE", "facilitating"),
        ("stakeholder/tea-growers-trust-ken", "implementing"),
        ("stakeholder/undp", "facilitating"),
    }
    assert [note.value for note in converted.notes] == ["GLOBAL"]


def test_names_that_do_not_align_fall_back_to_identifiers(tmp_path: Path) -> None:
    converted = read_one(tmp_path / "a.jsonl", participating_org_narrative=["Sweden", "UNDP"])
    assert parties(converted) == {
        ("country/KEN", "beneficiary"),
        ("country/SWE", "facilitating"),
        ("stakeholder/undp", "facilitating"),
    }
    assert "do not align" in converted.notes[0].reason


def test_names_in_two_languages_are_one_organisation(tmp_path: Path) -> None:
    names = ["Sweden", "Suède", "Tea Growers Trust", "Fonds du thé", "UNDP", "PNUD"]
    converted = read_one(tmp_path / "a.jsonl", participating_org_narrative=names)
    assert ("stakeholder/tea-growers-trust-ken", "implementing") in parties(converted)
    assert len(parties(converted)) == 4


def test_names_without_alignment_and_identifiers_are_left_out(tmp_path: Path) -> None:
    converted = read_one(tmp_path / "a.jsonl", participating_org_narrative=["UNDP"], participating_org_ref=[])
    assert parties(converted) == {("country/KEN", "beneficiary")}


def test_a_withheld_name_is_no_organisation(tmp_path: Path) -> None:
    names = ["**********", "IP not published", "Name Withheld"]
    converted = read_one(tmp_path / "a.jsonl", participating_org_narrative=names, participating_org_ref=[])
    assert parties(converted) == {("country/KEN", "beneficiary")}


@pytest.mark.parametrize(
    ("texts", "languages", "expected"),
    [
        (["One", "Yksi"], ["fi"], {"en": "One", "fi": "Yksi"}),
        (["One", "Two"], [], {"en": "One Two"}),
        (["One", "Two", "Three"], ["sv"], {"en": "One"}),
        (["<b>One</b>"], [], {"en": "One"}),
    ],
)
def test_languages_of_titles(
    tmp_path: Path, texts: list[str], languages: list[str], expected: dict[str, str]
) -> None:
    converted = read_one(tmp_path / "a.jsonl", title_narrative=texts, title_narrative_xml_lang=languages)
    assert converted.main.heading == expected


def test_a_line_that_is_cut_off_is_one_bad_row(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.jsonl", json.dumps(ACTIVITY) + "\n" + '{"iati_identifier": "x", "ti')
    assert len(good) == 1
    assert bad[0].number == 2
    assert "cut off" in bad[0].problems[0].reason


def test_a_line_without_a_title_is_bad(tmp_path: Path) -> None:
    _, bad = read(tmp_path / "a.jsonl", json.dumps(ACTIVITY | {"title_narrative": []}) + "\n")
    assert bad[0].problems[0].field == "title_narrative"


def test_xml(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.xml", XML)
    assert not bad
    record = good[0].main
    assert isinstance(record, Partnership)
    assert (record.title, record.description) == ({"en": "Tea", "fr": "Thé"}, {"en": "Text"})
    assert parties(good[0]) == {
        ("country/KEN", "beneficiary"),
        ("country/SWE", "facilitating"),
        ("stakeholder/tea-growers-trust", "implementing"),
    }


def test_xml_that_is_cut_off_loads_what_came_before(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.xml", XML[: XML.index("XX-2")])
    assert [converted.main.source_identifier for converted in good] == ["XX-1-TEA"]
    assert "cut off" in bad[0].problems[0].reason


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden", encoding="utf-8")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><iati-activities version="2.03">'
    content = XML.replace('<iati-activities version="2.03">', entity).replace(">Tea<", ">Tea &e;<")
    good, _ = read(tmp_path / "a.xml", content)
    assert "hidden" not in str(good[0].main.canonical())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("hello", "neither XML nor JSON"),
        ("<html></html>", "starts with <html>"),
        ('[{"iati_identifier": "x"', "one JSON document"),
        ("<iati-activities version='1.05'></iati-activities>", "IATI 1.05"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        read(tmp_path / "a.jsonl", content)


@needs_data
def test_the_real_activities() -> None:
    rows = list(SOURCE.read(IATI))
    assert len(rows) == 632
    assert not [row for row in rows if isinstance(row, BadRow)]
