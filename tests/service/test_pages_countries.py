"""The pages of countries and themes: what counts, what does not, and how it is shown."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from lxml import html

from api.pages.atlas import cooperation_of
from graph_model.nodes import Country, Offer, Partnership, Practice, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Participation, Role
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api
from tests.service.page_reading import need, words

__all__ = ["api"]
HOSTILE = "<script>alert(1)</script>\u202eevil\u2066"
UNHARMED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def page(api: Api, path: str, **parameters: Any) -> Any:
    answer = api.client.get(path, params=parameters or None)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def country(document: Any, code: str) -> dict[str, str]:
    """The counts of one country of the list."""
    (row,) = document.xpath(f"//tr[@data-country='{code}']")
    return {cell.get("data-measure"): words(cell) for cell in row.xpath("td[@data-measure]")}


def cell(document: Any, cluster: str, region: str) -> str:
    (found,) = document.xpath(f"//tr[@data-cluster='{cluster}']/td[@data-region='{region}']")
    return words(found)


def listed(document: Any) -> list[str]:
    return [row.get("data-country") for row in document.xpath("//tr[@data-country]")]


def flows(document: Any) -> list[tuple[str, ...]]:
    rows = document.xpath("//table[@data-flows]/tbody/tr")
    return [tuple(words(each) for each in row.xpath("td")) for row in rows]


def partnership(id_: str, pivotal: Iterable[str], beneficiary: Iterable[str], **changes: Any) -> Partnership:
    parties = [Participation(party=ref, role=Role.PIVOTAL) for ref in pivotal]
    parties += [Participation(party=ref, role=Role.BENEFICIARY) for ref in beneficiary]
    given: dict[str, Any] = {"id": id_, "title": {"en": id_}, "parties": parties, "source": "test"}
    return Partnership(**given | changes)


def test_a_country_counts_its_own_records_and_those_of_its_organisations(api: Api) -> None:
    document = page(api, "/en/countries")
    nothing = dict.fromkeys(("need", "offer", "practice", "beneficiary", "pivotal", "facilitating"), "0")
    assert country(document, "KEN") == nothing | {"need": "1", "beneficiary": "1"}
    assert country(document, "BRA") == nothing | {"offer": "1", "pivotal": "1"}
    assert country(document, "VNM") == nothing | {"practice": "1"}
    assert country(document, "JPN") == nothing
    assert document.xpath("//tr[@data-country='KEN']//a/@href") == ["/en/country/KEN"]


def test_two_organisations_of_a_country_in_one_partnership_count_it_once(api: Api) -> None:
    hub = Stakeholder(
        id="hub",
        name={"en": "Hub"},
        kind=StakeholderKind.INNOVATION_HUB,
        country="country/KEN",
        source="test",
    )
    both = partnership("both", ["country/BRA"], ["stakeholder/hub", "stakeholder/kipi", "country/KEN"])
    api.instance.store.write([hub, both])
    document = page(api, "/en/countries")
    assert country(document, "KEN")["beneficiary"] == "2"
    assert flows(document) == [("Brazil", "Kenya", "2")]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.CLOSED])
def test_what_is_not_published_counts_nowhere(api: Api, status: Status) -> None:
    before = {path: words(page(api, path)) for path in ("/en/countries", "/en/clusters")}
    hidden: list[Record] = [
        need("hidden-need", status=status),
        Offer(
            id="hidden-offer",
            title={"en": "Hidden"},
            clusters=["cluster/agriculture"],
            offered_by=["country/JPN"],
            status=status,
            source="test",
        ),
        Practice(
            id="hidden-practice",
            title={"en": "Hidden"},
            shared_by=["country/JPN"],
            status=status,
            source="test",
        ),
        partnership(
            "hidden", ["country/JPN"], ["country/VNM"], addresses=["need/hidden-need"], status=status
        ),
        Stakeholder(
            id="hidden-office",
            name={"en": "Hidden office"},
            kind=StakeholderKind.IP_OFFICE,
            country="country/JPN",
            status=status,
            source="test",
        ),
    ]
    api.instance.store.write(hidden)
    assert {path: words(page(api, path)) for path in before} == before
    # A published record of a party that is hidden does not count for the party's country either.
    api.instance.store.write([need("of-hidden", sought_by=["stakeholder/hidden-office"])])
    assert country(page(api, "/en/countries"), "JPN")["need"] == "0"
    found = cooperation_of(api.instance.store, "country/JPN")
    assert (found.needs.records, found.offers.records, found.practices.records, found.partners) == (
        (),
    ) * 3 + ([],)


def test_a_need_is_unmet_until_a_published_partnership_addresses_it(api: Api) -> None:
    store = api.instance.store
    assert "0 unmet 1 need" in cell(page(api, "/en/countries"), "geographical-indications", "Africa")
    store.write([need("open")])
    document = page(api, "/en/countries")
    for cluster in ("geographical-indications", "agriculture"):
        assert cell(document, cluster, "Africa").startswith("1 unmet 2 needs")
    assert "1 offer" in cell(document, "geographical-indications", "Americas")
    (coloured,) = document.xpath("//tr[@data-cluster='agriculture']/td[@data-region='Africa']")
    assert coloured.get("class") == "heat-5"
    answer = partnership("answer", ["country/BRA"], ["country/KEN"], addresses=["need/open"])
    store.write([answer.model_copy(update={"status": Status.DRAFT})])
    assert cell(page(api, "/en/countries"), "agriculture", "Africa").startswith("1 unmet")
    store.write([answer])
    assert cell(page(api, "/en/countries"), "agriculture", "Africa").startswith("0 unmet")


def test_illustrative_records_are_counted_apart_and_can_be_left_out(api: Api) -> None:
    made_up = Authenticity.ILLUSTRATIVE
    api.instance.store.write(
        [
            need("made-up", authenticity=made_up),
            need("open"),
            partnership(
                "story", ["country/VNM"], ["country/KEN"], addresses=["need/open"], authenticity=made_up
            ),
        ]
    )
    document = page(api, "/en/countries")
    assert country(document, "KEN")["need"] == "2 + ◇1 1 illustrative"
    assert country(document, "VNM")["pivotal"] == "◇1 1 illustrative"
    assert cell(document, "agriculture", "Africa").startswith("◇1 1 illustrative unmet 3 needs")
    assert ("Viet Nam", "Kenya", "◇1 1 illustrative") in flows(document)
    assert "Viet Nam with Kenya: 1, of which 1 illustrative" in document.xpath("//path/title/text()")
    facts = page(api, "/en/countries", illustrative="no")
    assert country(facts, "KEN")["need"] == "2"
    # What only a made-up partnership addresses is unmet in fact.
    assert cell(facts, "agriculture", "Africa").startswith("1 unmet 2 needs")
    assert flows(facts) == [("Brazil", "Kenya", "1")]


def test_countries_are_found_by_any_of_their_names_and_by_code(api: Api) -> None:
    names = {"en": "Côte d’Ivoire", "ar": "كوت ديفوار", "ru": "Кот-д’Ивуар"}
    api.instance.store.write(
        [
            Country(
                id="CIV",
                name=names,
                region="Africa",
                subregion="Western Africa",
                developing=True,
                source="test",
            )
        ]
    )
    for text in ("cote", "IVOIRE", "ديفوار", "кот-д", "civ"):
        assert listed(page(api, "/en/countries", q=text)) == ["CIV"], text
    assert set(listed(page(api, "/en/countries", region="Africa"))) == {"CIV", "KEN"}
    empty = page(api, "/en/countries", q="Atlantis")
    assert listed(empty) == []
    assert "No country has such a name." in words(empty)


def test_columns_sort_both_ways_and_say_so(api: Api) -> None:
    api.instance.store.write([need("open")])
    document = page(api, "/en/countries", sort="need")
    assert listed(document)[0] == "KEN"
    (heading,) = document.xpath("//th[@aria-sort]")
    assert (heading.get("aria-sort"), words(heading)) == ("descending", "Needs ▼")
    (turned,) = heading.xpath("a/@href")
    document = page(api, turned.partition("#")[0])
    assert listed(document)[-1] == "KEN"
    assert document.xpath("//th/@aria-sort") == ["ascending"]
    assert listed(page(api, "/en/countries", sort="name")) == ["BRA", "JPN", "KEN", "VNM"]
    grouped = page(api, "/en/countries")
    assert [words(each) for each in grouped.xpath("//th[@scope='rowgroup']")] == [
        "Africa 1",
        "Americas 1",
        "Asia 2",
    ]
    assert api.client.get("/en/countries", params={"sort": "secret"}).status_code == 422


def test_flows_go_from_pivotal_to_beneficiary_in_picture_and_table(api: Api) -> None:
    api.instance.store.write(
        [partnership(f"rice-{n}", ["country/VNM"], ["country/KEN", "country/BRA"]) for n in range(2)]
    )
    document = page(api, "/en/countries")
    assert flows(document) == [
        ("Viet Nam", "Brazil", "2"),
        ("Viet Nam", "Kenya", "2"),
        ("Brazil", "Kenya", "1"),
    ]
    said = [title.text for title in document.xpath("//path/title")]
    assert sorted(said) == ["Brazil with Kenya: 1", "Viet Nam with Brazil: 2", "Viet Nam with Kenya: 2"]
    only = page(api, "/en/countries", region="Americas")
    assert {row[:2] for row in flows(only)} == {("Viet Nam", "Brazil"), ("Brazil", "Kenya")}
    left, right = (_block_of_givers(page(api, f"/{code}/countries")) for code in ("en", "ar"))
    assert left < right


def _block_of_givers(document: Any) -> float:
    return float(document.xpath("//rect[@class='flow-giver']/@x")[0])


def test_the_tree_of_themes_counts_and_links_to_the_search(api: Api) -> None:
    api.instance.store.write([need("open")])
    document = page(api, "/en/clusters")
    (top,) = document.xpath("//li[@data-cluster='agriculture']")
    (sub,) = top.xpath(".//li[@data-cluster='geographical-indications']")
    counts = {words(each.find("dt")): words(each.find("dd")) for each in sub.xpath("./dl/div")}
    assert counts == {
        "Needs": "2",
        "Unmet needs": "1",
        "Offers": "1",
        "Good practices": "0",
        "Partnerships": "1",
    }
    assert "Need it most: Kenya 2" in words(sub)
    assert "Offer most: Brazil 1" in words(sub)
    assert "Have shared it in partnerships: Brazil 1" in words(sub)
    links = sub.xpath(".//a/@href")
    assert "/en/cluster/geographical-indications" in links
    assert "/en/?cluster=geographical-indications&type=need" in links


@pytest.mark.parametrize("code", UN_LANGUAGES)
def test_both_pages_in_every_language(api: Api, code: str) -> None:
    for path in ("countries", "clusters"):
        document = page(api, f"/{code}/{path}")
        assert document.get("lang") == code
        assert document.get("dir") == ("rtl" if code == "ar" else "ltr")
    assert api.client.get("/countries", follow_redirects=False).status_code == 302
    french = page(api, "/fr/clusters")
    (named,) = french.xpath("//li[@data-cluster='agriculture']/h2/a")
    assert (named.text, named.get("lang")) == ("Alimentation", "fr")


def test_hostile_texts_are_harmless(api: Api) -> None:
    records: list[Record] = [
        Country(
            id="XXA",
            name={"en": HOSTILE},
            region=HOSTILE,
            subregion=HOSTILE,
            developing=True,
            source="test",
        ),
        need("hostile", title={"en": HOSTILE}, sought_by=["country/XXA"]),
        partnership("hostile", ["country/XXA"], ["country/KEN"]),
    ]
    api.instance.store.write(records)
    for path in ("/en/countries", "/en/clusters", "/ar/countries"):
        answer = api.client.get(path, params={"q": "", "region": ""})
        assert "<script>alert" not in answer.text
        assert UNHARMED in answer.text
        picture = answer.text.partition('<svg class="flow-picture')[2].partition("</svg>")[0]
        drawn = re.findall("<text[^>]*>(.*?)</text>", picture)
        assert not any("\u202e" in text for text in drawn)
    searched = api.client.get("/en/countries", params={"q": '"><script>alert(1)</script>'})
    assert searched.status_code == 200
    assert "<script>alert" not in searched.text


def test_the_cooperation_of_a_country(api: Api) -> None:
    store = api.instance.store
    store.write([need("open", title={"fr": "Ouvert"}, original_language="fr")])
    kenya = cooperation_of(store, "country/KEN")
    assert kenya.needs.tally.total == 2
    assert {(each.ref, each.unmet) for each in kenya.needs.records} == {
        ("need/open", True),
        ("need/coffee-label", False),
    }
    assert next(each.title for each in kenya.needs.records if each.unmet) == {"fr": "Ouvert"}
    assert kenya.offers.records == ()
    assert {
        (each.ref, role, tally.total) for each in kenya.partners for role, tally in each.roles.items()
    } == {
        ("country/BRA", "pivotal", 1),
        ("stakeholder/wipo", "facilitating", 1),
    }
    assert cooperation_of(store, "country/XXX").partners == []
