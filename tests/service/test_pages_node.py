"""The page of every record: what it tells, in which language, what stays hidden."""

import re
from typing import Any

import pytest

from graph_model.nodes import RECORD_TYPES, Offer, Partnership, Practice, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Participation, Role
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api
from tests.service.page_reading import DIRECTIONAL_CONTROLS, HOSTILE, answer, need, page, parsed, words

__all__ = ["api"]


def group(document: Any, key: str) -> list[tuple[str, str]]:
    """The neighbours of a group: (name, address)."""
    links = document.xpath(f"//section[@data-group='{key}']//li/a")
    return [(words(link), link.get("href")) for link in links]


def test_every_type_has_a_page_in_every_language(api: Api, small_world: list[Record]) -> None:
    assert {record.type_name for record in small_world} == set(RECORD_TYPES)
    base = api.instance.settings.public_base
    for record in {record.type_name: record for record in small_world}.values():
        for code in UN_LANGUAGES:
            document = page(api, f"/{code}/{record.ref}")
            assert document.get("lang") == code
            assert document.get("dir") == ("rtl" if code == "ar" else "ltr")
            assert document.xpath("//link[@rel='canonical']/@href") == [f"{base}/{record.ref}"]
            heading = record.heading.get(code) or next(iter(record.heading.values()))
            assert words(document.xpath("//h1")[0]) == heading


def test_the_iri_answers_in_the_preferred_language(api: Api) -> None:
    french = answer(api, "/cluster/geographical-indications", Accept_Language="fr, en;q=0.5")
    assert french.headers["content-language"] == "fr"
    assert {"Accept", "Accept-Language", "Cookie"} <= set(french.headers["vary"].split(", "))
    assert french.headers["cache-control"] == "private, no-cache"
    again = answer(
        api, "/cluster/geographical-indications", Accept_Language="fr", If_None_Match=french.headers["etag"]
    )
    assert again.status_code == 304
    chosen = answer(api, "/cluster/agriculture", Accept_Language="fr", Cookie="trimatch_language=es")
    assert chosen.headers["content-language"] == "es"
    document = parsed(answer(api, "/cluster/agriculture", Accept_Language="fr").text)
    assert words(document.xpath("//h1")[0]) == "Alimentation"
    assert "/es/cluster/agriculture" in "".join(document.xpath("//link[@hreflang='es']/@href"))
    (other,) = document.xpath("//*[@id='languages']//*[@lang='en']")
    assert words(other) == "Food and agriculture"


def test_a_need_names_who_has_it_and_leads_to_partners(api: Api) -> None:
    document = page(api, "/en/need/coffee-label")
    assert document.xpath("//*[@id='find-partners']/@href") == ["/en/paths?need=coffee-label"]
    assert group(document, "HAS_NEED.in") == [("Kenya Industrial Property Institute", "/en/stakeholder/kipi")]
    assert group(document, "ADDRESSES.in") == [
        ("Coffee origins across two continents", "/en/partnership/coffee-partnership")
    ]
    assert "Technical resources" in words(document.xpath("//*[@id='facts']")[0])
    assert not page(api, "/en/offer/capacitacion-ig").xpath("//*[@id='find-partners']")


def test_a_partnership_names_its_parties_by_role_and_its_modality(api: Api) -> None:
    document = page(api, "/en/partnership/coffee-partnership")
    roles = {role: group(document, f"PARTICIPATES_IN.in.{role}") for role in Role}
    assert roles[Role.BENEFICIARY] == [("Kenya Industrial Property Institute", "/en/stakeholder/kipi")]
    assert roles[Role.PIVOTAL] == [("Brazil", "/en/country/BRA")]
    assert roles[Role.FACILITATING] == [("World Intellectual Property Organization", "/en/stakeholder/wipo")]
    facts = words(document.xpath("//*[@id='facts']")[0])
    assert "Triangular cooperation" in facts
    assert "2019" in facts


def test_a_party_that_changes_its_type_in_a_role_stands_under_one_heading(api: Api) -> None:
    parties = [
        Participation(party="country/BRA", role=Role.PIVOTAL, from_="2020", to="2021-06"),
        Participation(party="stakeholder/wipo", role=Role.PIVOTAL),
        Participation(party="country/KEN", role=Role.BENEFICIARY),
    ]
    api.instance.store.write([Partnership(id="p", title={"en": "P"}, parties=parties, source="test")])
    document = page(api, "/en/partnership/p")
    (pivotal,) = document.xpath("//section[@data-group='PARTICIPATES_IN.in.pivotal']")
    assert [name for name, _ in group(document, "PARTICIPATES_IN.in.pivotal")] == [
        "Brazil",
        "World Intellectual Property Organization",
    ]
    assert "(2020 to Jun 2021)" in words(pivotal)


def test_a_country_has_its_cooperation_organisations_and_timeline(api: Api) -> None:
    document = page(api, "/en/country/KEN")
    cooperation = words(document.xpath("//*[@id='cooperation']")[0])
    assert "Protecting the name of mountain coffee" in cooperation
    assert "Brazil" in cooperation
    assert group(document, "BASED_IN.in") == [("Kenya Industrial Property Institute", "/en/stakeholder/kipi")]
    assert "Coffee origins across two continents from 2019" in words(document.xpath("//*[@id='timeline']")[0])
    for path in ("/en/cluster/agriculture", "/en/stakeholder/wipo"):
        assert "Coffee origins" in words(page(api, path).xpath("//*[@id='timeline']")[0])


def test_a_large_neighbourhood_is_counted_and_leads_to_the_search(api: Api) -> None:
    api.instance.store.write([need(f"need-{number}") for number in range(40)])
    document = page(api, "/en/cluster/geographical-indications")
    (found,) = document.xpath("//section[@data-group='IN_CLUSTER.in.need']")
    assert len(found.xpath(".//li")) == 8
    assert "The newest 8 of 41." in words(found)
    assert "/en/?type=need&cluster=geographical-indications" in found.xpath(".//a/@href")
    assert len(document.xpath("//*[name()='svg'][@role='img']/*[name()='g']")) <= 11


def test_texts_in_other_languages_open_with_their_direction(api: Api) -> None:
    texts = {"en": "Tea", "ar": "شاي", "fr": "Thé"}
    api.instance.store.write([need("tea", title=texts, description=texts, original_language="ar")])
    document = page(api, "/fr/need/tea")
    assert words(document.xpath("//h1")[0]) == "Thé"
    others = document.xpath("//details[@class='other-language']")
    assert [(each.xpath("div/@lang"), each.xpath("div/@dir")) for each in others] == [
        (["ar"], ["rtl"]),
        (["en"], ["ltr"]),
    ]
    russian = page(api, "/ru/need/tea")
    assert words(russian.xpath("//h1")[0]) == "شاي", "the original where the reader's language is missing"
    (text,) = russian.xpath("//section[@data-field='description']/div")
    assert (text.get("lang"), text.get("dir")) == ("ar", "rtl")


def test_provenance_and_forms(api: Api) -> None:
    made_up = need(
        "made-up",
        authenticity=Authenticity.ILLUSTRATIVE,
        source="A source",
        source_identifier="A-17",
        licence="CC-BY-4.0",
    )
    api.instance.store.write([made_up])
    document = page(api, "/en/need/made-up")
    assert "Illustrative record" in words(document.xpath("//*[@id='illustrative']")[0])
    provenance = words(document.xpath("//*[@id='provenance']")[0])
    for said in ("A source", "A-17", "CC-BY-4.0", "Illustrative example"):
        assert said in provenance
    links = document.xpath("//*[@id='linked-data']//a[contains(@href, 'format=')]")
    assert {link.get("type") for link in links} == {
        "text/turtle",
        "application/n-triples",
        "application/ld+json",
        "application/rdf+xml",
        "application/json",
    }
    for link in links:
        told = api.client.get(link.get("href"))
        assert told.headers["content-type"].partition(";")[0] == link.get("type")
    marked = page(api, "/en/country/KEN").xpath("//a[@href='/en/need/made-up']/../span")
    assert "Illustrative example" in [words(each) for each in marked]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.CLOSED])
def test_what_is_not_published_shows_on_no_page(api: Api, status: Status) -> None:
    hidden: list[Record] = [
        need("hidden-need", title={"en": "Hidden coffee label"}, status=status),
        Offer(
            id="hidden-offer",
            title={"en": "Hidden coffee label offer"},
            clusters=["cluster/geographical-indications"],
            offered_by=["country/KEN"],
            source="test",
            status=status,
        ),
        Practice(
            id="hidden-practice",
            title={"en": "Hidden coffee label practice"},
            shared_by=["stakeholder/kipi"],
            source="test",
            status=status,
        ),
        Stakeholder(
            id="hidden-hub",
            name={"en": "Hidden hub"},
            kind=StakeholderKind.INNOVATION_HUB,
            country="country/KEN",
            source="test",
            status=status,
        ),
        Partnership(
            id="hidden-partnership",
            title={"en": "Hidden coffee partnership"},
            parties=[
                Participation(party="country/KEN", role=Role.BENEFICIARY),
                Participation(party="stakeholder/kipi", role=Role.PIVOTAL),
            ],
            clusters=["cluster/geographical-indications"],
            addresses=["need/coffee-label"],
            start="2020",
            source="test",
            status=status,
        ),
    ]
    api.instance.store.write(hidden)
    api.instance.catch_up()
    for ref in (
        "country/KEN",
        "stakeholder/kipi",
        "cluster/geographical-indications",
        "need/coffee-label",
        "partnership/coffee-partnership",
    ):
        text = answer(api, f"/en/{ref}").text
        assert "idden" not in re.sub("visually-hidden|aria-hidden", "", text), ref
    for record in hidden:
        assert answer(api, f"/en/{record.ref}").status_code == 404
        assert answer(api, f"/{record.ref}").status_code == 404


def test_similar_records_are_published_and_never_the_record_itself(api: Api) -> None:
    twin = {"title": {"en": "Protecting the name of highland coffee"}}
    api.instance.store.write([need("twin", **twin), need("gone", **twin)])
    api.instance.catch_up()
    api.instance.store.write([need("gone", **twin, status=Status.WITHDRAWN)])
    links = page(api, "/en/need/coffee-label").xpath("//*[@id='similar']//a/@href")
    assert "/en/need/twin" in links
    assert not {"/en/need/gone", "/en/need/coffee-label"} & set(links)


def test_hostile_text_is_shown_harmless(api: Api) -> None:
    hub = Stakeholder(
        id="hostile",
        name={"en": HOSTILE},
        aliases=[HOSTILE],
        acronym=HOSTILE,
        description={"en": HOSTILE, "ar": HOSTILE},
        kind=StakeholderKind.INNOVATION_HUB,
        country="country/KEN",
        source=HOSTILE,
        licence=HOSTILE,
    )
    owned = need("hostile", title={"en": HOSTILE}, sought_by=["stakeholder/hostile"], licence=HOSTILE)
    parties = [Participation(party="stakeholder/hostile", role=Role.BENEFICIARY)]
    joint = Partnership(
        id="hostile", title={"en": HOSTILE}, themes=[HOSTILE], parties=parties, start="2020", source=HOSTILE
    )
    api.instance.store.write([hub, owned, joint])
    api.instance.catch_up()
    for ref in ("stakeholder/hostile", "need/hostile", "partnership/hostile"):
        text = answer(api, f"/en/{ref}").text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert not DIRECTIONAL_CONTROLS.search(text), ref
        assert not re.search(r"\sstyle=|<script(?! src=\"/static/)", text)
