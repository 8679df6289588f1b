"""The page to ask the graph in SPARQL: in six languages, harmless, with queries that its links ask."""

from typing import Any
from urllib.parse import quote

import pytest

from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api
from tests.service.api_fixtures import api as small_api
from tests.service.page_reading import BROWSER, HOSTILE, answer, page, parsed, words

__all__ = ["small_api"]


@pytest.fixture
def api(small_api: Api) -> Api:
    """The service with both graphs ready for queries."""
    app: Any = small_api.client.app
    app.state.sparql.dataset(illustrative=True)
    app.state.sparql.catch_up()
    return small_api


def asked(api: Api, query: str, language: str = "en", **more: str) -> Any:
    parameters = "".join(f"&{name}={value}" for name, value in more.items())
    return answer(api, f"/{language}/sparql?query={quote(query)}{parameters}")


@pytest.mark.parametrize("language", UN_LANGUAGES)
def test_the_page_offers_queries_in_the_reader_s_language(api: Api, language: str) -> None:
    document = page(api, f"/{language}/sparql")
    assert document.get("lang") == language
    links = document.xpath("//*[@id='examples']//a")
    assert len(links) == 10
    assert (words(links[0]) == "Pivotal partners") is (language == "en")
    assert f'LANG(?name) = "{language}"' in document.xpath("//textarea[@dir='ltr']")[0].text
    assert all(link.get("href").startswith(f"/{language}/sparql?query=") for link in links)


def test_an_example_is_asked_by_its_link(api: Api) -> None:
    for link in page(api, "/fr/sparql").xpath("//*[@id='examples']//a/@href"):
        assert page(api, link).xpath("//*[@id='answer']")


def test_answers_of_each_kind_are_shown(api: Api) -> None:
    table = parsed(
        asked(api, "SELECT ?name { <country/KEN> <http://www.w3.org/2000/01/rdf-schema#label> ?name }").text
    )
    kiswahili = table.xpath("//table//span[@lang='en']")
    assert [words(each) for each in kiswahili] == ["Kenya"]
    assert "Kenya" in words(parsed(asked(api, "DESCRIBE <country/KEN>").text).xpath("//pre[@dir='ltr']")[0])
    truth = parsed(asked(api, "ASK { ?s ?p ?o }", "es").text).xpath("//*[@id='answer']/p")[0]
    assert words(truth) == "Sí"


def test_hostile_values_are_shown_harmless(api: Api) -> None:
    query = f'SELECT ?x ("{HOSTILE}" AS ?y) {{ VALUES ?x {{ <javascript:alert(1)> }} }}'
    found = asked(api, query)
    assert found.status_code == 200
    assert "<script>alert" not in found.text
    assert 'href="javascript' not in found.text
    cell = parsed(found.text).xpath("//table//td")[1]
    assert words(cell) == "<script>alert(1)</script>evil"


def test_a_refusal_says_why_in_the_reader_s_language(api: Api) -> None:
    refused = asked(api, "CLEAR ALL", "fr")
    assert refused.status_code == 400
    [said] = parsed(refused.text).xpath("//*[@id='refusal']/p[@lang='fr']")
    assert "CLEAR" in words(said)
    assert "lecture seule" in words(said)
    assert parsed(refused.text).xpath("//textarea[@aria-invalid]")[0].text == "CLEAR ALL"


def test_another_form_leads_to_the_endpoint(api: Api) -> None:
    led = api.client.get("/ar/sparql?query=ASK+%7B%7D&format=csv", headers=BROWSER, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/sparql?query=ASK+%7B%7D&format=csv")
