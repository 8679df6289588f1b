"""The demo graph's real partnerships and the organisations that take part in them."""

import csv
import itertools
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_model.modality import Modality, PartyStanding, modality_of
from graph_model.relationships import Role

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "ingest" / "demo"
SHARED = ROOT.parent / "shared" / "data"
UNDP_PROJECTS = SHARED / "undp_south_south" / "projects_2023-06-21.csv"
IATI_ACTIVITIES = SHARED / "iati_south_south" / "activities.jsonl"
ROLES = ("beneficiary", "pivotal", "facilitating", "implementing")
COPIED_WORDS = 7


def _rows(name: str) -> list[dict[str, str]]:
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _listed(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(";") if value.strip()]


def _parties(row: dict[str, str], *roles: str) -> set[str]:
    """References of those who hold one of the roles, without the dates."""
    return {party.split("@")[0] for role in roles for party in _listed(row[role])}


def _folded(name: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"\W+", " ", "".join(letters)).strip()


def _windows(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return (tuple(words[i : i + COPIED_WORDS]) for i in range(len(words) - COPIED_WORDS + 1))


@pytest.fixture(scope="module")
def partnerships() -> list[dict[str, str]]:
    return _rows("partnership.csv")


def test_there_are_enough_partnerships_to_learn_from(partnerships: list[dict[str, str]]) -> None:
    assert len(partnerships) >= 150
    assert sum(bool(row["pivotal"]) for row in partnerships) >= 120
    assert len({row["id"] for row in partnerships}) == len(partnerships)


def test_every_partnership_has_a_beneficiary_and_another_party_that_helps(
    partnerships: list[dict[str, str]],
) -> None:
    alone = [
        row["id"]
        for row in partnerships
        if not row["beneficiary"]
        or not _parties(row, "pivotal", "facilitating") - _parties(row, "beneficiary")
    ]
    assert alone == []


def test_every_reference_resolves(partnerships: list[dict[str, str]]) -> None:
    known = {f"stakeholder/{row['id']}" for row in (*_rows("stakeholder.csv"), *_rows("stakeholder-ip.csv"))}
    known |= {f"country/{row['id']}" for row in _rows("country.csv")}
    used = {party for row in partnerships for party in _parties(row, *ROLES)}
    assert used - known == set()
    clusters = {row["id"] for row in _rows("cluster.csv")}
    assert {cluster for row in partnerships for cluster in _listed(row["clusters"])} - clusters == set()
    goals = {row["id"] for row in _rows("sdg.csv")}
    assert {goal for row in partnerships for goal in _listed(row["sdgs"])} - goals == set()
    homes = {row["country"] for row in _rows("stakeholder.csv") if row["country"]}
    assert homes - known == set()


def test_every_partnership_is_south_south_or_triangular(partnerships: list[dict[str, str]]) -> None:
    developing = {f"country/{row['id']}": row["developing"] == "true" for row in _rows("country.csv")}
    organisations = {f"stakeholder/{row['id']}": row for row in _rows("stakeholder.csv")}

    def standing(role: str, party: str) -> PartyStanding:
        organisation = organisations.get(party)
        country = (organisation["country"] or None) if organisation else party
        return PartyStanding(
            role=Role(role),
            country=country,
            developing=developing[country] if country else None,
            multilateral=organisation is not None and organisation["kind"] == "multilateral",
        )

    modalities = {
        row["id"]: modality_of(standing(role, party) for role in ROLES for party in _parties(row, role))
        for row in partnerships
    }
    expected = {Modality.SOUTH_SOUTH, Modality.TRIANGULAR}
    assert {key: value for key, value in modalities.items() if value not in expected} == {}


def test_links_are_web_addresses(partnerships: list[dict[str, str]]) -> None:
    links = [link for row in partnerships for link in _listed(row["links"])]
    assert [link for link in links if not re.match(r"https?://[^/\s]+\.[^/\s]+", link)] == []


def test_no_mojibake_in_titles_and_names(partnerships: list[dict[str, str]]) -> None:
    names = [row["title_en"] for row in partnerships] + [row["name_en"] for row in _rows("stakeholder.csv")]
    assert [name for name in names if re.search(r"[_\ufffd]|Ã|â€|  |\.$", name)] == []


def test_one_organisation_is_one_stakeholder() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    own = _rows("stakeholder.csv")
    for row in (*own, *_rows("stakeholder-ip.csv")):
        names = [value for key, value in row.items() if key.startswith("name_") and value]
        for name in (*names, *_listed(row["aliases"])):
            owners[_folded(name)].add(row["id"])
    ids = {row["id"] for row in own}
    assert {name: ids_ for name, ids_ in owners.items() if len(ids_) > 1 and ids_ & ids} == {}


def test_summaries_are_not_copied_from_the_sources(partnerships: list[dict[str, str]]) -> None:
    if not UNDP_PROJECTS.exists() or not IATI_ACTIVITIES.exists():
        pytest.skip(f"the sources to compare with are not in {SHARED}")
    with UNDP_PROJECTS.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["Description"] or "" for row in csv.DictReader(file)]
    with IATI_ACTIVITIES.open(encoding="utf-8") as file:
        activities = [json.loads(line) for line in file]
    texts.extend(itertools.chain.from_iterable(a.get("description_narrative") or [] for a in activities))
    copied = {window for text in texts for window in _windows(text)}
    shared = {row["id"]: set(_windows(row["description_en"])) & copied for row in partnerships}
    assert {key: windows for key, windows in shared.items() if windows} == {}
