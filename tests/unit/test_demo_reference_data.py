"""The countries, SDGs and clusters of the demo graph: complete, valid and true."""

import csv
from pathlib import Path
from typing import Any, TypeVar, get_origin

import pytest

from graph_model.nodes import Cluster, Country, IncomeGroup, SustainableDevelopmentGoal
from graph_model.record import Authenticity, Record
from graph_model.text import UN_LANGUAGES
from graph_model.vocabulary import EUROVOC, SDG, UNBIS

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "ingest" / "demo"
SHARED = ROOT.parent / "shared" / "data"
AnyRecord = TypeVar("AnyRecord", bound=Record)


def read(kind: type[AnyRecord]) -> dict[str, AnyRecord]:
    records: dict[str, AnyRecord] = {}
    with (DEMO / f"{kind.type_name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            fields: dict[str, Any] = {}
            for column, cell in row.items():
                name, _, language = column.rpartition("_")
                if not cell:
                    continue
                if language in UN_LANGUAGES and name in kind.model_fields:
                    fields.setdefault(name, {})[language] = cell
                elif get_origin(kind.model_fields[column].annotation) is list:
                    fields[column] = cell.split("; ")
                else:
                    fields[column] = cell
            record = kind(**fields)
            assert record.id not in records
            records[record.id] = record
    return records


COUNTRIES = read(Country)
GOALS = read(SustainableDevelopmentGoal)
CLUSTERS = read(Cluster)
MEMBERS = {iso3: country for iso3, country in COUNTRIES.items() if country.un_member}


def test_every_un_member_state_is_there() -> None:
    assert len(MEMBERS) == 193
    assert {"VAT", "PSE"} <= COUNTRIES.keys() - MEMBERS.keys()


def test_every_country_has_six_names_and_unique_codes() -> None:
    for country in COUNTRIES.values():
        assert set(country.name) == set(UN_LANGUAGES), country.id
    for attribute in ("iso2", "m49"):
        codes = [code for country in COUNTRIES.values() if (code := getattr(country, attribute))]
        assert len(codes) == len(set(codes))
    for language in UN_LANGUAGES:
        assert len({country.name[language] for country in COUNTRIES.values()}) == len(COUNTRIES)
    assert all(country.iso2 and country.m49 for country in MEMBERS.values())


def test_every_member_state_has_languages_and_groups() -> None:
    assert [iso3 for iso3, country in MEMBERS.items() if not country.languages] == []
    assert [iso3 for iso3, country in MEMBERS.items() if country.income is None] == ["VEN"]
    assert {country.region for country in COUNTRIES.values()} == {
        *("Africa", "Americas", "Asia", "Europe", "Oceania")
    }


def test_groups_of_countries_agree_with_each_other() -> None:
    for country in COUNTRIES.values():
        special = country.least_developed or country.landlocked_developing
        if special and country.id not in ("MDA", "MKD"):
            assert country.developing, country.id
        assert not (country.landlocked_developing and country.small_island_developing), country.id
    assert sum(country.landlocked_developing for country in MEMBERS.values()) == 32


def test_facts_about_some_countries() -> None:
    kenya = COUNTRIES["KEN"]
    assert (kenya.iso2, kenya.m49, kenya.region, kenya.subregion) == ("KE", "404", "Africa", "Eastern Africa")
    assert (kenya.capital, kenya.income, kenya.languages[0]) == ("Nairobi", IncomeGroup.LOWER_MIDDLE, "en")
    assert kenya.developing
    assert not kenya.least_developed
    assert COUNTRIES["AFG"].m49 == "004"
    assert COUNTRIES["NAM"].iso2 == "NA"
    assert COUNTRIES["NPL"].landlocked_developing
    assert COUNTRIES["FJI"].small_island_developing
    assert COUNTRIES["HTI"].least_developed
    assert COUNTRIES["BOL"].name["en"] == "Bolivia"
    assert COUNTRIES["BRA"].subregion == "South America"
    assert COUNTRIES["CIV"].name == {
        "en": "Côte d’Ivoire",
        "fr": "Côte d’Ivoire",
        "es": "Côte d’Ivoire",
        "ar": "كوت ديفوار",
        "ru": "Кот-д'Ивуар",
        "zh": "科特迪瓦",
    }


@pytest.mark.parametrize(
    "iso3", ["JPN", "NOR", "DEU", "USA", "CAN", "AUS", "NZL", "KOR", "ISR", "RUS", "CYP"]
)
def test_developed_countries(iso3: str) -> None:
    assert not COUNTRIES[iso3].developing


@pytest.mark.parametrize("iso3", ["BRA", "CHN", "IND", "ZAF", "TUR", "KAZ", "SGP", "CHL", "PSE", "FJI"])
def test_developing_countries(iso3: str) -> None:
    assert COUNTRIES[iso3].developing


def test_seventeen_goals_in_six_languages_and_169_targets() -> None:
    goals = {goal.id: goal for goal in GOALS.values() if goal.broader is None}
    assert set(goals) == {str(number) for number in range(1, 18)}
    assert all(set(goal.name) == set(UN_LANGUAGES) for goal in goals.values())
    targets = [goal for goal in GOALS.values() if goal.broader]
    assert len(targets) == 169
    assert all(target.broader == f"sdg/{target.id.split('.')[0]}" for target in targets)
    assert {"3.b", "9.b", "17.19"} <= GOALS.keys()
    assert all(goal.exact_match == [f"{SDG}{goal.id}"] for goal in GOALS.values())


def test_goals_and_targets_are_those_of_the_un_taxonomy() -> None:
    taxonomy = SHARED / "unstats_lod4stats" / "sdg-kos-goals-targets-indicators.ttl"
    if not taxonomy.exists():
        pytest.skip(f"the UN's SDG taxonomy is not in {SHARED}")
    lines = taxonomy.read_text(encoding="utf-8").splitlines()
    declared = {line.split()[0] for line in lines if " a sdgo:Goal" in line or " a sdgo:Target" in line}
    assert declared == {f"sdg:{identifier}" for identifier in GOALS}


def test_five_clusters_and_their_sub_clusters_in_six_languages() -> None:
    tops = {cluster.id for cluster in CLUSTERS.values() if cluster.broader is None}
    assert tops == {
        *("food-agriculture", "public-health", "green-innovation", "ip-management", "creative-industries")
    }
    assert len(CLUSTERS) == 21
    for cluster in CLUSTERS.values():
        assert set(cluster.name) == set(cluster.definition) == set(UN_LANGUAGES), cluster.id
        assert cluster.broader is None or cluster.broader.removeprefix("cluster/") in tops
        assert cluster.sdgs
        assert all(reference.removeprefix("sdg/") in GOALS for reference in cluster.sdgs)


def test_a_cluster_matches_only_concepts_of_the_index_and_each_once() -> None:
    index = SHARED / "linkedsdg" / "concepts-source-index.tsv"
    if not index.exists():
        pytest.skip(f"the index of UNBIS and EuroVoc concepts is not in {SHARED}")
    with index.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        known = {concept for row in rows for concept in row[2].split(";")}
    for cluster in CLUSTERS.values():
        matches = [*cluster.exact_match, *cluster.close_match]
        assert len(matches) == len(set(matches))
        assert all(match in known for match in matches), cluster.id
        assert all(match.startswith((str(UNBIS), str(EUROVOC))) for match in matches)


def test_reference_data_say_where_they_come_from() -> None:
    for record in (*COUNTRIES.values(), *GOALS.values(), *CLUSTERS.values()):
        assert record.source
        assert record.authenticity is Authenticity.REAL
