"""The demo's illustrative needs, offers and practices, and the IP offices that stand behind them."""

import csv
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from graph_model.nodes import RECORD_TYPES, Need, Offer, Practice, Stakeholder, StakeholderKind
from graph_model.record import Record
from graph_model.text import UN_LANGUAGES

DEMO: Final = Path(__file__).parents[2] / "ingest" / "demo"
LISTS: Final = {"aliases", "clusters", "sdgs", "resources", "sought_by", "offered_by", "shared_by"}
ONE_TYPE: Final = {"clusters": "cluster", "sdgs": "sdg"}
OWNERS: Final = {"need": "sought_by", "offer": "offered_by", "practice": "shared_by"}
LANGUAGE_COLUMN: Final = re.compile(r"(name|title|description|results)_([a-z]{2,3})")
SCRIPTS: Final = {"ar": "ARABIC", "ru": "CYRILLIC", "zh": "CJK"}
FUNCTION_WORDS: Final = {
    "en": {"the", "of", "and", "for", "with", "that", "is"},
    "fr": {"les", "des", "et", "du", "une", "est", "sont", "le"},
    "es": {"los", "las", "el", "y", "del", "una", "con", "se"},
}


def rows(name: str) -> list[dict[str, str]]:
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def as_record(kind: type[Record], row: dict[str, str]) -> Record:
    values: dict[str, Any] = {}
    for column, cell in row.items():
        language_column = LANGUAGE_COLUMN.fullmatch(column)
        if not cell:
            continue
        if language_column:
            values.setdefault(language_column[1], {})[language_column[2]] = cell
        elif column in LISTS:
            prefix = ONE_TYPE.get(column)
            values[column] = [f"{prefix}/{part}" if prefix else part for part in cell.split("; ")]
        else:
            values[column] = cell
    return kind.model_validate(values)


def load(type_name: str) -> list[Any]:
    return [as_record(RECORD_TYPES[type_name], row) for row in rows(f"{type_name}.csv")]


NEEDS: Final[list[Need]] = load("need")
OFFERS: Final[list[Offer]] = load("offer")
PRACTICES: Final[list[Practice]] = load("practice")
ILLUSTRATIVE: Final[list[Need | Offer | Practice]] = [*NEEDS, *OFFERS, *PRACTICES]
OFFICES: Final[list[Any]] = [as_record(Stakeholder, row) for row in rows("stakeholder-ip.csv")]


@pytest.mark.parametrize(
    ("records", "total", "each_language"),
    [(NEEDS, 48, 7), (OFFERS, 48, 7), (PRACTICES, 24, 3)],
    ids=["need", "offer", "practice"],
)
def test_every_language_has_its_share(records: list[Record], total: int, each_language: int) -> None:
    languages = Counter(record.original_language for record in records)
    assert len(records) >= total
    assert set(languages) == set(UN_LANGUAGES)
    assert min(languages.values()) >= each_language, languages
    assert len({record.id for record in records}) == len(records)


@pytest.mark.parametrize("records", [NEEDS, OFFERS, PRACTICES], ids=["need", "offer", "practice"])
def test_most_foreign_records_have_no_english_title(records: list[Need | Offer | Practice]) -> None:
    """Search across languages is exercised only by texts that exist in one language."""
    foreign = [record for record in records if record.original_language != "en"]
    with_english = sum("en" in record.title for record in foreign)
    assert 0.25 <= with_english / len(foreign) <= 0.45


@pytest.mark.parametrize("records", [NEEDS, OFFERS], ids=["need", "offer"])
def test_every_cluster_has_a_need_and_an_offer(records: list[Need | Offer]) -> None:
    named = {reference.removeprefix("cluster/") for record in records for reference in record.clusters}
    assert named == {row["id"] for row in rows("cluster.csv")}


@pytest.mark.parametrize("record", ILLUSTRATIVE, ids=lambda record: record.ref)
def test_record_is_marked_and_complete(record: Need | Offer | Practice) -> None:
    language = record.original_language
    assert record.authenticity == "illustrative"
    assert "illustrative" in record.source
    assert language in record.title
    assert 100 <= len(record.description[language]) * (3 if language == "zh" else 1) <= 900
    assert record.clusters
    assert record.sdgs
    if isinstance(record, Practice):
        assert language in record.results
    else:
        assert record.resources


def script_share(text: str, script: str) -> float:
    letters = [character for character in text if character.isalpha()]
    return sum(unicodedata.name(letter).startswith(script) for letter in letters) / len(letters)


@pytest.mark.parametrize("record", ILLUSTRATIVE, ids=lambda record: record.ref)
def test_text_is_in_the_language_it_claims(record: Need | Offer | Practice) -> None:
    for texts in (record.title, record.description):
        assert set(texts) <= {record.original_language, "en"}
        for language, text in texts.items():
            assert script_share(text, SCRIPTS.get(language, "LATIN")) > 0.85, text
    for language in set(record.description) & set(FUNCTION_WORDS):
        words = Counter(re.findall(r"\w+", record.description[language].lower()))
        hits = {code: sum(words[word] for word in common) for code, common in FUNCTION_WORDS.items()}
        assert max(hits, key=hits.__getitem__) == language, (record.ref, hits)


def stakeholder_rows() -> list[dict[str, str]]:
    return [row for path in sorted(DEMO.glob("stakeholder*.csv")) for row in rows(path.name)]


def test_no_organisation_is_given_twice() -> None:
    """Two files give stakeholders; one id, or one name in one country, must stand in only one of them."""
    ids = Counter(row["id"] for row in stakeholder_rows())
    names = Counter((row["name_en"].casefold(), row["country"]) for row in stakeholder_rows())
    assert [key for key, count in (*ids.items(), *names.items()) if count > 1] == []


def test_references_resolve() -> None:
    known = {
        f"{type_name}/{row['id']}"
        for type_name in ("country", "cluster", "sdg", "stakeholder")
        for path in DEMO.glob(f"{type_name}*.csv")
        for row in rows(path.name)
    }
    named = {reference for record in ILLUSTRATIVE for reference in (*record.clusters, *record.sdgs)}
    named |= {reference for record in ILLUSTRATIVE for reference in getattr(record, OWNERS[record.type_name])}
    named |= {office.country for office in OFFICES if office.country}
    assert sorted(named - known) == []


def test_needs_come_from_developing_countries_of_every_region() -> None:
    countries = {f"country/{row['id']}": row for row in rows("country.csv")}
    base = {f"stakeholder/{row['id']}": row["country"] for row in stakeholder_rows()}
    seekers = [countries[base.get(party, party)] for need in NEEDS for party in need.sought_by]
    assert [row["id"] for row in seekers if row["developing"] != "true"] == []
    assert {row["region"] for row in seekers} >= {"Africa", "Americas", "Asia", "Oceania"}


def test_ip_offices_are_real_records_spread_over_the_world() -> None:
    national = [office for office in OFFICES if office.kind is StakeholderKind.IP_OFFICE]
    assert len({office.country for office in national}) >= 60
    assert all(office.authenticity == "real" for office in OFFICES)
    of_no_country = {office.kind for office in OFFICES if not office.country}
    assert of_no_country == {StakeholderKind.MULTILATERAL, StakeholderKind.REGIONAL_IP_OFFICE}
    assert len({office.id for office in OFFICES}) == len(OFFICES)


def test_wipo_and_the_regional_offices_are_there() -> None:
    by_id = {office.id: office for office in OFFICES}
    assert set(by_id["wipo"].name) == set(UN_LANGUAGES)
    assert by_id["wipo"].kind is StakeholderKind.MULTILATERAL
    for name in ("aripo", "oapi", "eapo", "gcc-patent-office", "epo", "euipo"):
        assert by_id[name].kind is StakeholderKind.REGIONAL_IP_OFFICE
