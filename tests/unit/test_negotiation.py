"""Which form of a resource an Accept header gets."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from fastapi import Request

from api.negotiation import (
    HTML,
    JSON,
    JSON_LD,
    N_TRIPLES,
    RDF_XML,
    TURTLE,
    Representation,
    negotiated,
    preferred,
    respond,
    split_suffix,
)
from api.problems import HttpError

FORMS = (JSON, HTML, TURTLE, N_TRIPLES, JSON_LD, RDF_XML)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
RDFLIB = "text/turtle, application/rdf+xml;q=0.9, application/n-triples;q=0.8, */*;q=0.1"


def request(*headers: tuple[str, str]) -> Request:
    rows = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": rows})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        (BROWSER, HTML),
        (RDFLIB, TURTLE),
        ("text/turtle", TURTLE),
        ("TEXT/Turtle", TURTLE),
        ("application/ld+json, application/rdf+xml;q=0.5", JSON_LD),
        ("application/ld+json;q=0.5, application/rdf+xml;q=0.6", RDF_XML),
        ("application/ld+json;q=0.5,application/rdf+xml ; Q=0.51", RDF_XML),
        ("*/*, text/turtle", TURTLE),
        ("text/*, */*;q=0.1", HTML),
        ("text/*;q=0.5, text/html;q=0.1", TURTLE),
        ("text/*, text/html;q=0, text/turtle;q=0.5", TURTLE),
        ("*/*, application/json;q=0", HTML),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, x"', JSON_LD),
        ("text/turtle;charset=utf-8", TURTLE),
        ("text/turtle;charset=UTF-8;q=0.4, application/n-triples;q=0.3", TURTLE),
        ("image/png", None),
        ("text/turtle;q=0", None),
        ("text/turtle;q=0.000", None),
        ("application/json;q=0, image/*", None),
        ("text/turtle;charset=latin-1", None),
        ("text/turtle;q=high, application/n-triples;q=0.1", N_TRIPLES),
        ("text/turtle;q=1.5, application/n-triples;q=0.1", N_TRIPLES),
        ("*/turtle, application/n-triples;q=0.1", N_TRIPLES),
        (", ,text/turtle,", TURTLE),
        ("nonsense", JSON),
    ],
)
def test_a_reader_gets_the_form_it_prefers(accept: str | None, form: Representation | None) -> None:
    assert preferred(accept, FORMS) == form


def test_several_accept_lines_are_one_header() -> None:
    asked = request(("accept", "text/html;q=0.5"), ("accept", "text/turtle"))
    assert negotiated(asked, FORMS) == TURTLE


@pytest.mark.parametrize("name", ["turtle", "ttl"])
def test_a_format_in_the_address_outweighs_the_header(name: str) -> None:
    assert negotiated(request(("accept", "text/html")), FORMS, name) == TURTLE


@pytest.mark.parametrize("name", ["turtles", ""])
def test_an_unknown_format_is_told_what_there_is(name: str) -> None:
    with pytest.raises(HttpError) as caught:
        negotiated(request(), FORMS, name)
    assert caught.value.status == 406
    for form in FORMS:
        assert form.media_type in str(caught.value)


def test_a_header_that_no_form_suits_is_told_what_there_is() -> None:
    with pytest.raises(HttpError, match="application/n-triples") as caught:
        negotiated(request(("accept", "image/png")), FORMS)
    assert caught.value.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("abc.ttl", ("abc", TURTLE)),
        ("1.1.jsonld", ("1.1", JSON_LD)),
        ("abc.ttl.nt", ("abc.ttl", N_TRIPLES)),
        ("1.1", None),
        ("3.b", None),
        ("abc", None),
        (".ttl", None),
    ],
)
def test_suffixes_name_forms(name: str, found: tuple[str, Representation] | None) -> None:
    assert split_suffix(name, FORMS) == found


def test_a_hostile_header_costs_little() -> None:
    begun = time.perf_counter()
    for accept in (
        "a/b;" * 10_000,
        '"' * 60_000,
        "a/b;q=" + '"\\' * 20_000,
        "," * 60_000,
        "*/*;" + " " * 60_000,
    ):
        preferred(accept, FORMS)
    assert time.perf_counter() - begun < 1


def test_the_time_of_change_is_told_in_gmt() -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    answer = respond(request(), TURTLE, b"", canonical="http://example.org/a", modified_at=moment)
    assert answer.headers["last-modified"] == "Sat, 31 Jan 2026 10:00:00 GMT"


def test_an_answer_links_its_other_forms_and_is_not_sent_twice() -> None:
    canonical = "http://example.org/need/a"
    first = respond(request(), TURTLE, b"<a> <b> <c> .", canonical=canonical, representations=FORMS)
    assert first.headers["vary"] == "Accept"
    assert f'<{canonical}>; rel="canonical"' in first.headers["link"]
    assert (
        f'<{canonical}?format=jsonld>; rel="alternate"; type="application/ld+json"' in first.headers["link"]
    )
    tag = first.headers["etag"]
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = respond(request(("if-none-match", named)), TURTLE, b"<a> <b> <c> .", canonical=canonical)
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    changed = respond(request(("if-none-match", tag)), TURTLE, b"<a> <b> <d> .", canonical=canonical)
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)
    other = respond(request(("if-none-match", tag)), N_TRIPLES, b"<a> <b> <c> .", canonical=canonical)
    assert other.status_code == 200
