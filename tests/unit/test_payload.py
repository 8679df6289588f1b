"""What the index keeps of a record: the text that is embedded, the facets, the hashes."""

from typing import Any

import pytest

from graph_model.derive.payload import (
    LONGEST_TEXT,
    PartyFacts,
    PayloadContext,
    facet_keys,
    indexed_text,
    needed_parties,
    payload,
)
from graph_model.nodes import Cluster, Need, Offer, Partnership, Stakeholder
from graph_model.record import Record


def facts(ref: str, country: str | None, developing: bool | None, kind: str | None = None) -> PartyFacts:
    places = {"country/KEN": ("Africa", "Eastern Africa"), "country/BRA": ("Americas", "South America")}
    region, subregion = places.get(country or "", ("Europe", "Western Europe") if country else (None, None))
    return PartyFacts(ref, kind, country, developing, region, subregion)


CONTEXT = PayloadContext(
    parties={
        found.ref: found
        for found in (
            facts("country/KEN", "country/KEN", True),
            facts("country/BRA", "country/BRA", True),
            facts("country/CHE", "country/CHE", False),
            facts("stakeholder/kipi", "country/KEN", True, "ip-office"),
            facts("stakeholder/roaster", "country/BRA", True, "company"),
            facts("stakeholder/wipo", "country/CHE", False, "multilateral"),
        )
    },
    cluster_parents={"cluster/top": None, "cluster/middle": "cluster/top", "cluster/leaf": "cluster/middle"},
)


def partnership(*parties: tuple[str, str], **values: Any) -> Partnership:
    return Partnership.model_validate(
        {
            "id": "p",
            "title": {"en": "Title"},
            "source": "test",
            "parties": [{"party": party, "role": role} for party, role in parties],
        }
        | values
    )


def offer(**values: Any) -> Offer:
    return Offer.model_validate(
        {"id": "o", "title": {"en": "Title"}, "source": "test", "offered_by": ["country/BRA"]} | values
    )


TRIANGLE = (
    ("stakeholder/kipi", "beneficiary"),
    ("country/BRA", "pivotal"),
    ("stakeholder/wipo", "facilitating"),
)


def test_countries_are_those_of_the_parties_without_the_seats_of_multilaterals() -> None:
    found = payload(partnership(*TRIANGLE), CONTEXT)
    assert found["countries"] == ["BRA", "KEN"]
    assert found["regions"] == ["Africa", "Americas", "Eastern Africa", "South America"]
    assert found["modality"] == ["triangular"]


@pytest.mark.parametrize(
    ("parties", "values", "expected"),
    [
        (TRIANGLE[:2], {}, ["south-south"]),
        (TRIANGLE, {"private_sector": True}, ["triangular", "public-private"]),
        ((TRIANGLE[0], ("stakeholder/roaster", "pivotal")), {}, ["south-south", "public-private"]),
        ((("stakeholder/wipo", "facilitating"),), {}, []),
    ],
)
def test_modality_and_the_private_sector_beside_it(
    parties: tuple[tuple[str, str], ...], values: dict[str, Any], expected: list[str]
) -> None:
    assert payload(partnership(*parties, **values), CONTEXT)["modality"] == expected


def test_a_cluster_brings_its_broader_ones_and_a_target_its_goal() -> None:
    found = payload(offer(clusters=["cluster/leaf"], sdgs=["sdg/3.b"]), CONTEXT)
    assert found["clusters"] == ["leaf", "middle", "top"]
    assert found["sdgs"] == ["3", "3.b"]
    cluster = Cluster(id="leaf", name={"en": "Leaf"}, source="test", broader="cluster/middle")
    assert payload(cluster, CONTEXT)["clusters"] == ["leaf", "middle", "top"]


def test_clusters_in_a_circle_come_to_an_end() -> None:
    circle = PayloadContext({}, {"cluster/a": "cluster/b", "cluster/b": "cluster/a"})
    assert payload(offer(clusters=["cluster/a"]), circle)["clusters"] == ["a", "b"]


def test_declared_facets_are_strings_that_a_filter_can_match() -> None:
    found = payload(
        offer(resources=["human", "technical"], original_language="es", title={"es": "T"}), CONTEXT
    )
    assert (found["language"], found["status"], found["authenticity"]) == ("es", "published", "real")
    assert found["resources"] == ["human", "technical"]
    assert payload(partnership(*TRIANGLE), CONTEXT)["private_sector"] == "false"
    assert set(facet_keys(["offer"])) <= set(found)
    assert "income" not in facet_keys(["offer", "partnership"])


def test_hashes_change_with_what_they_stand_for_and_with_nothing_else() -> None:
    before = payload(offer(), CONTEXT)
    assert payload(offer(), CONTEXT) == before
    other_text = payload(offer(title={"en": "Other"}), CONTEXT)
    assert other_text["text_hash"] != before["text_hash"]
    assert other_text["content_hash"] != before["content_hash"]
    other_facet = payload(offer(resources=["human"]), CONTEXT)
    assert other_facet["text_hash"] == before["text_hash"]
    assert other_facet["payload_hash"] != before["payload_hash"]
    moved = PayloadContext({"country/BRA": facts("country/BRA", "country/KEN", True)}, {})
    elsewhere = payload(offer(), moved)
    assert elsewhere["content_hash"] == before["content_hash"]
    assert elsewhere["payload_hash"] != before["payload_hash"]


def test_the_original_language_comes_first_and_titles_in_others_before_texts() -> None:
    record = offer(
        title={"en": "Title", "es": "Título"},
        description={"en": "Text", "es": "Texto"},
        original_language="es",
    )
    assert indexed_text(record).split("\n") == ["Título", "Texto", "Title", "Text"]


def test_a_long_text_leaves_room_for_titles_in_other_languages() -> None:
    record = offer(title={"en": "Title", "fr": "Titre"}, description={"en": "word " * 2_000})
    text = indexed_text(record)
    assert len(text) <= LONGEST_TEXT
    assert text.endswith("Titre")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            Need(id="n", title={"fr": "Besoin"}, sought_by=["country/KEN"], source="test"),
            {"country/KEN"},
        ),
        (
            Stakeholder(id="s", name={"en": "S"}, kind="ngo", country="country/KEN", source="test"),
            {"country/KEN", "stakeholder/s"},
        ),
    ],
)
def test_a_payload_depends_on_the_parties_of_its_record(record: Record, expected: set[str]) -> None:
    assert needed_parties(record) == expected
    assert indexed_text(record)
