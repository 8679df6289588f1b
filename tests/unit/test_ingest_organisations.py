"""One stakeholder for one real organisation."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph_model.nodes import Stakeholder, StakeholderKind
from ingest.known_organisations import CERTAIN, similarity
from ingest.organisation_kinds import classify
from ingest.organisation_names import merge_key
from ingest.organisations import Origin
from tests.unit.ingest_world import reader, resolver

FEED = Origin("test feed")


def organisation(identifier: str, name: str, country: str | None = None) -> Stakeholder:
    return Stakeholder(
        id=identifier,
        name={"en": name},
        kind=StakeholderKind.GOVERNMENT,
        country=f"country/{country}" if country else None,
        source="test",
    )


@pytest.mark.parametrize(
    "name",
    [
        "UNDP",
        "United Nations Development Programme",
        "UNITED NATIONS DEVELOPMENT PROGRAM",
        "PNUD",
        "United Nations Development Programme (UNDP)",
        "UNDP/United Nations Development Programme",
        "UNDP - UN Development Programme",
        "UNDP Pakistan",
        "UNDP-Egypt",
        "the United Nations Development Programme.",
    ],
)
def test_every_name_of_undp_is_one_node(name: str) -> None:
    assert resolver().resolve(name, FEED) == "stakeholder/undp"


def test_ministries_of_two_countries_stay_two() -> None:
    organisations = resolver(seeded=False)
    names = ["Ministry of Health of Kenya", "Ministry of Health (Indonesia)", "Brazil, Ministry of Health"]
    refs = [organisations.resolve(name, FEED) for name in names]
    assert len(set(refs)) == 3
    assert organisations.resolve("MINISTRY OF HEALTH, KENYA", FEED) == refs[0]
    assert organisations.resolve("Ministry of Health", FEED, country="KEN") == refs[0]
    assert organisations.resolve("Ministry of Health", FEED) is None


def test_a_typing_error_merges_and_teaches_an_alias() -> None:
    organisations = resolver([organisation("ipa", "Intellectual Property Academy")], seeded=False)
    assert organisations.resolve("Intelectual Property Academy", FEED) == "stakeholder/ipa"
    assert organisations.take_learned() == {"stakeholder/ipa": ["Intelectual Property Academy"]}


def test_what_is_uncertain_is_listed_and_not_merged() -> None:
    organisations = resolver([organisation("tarlo", "Innovation Academy of Tarlo")], seeded=False)
    ref = organisations.resolve("Innovation Academy of Tarla", FEED)
    assert ref != "stakeholder/tarlo"
    doubtful = organisations.take_doubtful()
    assert [(match.name, match.candidate_ref) for match in doubtful] == [
        ("Innovation Academy of Tarla", "stakeholder/tarlo")
    ]
    assert organisations.take_doubtful() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Regional Fund Phase 2", "Regional Fund Phase 3"),
        ("Agricultural Research Council of Kenya", "Agricultural Research Council of Malawi"),
        ("Kenyan Innovation Agency", "Korean Innovation Agency"),
    ],
)
def test_numbers_and_countries_keep_names_apart(one: str, other: str) -> None:
    organisations = resolver(seeded=False)
    assert organisations.resolve(one, FEED) != organisations.resolve(other, FEED)


def test_names_found_before_are_found_after_a_reload() -> None:
    names = [
        "Foo Bar Trust (FBT)",
        "FBT",
        "Kenya - Foo Bar Board",
        "Foo Bar Trusst",
        "Ministry of Tea (Kenya)",
    ]
    first = resolver(seeded=False)
    refs = [first.resolve(name, FEED, country="KEN") for name in names]
    second = resolver(list(first.pending({ref for ref in refs if ref})), seeded=False)
    assert [second.resolve(name, FEED, country="KEN") for name in names] == refs
    assert list(second.pending({ref for ref in refs if ref})) == []
    assert second.take_learned() == {}


@example("B to F")
@given(st.text(max_size=80))
def test_a_merge_key_is_its_own_key(name: str) -> None:
    assert merge_key(merge_key(name)) == merge_key(name)


@given(st.from_regex(r"[A-Za-zéüñ ]{1,40}", fullmatch=True))
def test_merge_keys_ignore_case_and_surrounding_marks(name: str) -> None:
    assert merge_key(f"  «{name.upper()}». ") == merge_key(name)


words = st.lists(
    st.sampled_from(["research", "council", "trade", "board", "national", "2", "3", "kenya", "tea", "ghent"])
)


@given(words, words)
def test_similarity_is_symmetric(one: list[str], other: list[str]) -> None:
    left, right = " ".join(one), " ".join(other)
    assert similarity(left, right, reader()) == similarity(right, left, reader())


@given(words)
def test_a_name_is_certainly_itself(name: list[str]) -> None:
    assert similarity(" ".join(name), " ".join(name), reader()) >= CERTAIN


@pytest.mark.parametrize(
    ("name", "iati_type", "kind"),
    [
        ("Kenya Industrial Property Institute", None, StakeholderKind.IP_OFFICE),
        ("Ministry of Health", "22", StakeholderKind.GOVERNMENT),
        ("University of Oxford", None, StakeholderKind.UNIVERSITY),
        ("Acme Ltd", None, StakeholderKind.COMPANY),
        ("Arias Foundation", None, StakeholderKind.NGO),
        ("United Nations Something", None, StakeholderKind.MULTILATERAL),
        ("Acme", "70", StakeholderKind.COMPANY),
    ],
)
def test_kinds(name: str, iati_type: str | None, kind: StakeholderKind) -> None:
    assert classify(name, iati_type) is kind
