"""The export page: what it counts is what is downloaded, its links work, and nothing hidden is counted."""

import csv
import io
import json
from typing import Any

import pytest
from lxml import html

from export.formats import FORMATS
from graph_model.nodes import Need, Offer
from graph_model.record import Authenticity, Status
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api

__all__ = ["api"]
HOSTILE = '"><script>alert(1)</script>\u202eevil\u2066'


def page(api: Api, code: str = "en", status: int = 200, **parameters: Any) -> Any:
    answer = api.client.get(f"/{code}/export", params=parameters)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def total(document: Any) -> int:
    (number,) = document.xpath("//@data-total")
    return int(number)


def counts(document: Any) -> list[str]:
    names: list[str] = document.xpath("//@data-count")
    return names


@pytest.mark.parametrize("code", UN_LANGUAGES)
def test_it_opens_in_every_language_with_everything_counted(api: Api, code: str) -> None:
    document = page(api, code)
    known = api.client.get("/export/count").json()
    assert total(document) == known["total"]
    assert counts(document) == [name for name, number in known["types"].items() if number]
    assert set(document.xpath("//select[@name='format']//option/@value")) == set(FORMATS)
    assert document.xpath("//*[@id='harvest']")


def test_the_json_of_the_api_keeps_its_address(api: Api) -> None:
    assert "formats" in api.client.get("/export").json()


@pytest.mark.parametrize(
    "conditions",
    [
        {"type": ["need", "offer"]},
        {"cluster": "agriculture"},
        {"country": "BRA", "type": "offer"},
        {"language": "es"},
        {"since": "2020-01-01", "illustrative": "true"},
        {"since": "2999-01-01"},
    ],
)
def test_the_count_and_the_download_agree(api: Api, conditions: dict[str, Any]) -> None:
    document = page(api, format="jsonld", **conditions)
    answer = api.client.get("/export/count", params=conditions)
    assert total(document) == answer.json()["total"]
    links = document.xpath("//a[@id='download']/@href")
    if not total(document):
        assert not links
        return
    downloaded = api.client.get(links[0])
    assert downloaded.status_code == 200
    assert len(json.loads(downloaded.text)["@graph"]) >= total(document)
    (compressed,) = document.xpath("//a[@id='download-compressed']/@href")
    assert api.client.get(compressed).headers["content-type"] == "application/gzip"


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_has_a_link_that_works(api: Api, format_name: str) -> None:
    document = page(api, "fr", format=format_name)
    (link,) = document.xpath("//a[@id='download']/@href")
    answer = api.client.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(FORMATS[format_name].media_type)
    (command,) = document.xpath("//*[@id='curl-download']")
    assert f"{api.instance.settings.public_base}{link}" in command.text_content()
    if format_name == "csv":
        assert total(document) == len(list(csv.DictReader(io.StringIO(answer.text))))
        assert "names=fr" in link


def test_drafts_withdrawn_and_illustrative_records_are_not_counted(api: Api) -> None:
    before = total(page(api))
    for status in (Status.DRAFT, Status.WITHDRAWN, Status.CLOSED):
        need = Need(
            id=status.value, title={"en": "Hidden"}, sought_by=["country/KEN"], status=status, source="test"
        )
        api.instance.store.write([need])
    example = Offer(
        id="example",
        title={"en": "Example"},
        offered_by=["country/KEN"],
        authenticity=Authenticity.ILLUSTRATIVE,
        source="test",
    )
    api.instance.store.write([example])
    assert total(page(api)) == before
    assert total(page(api, illustrative="true")) == before + 1


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"cluster": "no-such"}, "cluster"),
        ({"cluster": "../x"}, "cluster"),
        ({"country": "ZZZ"}, "country"),
        ({"language": "English"}, "language"),
        ({"type": "secret"}, "type"),
        ({"format": "docx"}, "format"),
        ({"format": "csv", "type": "need"}, "format"),
    ],
)
def test_a_mistake_is_told_at_its_field(api: Api, conditions: dict[str, str], field: str) -> None:
    document = page(api, status=422, **conditions)
    assert document.xpath(f"//*[@id='problem-{field}']")
    assert not document.xpath("//a[@id='download']")
    assert document.xpath("//form[@id='export-form']")


@pytest.mark.parametrize(
    "name", ["type", "cluster", "country", "language", "since", "format", "illustrative"]
)
def test_hostile_values_are_shown_harmless(api: Api, name: str) -> None:
    for fragment in ("", "true"):
        answer = api.client.get("/ar/export", params={name: HOSTILE, "fragment": fragment})
        assert answer.status_code in (200, 422)
        assert "<script>alert" not in answer.text


def test_the_script_is_given_the_count_alone(api: Api) -> None:
    answer = api.client.get("/en/export", params={"type": "need", "fragment": "true"})
    assert "<html" not in answer.text
    assert total(html.fromstring(answer.text)) == 1
    assert api.client.get("/en/export", params={"since": "x", "fragment": "true"}).status_code == 200


def test_the_addresses_for_harvesters_answer(api: Api) -> None:
    document = page(api)
    base = api.instance.settings.public_base
    links = document.xpath("//*[@id='harvest']//dd/a/@href")
    assert len(links) == 4
    for link in links:
        assert link.startswith(base)
        answer = api.client.get(link.removeprefix(base), headers={"Accept": "text/turtle"})
        assert answer.status_code == 200, link
    assert len(document.xpath("//*[@id='harvest']//pre[starts-with(@id, 'curl-')]")) == 4
