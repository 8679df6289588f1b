"""The vocabulary and the context at their addresses."""

from collections.abc import Iterator

import pytest
import rdflib
from pyld import jsonld
from pyoxigraph import RdfFormat, Triple, parse
from starlette.testclient import TestClient

from api.app import create_app
from graph_model.own_vocabulary import declarations, ontology_triples
from graph_model.settings import Settings

BASE = "http://trimatch.test"
SYNTAXES = {
    "text/turtle": (RdfFormat.TURTLE, ".ttl"),
    "application/n-triples": (RdfFormat.N_TRIPLES, ".nt"),
    "application/ld+json": (RdfFormat.JSON_LD, ".jsonld"),
    "application/rdf+xml": (RdfFormat.RDF_XML, ".rdf"),
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(base_uri=BASE, rate_limit="100000/minute"))) as client:
        yield client


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("media_type", SYNTAXES)
def test_it_is_the_same_in_every_syntax(client: TestClient, media_type: str) -> None:
    syntax, suffix = SYNTAXES[media_type]
    expected = set(ontology_triples(BASE))
    answer = client.get("/ns", headers={"Accept": media_type})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    read = {Triple(q.subject, q.predicate, q.object) for q in parse(answer.content, format=syntax)}
    assert read == expected
    assert len(rdflib.Graph().parse(data=answer.content, format=media_type)) == len(expected)
    assert client.get(f"/ns{suffix}").content == answer.content
    assert client.get("/ns", params={"format": suffix[1:]}).content == answer.content


def test_the_page_has_an_anchor_and_both_languages_for_every_term(client: TestClient) -> None:
    answer = client.get("/ns", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    for each in declarations():
        assert answer.text.count(f'<tr id="{each.term}">') == 1
    assert "Proposed" not in answer.text.split("<tbody>")[0]
    assert "petit État insulaire en développement" in answer.text
    assert "small island developing state" in answer.text


def test_it_is_negotiated_kept_and_linked(client: TestClient) -> None:
    first = client.get("/ns", headers={"Accept": "text/turtle"})
    assert first.headers["vary"].startswith("Accept")
    again = client.get("/ns", headers={"Accept": "text/turtle", "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/ns").status_code == 200
    assert f'<{BASE}/ns?format=rdfxml>; rel="alternate"' in first.headers["link"]


def test_a_form_that_it_has_not_is_refused(client: TestClient) -> None:
    assert client.get("/ns", headers={"Accept": "image/png"}).status_code == 406
    unknown = client.get("/ns.xyz")
    assert unknown.status_code == 404
    assert "/ns.ttl" in unknown.json()["detail"]


def test_the_context_is_one_that_another_tool_expands_with(client: TestClient) -> None:
    answer = client.get("/ns/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    document = answer.json() | {"id": f"{BASE}/need/a", "title": {"en": "A"}, "subject": f"{BASE}/cluster/b"}
    [expanded] = jsonld.expand(document)
    assert expanded["http://purl.org/dc/terms/title"] == [{"@language": "en", "@value": "A"}]
    assert expanded["http://purl.org/dc/terms/subject"] == [{"@id": f"{BASE}/cluster/b"}]
