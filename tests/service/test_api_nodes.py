"""A node's IRI: every form of every type, their headers, and what never leaves by this door."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import rdflib
from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from rdflib.compare import isomorphic

from graph_model.nodes import RECORD_TYPES
from graph_model.record import Authenticity, Record, Status
from graph_model.vocabulary import DCT, PROV, RDF
from tests.service.api_fixtures import NEED, Api, api, token

__all__ = ["api", "token"]
# rdflib's own JSON-LD parser warns of a class that rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

Make = Callable[..., str]
SYNTAXES = {
    "text/turtle": (RdfFormat.TURTLE, ".ttl"),
    "application/n-triples": (RdfFormat.N_TRIPLES, ".nt"),
    "application/ld+json": (RdfFormat.JSON_LD, ".jsonld"),
    "application/rdf+xml": (RdfFormat.RDF_XML, ".rdf"),
}
MEDIA_TYPES = ("application/json", "text/html", *SYNTAXES)
SUFFIXES = (".json", ".html", *(suffix for _, suffix in SYNTAXES.values()))


def get(api: Api, path: str, accept: str = "*/*", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.call("GET", path, headers={"Accept": accept, **named})


def read(content: bytes, syntax: RdfFormat) -> set[Triple]:
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in parse(content, format=syntax)}


def of_id(api: Api, name: str, **changes: Any) -> Record:
    """The need of the small world under another id."""
    stored = api.instance.store.get("need/coffee-label")
    assert stored is not None
    return stored.record.model_copy(update={"id": name, **changes})


def test_every_form_of_every_type_says_the_same(api: Api, small_world: Sequence[Record]) -> None:
    base = api.instance.settings.public_base
    assert {record.type_name for record in small_world} == set(RECORD_TYPES)
    for record in small_world:
        told = read(get(api, f"/{record.ref}", "application/n-triples").content, RdfFormat.N_TRIPLES)
        assert NamedNode(f"{base}/{record.ref}") in {triple.subject for triple in told}
        reference: rdflib.Graph | None = None
        for media_type, (syntax, suffix) in SYNTAXES.items():
            answer = get(api, f"/{record.ref}", media_type)
            assert answer.status_code == 200
            assert answer.headers["content-type"].partition(";")[0] == media_type
            assert read(answer.content, syntax) == told, (record.ref, media_type)
            graph = rdflib.Graph().parse(data=answer.content, format=media_type)
            reference = reference or graph
            assert isomorphic(graph, reference), (record.ref, media_type)
            assert get(api, f"/{record.ref}{suffix}").content == answer.content
        quads = jsonld.to_rdf(
            json.loads(get(api, f"/{record.ref}.jsonld").content), {"format": "application/n-quads"}
        )
        assert read(quads.encode(), RdfFormat.N_TRIPLES) == told
        page = get(api, f"/{record.ref}", "text/html")
        assert page.headers["content-type"].startswith("text/html")
        assert next(iter(record.heading.values())) in page.text
        assert get(api, f"/{record.ref}").json()["ref"] == record.ref


def test_a_form_is_chosen_by_quality_suffix_or_format(api: Api) -> None:
    path = "/need/coffee-label"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, media_type in (
        (browser, "text/html"),
        ("text/turtle;q=0.4, application/rdf+xml;q=0.6", "application/rdf+xml"),
        ("*/*", "application/json"),
        ("text/*;q=0.3, application/ld+json;q=0.2", "text/html"),
    ):
        assert get(api, path, accept).headers["content-type"].partition(";")[0] == media_type
    assert get(api, f"{path}.ttl", "text/html").headers["content-type"].startswith("text/turtle")
    assert get(api, f"{path}?format=ntriples", "text/html").text.startswith("<")
    assert get(api, f"{path}.ttl?format=turtle").status_code == 200
    assert get(api, f"{path}.ttl?format=json").status_code == 400


def test_a_form_that_there_is_none_of_is_told_the_others(api: Api) -> None:
    for path, accept in (("/need/coffee-label", "image/png"), ("/need/coffee-label?format=csv", "*/*")):
        answer = get(api, path, accept)
        assert answer.status_code == 406
        assert answer.headers["content-type"] == "application/problem+json"
        assert all(media_type in answer.json()["detail"] for media_type in MEDIA_TYPES)


def test_headers_name_every_form(api: Api) -> None:
    base = api.instance.settings.public_base
    answer = get(api, "/need/coffee-label", "text/turtle")
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["content-location"] == f"{base}/need/coffee-label?format=turtle"
    assert answer.headers["last-modified"].endswith("GMT")
    links = answer.headers["link"]
    assert f'<{base}/need/coffee-label>; rel="canonical"' in links
    assert f'<{base}/ns/shapes>; rel="describedby"' in links
    for media_type in MEDIA_TYPES:
        assert f'rel="alternate"; type="{media_type}"' in links
    for link in links.split(", "):
        if "alternate" in link:
            address = link.partition(">")[0].removeprefix(f"<{base}")
            assert get(api, address).headers["content-type"].partition(";")[0] in link


def test_an_unchanged_form_is_not_sent_again(api: Api, token: Make) -> None:
    path = "/need/coffee-label"
    tags = {each: get(api, path, each).headers["etag"] for each in MEDIA_TYPES}
    assert len(set(tags.values())) == len(tags)
    for media_type, tag in tags.items():
        again = get(api, path, media_type, If_None_Match=tag)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert get(api, path, media_type, If_None_Match='"other"').status_code == 200
    head = api.call("HEAD", path, headers={"Accept": "text/turtle"})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tags["text/turtle"])


def test_a_form_changes_with_the_records_that_it_names(api: Api, token: Make) -> None:
    path = "/partnership/coffee-partnership"
    before = {each: get(api, path, each) for each in MEDIA_TYPES}
    assert all("need/coffee-label" in answer.text for answer in before.values())
    facilitator = token("facilitator")
    owned = api.call("GET", "/api/need/coffee-label", facilitator)
    body = owned.json() | {"status": "withdrawn"}
    assert (
        api.call("PUT", "/api/need/coffee-label", facilitator, owned.headers["etag"], json=body).status_code
        == 200
    )
    for media_type, old in before.items():
        now = get(api, path, media_type, If_None_Match=old.headers["etag"])
        assert now.status_code == 200
        assert "need/coffee-label" not in now.text, media_type


def test_identifiers_with_dots(api: Api) -> None:
    assert get(api, "/sdg/2.3").json()["ref"] == "sdg/2.3"
    assert get(api, "/sdg/2.3.ttl").headers["content-type"].startswith("text/turtle")
    assert get(api, "/sdg/2.ttl").text.count("/sdg/2>") > 0


def test_a_record_whose_identifier_ends_like_a_suffix_wins(api: Api, token: Make) -> None:
    store = api.instance.store
    store.write([of_id(api, "coffee-label.ttl", status=Status.DRAFT)])
    hidden = get(api, "/need/coffee-label.ttl")
    assert hidden.headers["content-type"].startswith("text/turtle"), "a draft is not told from none"
    store.write([of_id(api, "coffee-label.ttl")])
    assert get(api, "/need/coffee-label.ttl").json()["id"] == "coffee-label.ttl"
    assert get(api, "/need/coffee-label.ttl.ttl").headers["content-type"].startswith("text/turtle")
    assert get(api, "/need/coffee-label?format=ttl").headers["content-type"].startswith("text/turtle")
    store.write([of_id(api, "coffee-label.ttl", status=Status.WITHDRAWN)])
    assert get(api, "/need/coffee-label.ttl").status_code == 410


def test_a_draft_leaves_in_no_form_even_to_its_owner(api: Api, token: Make) -> None:
    member = token("member", "kipi")
    assert api.call("POST", "/api/need", member, json=NEED | {"id": "secret"}).status_code == 201
    assert api.call("GET", "/api/need/secret", member).status_code == 200
    for media_type in MEDIA_TYPES:
        for bearer in (None, member):
            answer = api.call("GET", "/need/secret", bearer, headers={"Accept": media_type})
            unknown = api.call("GET", "/need/unknown", bearer, headers={"Accept": media_type})
            assert answer.status_code == unknown.status_code == 404
            assert "solar" not in answer.text
            assert answer.headers["content-type"] == unknown.headers["content-type"]
    for suffix in SUFFIXES:
        assert api.call("GET", f"/need/secret{suffix}", member).status_code == 404
    owned = api.call("GET", "/api/need/secret", member, headers={"Accept": "text/turtle"})
    assert owned.headers["content-type"] == "application/json"


def test_a_withdrawn_record_is_gone_in_every_form(api: Api, token: Make) -> None:
    api.instance.store.write([of_id(api, "coffee-label", status=Status.WITHDRAWN)])
    for media_type in MEDIA_TYPES:
        answer = get(api, "/need/coffee-label", media_type)
        assert answer.status_code == 410
        assert "Smallholders" not in answer.text
        page = media_type == "text/html"
        assert answer.headers["content-type"].startswith("text/html" if page else "application/problem+json")
        assert "Accept" in answer.headers["vary"]
    for suffix in SUFFIXES:
        assert get(api, f"/need/coffee-label{suffix}").status_code == 410
    api.instance.store.write([of_id(api, "passing", status=Status.PUBLISHED)])
    api.instance.store.delete(["need/passing"])
    assert {get(api, "/need/passing", each).status_code for each in MEDIA_TYPES} == {410}


def test_an_illustrative_record_shows_at_its_iri_and_is_marked(api: Api) -> None:
    base = api.instance.settings.public_base
    api.instance.store.write([of_id(api, "made-up", authenticity=Authenticity.ILLUSTRATIVE)])
    mark = NamedNode(f"{base}/ns#Authenticity-illustrative")
    for media_type, (syntax, _) in SYNTAXES.items():
        told = read(get(api, "/need/made-up", media_type).content, syntax)
        assert mark in {triple.object for triple in told}
    assert get(api, "/need/made-up").json()["authenticity"] == "illustrative"
    assert "Illustrative record" in get(api, "/need/made-up", "text/html").text
    assert "Illustrative record" not in get(api, "/need/coffee-label", "text/html").text


def test_a_page_escapes_what_a_record_says(api: Api) -> None:
    hostile = '<script>alert("1")</script>'
    api.instance.store.write([of_id(api, "hostile", title={"en": hostile}, description={"ar": hostile})])
    page = get(api, "/need/hostile", "text/html").text
    assert hostile not in page
    assert "&lt;script&gt;" in page
    assert 'lang="ar" dir="rtl"' in page


def test_a_partnership_tells_its_parties_modality_and_dates(api: Api) -> None:
    base = api.instance.settings.public_base
    document = get(api, "/partnership/coffee-partnership", "application/ld+json").json()
    assert document["id"] == f"{base}/partnership/coffee-partnership"
    assert len(document["qualifiedAssociation"]) == 3
    assert document["modality"] == f"{base}/ns#Modality-triangular"
    told = read(get(api, "/partnership/coffee-partnership.nt").content, RdfFormat.N_TRIPLES)
    predicates = {triple.predicate.value for triple in told}
    assert {DCT.created, DCT.modified, RDF.type, PROV.qualifiedAssociation} <= predicates


def test_proposed_triangles_are_linked_data_on_request(api: Api) -> None:
    api.instance.catch_up()
    api.instance.paths.follow()
    question = {"q": "protect the name of our coffee", "beneficiary": "KEN"}
    answers = [
        api.call("GET", "/export/proposals", params=question, headers={"Accept": media_type})
        for media_type in SYNTAXES
    ]
    assert [answer.status_code for answer in answers] == [200] * len(SYNTAXES)
    sizes = {
        len(read(answer.content, syntax))
        for answer, (syntax, _) in zip(answers, SYNTAXES.values(), strict=True)
    }
    assert len(sizes) == 1
    triangles = api.call("GET", "/api/paths", params=question).json()["paths"]
    assert triangles
    assert answers[0].text.count("#ProposedTriangle>") + answers[0].text.count("tm:ProposedTriangle") == len(
        triangles
    )
    assert answers[0].headers["cache-control"] == "no-store"
    refused = api.call("GET", "/export/proposals", params=question, headers={"Accept": "text/html"})
    assert refused.status_code == 406
    assert api.call("GET", "/export/proposals", params={"q": "a", "need": "b"}).status_code == 422
