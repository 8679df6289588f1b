"""The search page: results in the reader's language, and filters that narrow them."""

import pytest
from lxml import html

from graph_model.nodes import Need
from graph_model.record import Status
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api

__all__ = ["api"]


@pytest.fixture(autouse=True)
def _indexed(api: Api) -> None:
    api.instance.catch_up()


def page(api: Api, path: str, **parameters: str) -> html.HtmlElement:
    answer = api.client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def choices(document: html.HtmlElement, name: str) -> list[str]:
    return [str(each) for each in document.xpath(f"//input[@type='checkbox'][@name='{name}']/@value")]


def found(document: html.HtmlElement) -> list[str]:
    return [str(each) for each in document.xpath("//li[contains(@class, 'result')]//h2/a/@href")]


def test_filters_offer_what_the_records_have(api: Api) -> None:
    document = page(api, "/en/")
    assert {"need", "partnership"} <= set(choices(document, "type"))
    for name in ("country", "region", "cluster", "language", "modality", "group"):
        assert choices(document, name), name


def test_a_filter_narrows_the_results(api: Api) -> None:
    everything = found(page(api, "/en/"))
    needs = found(page(api, "/en/", type="need"))
    assert needs
    assert set(needs) < set(everything) | set(needs)
    assert all("/need/" in each for each in needs)


def test_a_group_and_a_country_outside_it_find_nothing(api: Api) -> None:
    document = page(api, "/en/", country="DEU", group="least_developed")
    assert not found(document)
    assert document.xpath("//*[contains(@class, 'notice')]")


@pytest.mark.parametrize("code", UN_LANGUAGES)
def test_every_language_has_the_page(api: Api, code: str) -> None:
    document = page(api, f"/{code}/", q="patent")
    assert document.get("lang") == code
    assert document.get("dir") == ("rtl" if code == "ar" else "ltr")
    assert found(document)
    assert all(link.startswith(f"/{code}/") for link in found(document))


def test_an_address_without_a_language_leads_to_the_readers(api: Api) -> None:
    answer = api.client.get("/", headers={"Accept-Language": "de, fr;q=0.8"}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/fr/"
    assert "Accept-Language" in answer.headers["vary"]


def test_the_fragment_is_the_results_alone(api: Api) -> None:
    answer = api.client.get("/en/", params={"q": "patent", "fragment": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "result" in answer.text


def test_a_draft_is_neither_found_nor_counted(api: Api) -> None:
    before = page(api, "/en/", type="need").text_content()
    draft = Need(
        id="secret-draft",
        status=Status.DRAFT,
        source="test",
        title={"en": "Confidential zeppelin patents"},
        sought_by=["country/KEN"],
    )
    api.instance.store.write([draft])
    api.instance.catch_up()
    assert "zeppelin" not in page(api, "/en/", q="zeppelin patents").xpath("//section")[0].text_content()
    assert page(api, "/en/", type="need").text_content() == before


def test_what_was_typed_comes_back_harmless(api: Api) -> None:
    answer = api.client.get("/en/", params={"q": "<script>alert(1)</script>\u202eevil"})
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text


def test_the_language_that_was_chosen_stays_where_an_address_names_none(api: Api) -> None:
    french = {"Accept-Language": "fr"}
    assert api.client.get("/", headers=french, follow_redirects=False).headers["location"] == "/fr/"
    assert api.client.get("/es/", headers=french).status_code == 200
    assert api.client.get("/", headers=french, follow_redirects=False).headers["location"] == "/es/"
    record = api.client.get("/country/KEN", headers=french | {"Accept": "text/html"})
    assert html.fromstring(record.text).get("lang") == "es"
