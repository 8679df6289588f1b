"""The published shapes accept what the instance writes, refuse what it would not, and are SHACL core."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple
from rdflib.compare import isomorphic
from starlette.testclient import TestClient

from api.app import create_app
from graph_model.derive.properties import referenced
from graph_model.derive.rdf import RdfWriter
from graph_model.derive.shacl import shapes
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record
from graph_model.settings import Settings
from graph_model.vocabulary import DCT, ORG, RDF, RDFS, SCHEMA, SHACL, SHAPES_PATH, SKOS
from ingest.demo_graph import demo_records
from ingest.sources.rdf_validation import ShapeValidator, graph_of

BASE = "https://match.example.org/app"
WRITER = RdfWriter(BASE)
VALIDATOR = ShapeValidator(BASE)

Triples = list[Triple]
Spoil = Callable[[Triples], Triples]


@pytest.mark.parametrize("type_name", RECORD_TYPES)
def test_records_of_the_demo_fit(type_name: str) -> None:
    for record in demo_records(type_name):
        assert VALIDATOR.problems(WRITER.node(record.ref), WRITER.triples(record)) == [], record.ref


def without(predicate: str) -> Spoil:
    return lambda triples: [each for each in triples if each.predicate.value != predicate]


def instead(predicate: str, value: Any) -> Spoil:
    return lambda triples: [
        Triple(each.subject, each.predicate, value) if each.predicate.value == predicate else each
        for each in triples
    ]


def beside(predicate: str, value: Any) -> Spoil:
    return lambda triples: [*triples, Triple(triples[0].subject, NamedNode(predicate), value)]


@pytest.mark.parametrize(
    ("type_name", "spoil", "field"),
    [
        ("country", without(RDFS.label), "name"),
        ("country", instead(SCHEMA.latitude, Literal("north")), "latitude"),
        ("country", without(f"{BASE}/ns#developing"), "developing"),
        ("country", without(SKOS.notation), "id"),
        ("country", beside(SKOS.notation, Literal("ke", datatype=NamedNode(f"{BASE}/ns#m49"))), "notation"),
        ("sdg", without(SKOS.inScheme), "inScheme"),
        ("sdg", beside(SKOS.broader, NamedNode(f"{BASE}/country/KEN")), "broader"),
        ("cluster", instead(SKOS.prefLabel, Literal("No language")), "name"),
        ("cluster", beside(SKOS.exactMatch, Literal("https://a.example/")), "exact_match"),
        ("stakeholder", beside(DCT.source, Literal("a second one")), "source"),
        ("stakeholder", instead(ORG.classification, NamedNode(f"{BASE}/ns#Resource-human")), "kind"),
        ("stakeholder", instead(DCT.language, Literal("en")), "original_language"),
        ("need", without(SCHEMA.seeks), "sought_by"),
        ("need", beside(DCT.title, Literal("Another", language="en")), "title"),
        ("need", beside(DCT.subject, NamedNode(f"{BASE}/need/other")), "clusters"),
        ("offer", without(SCHEMA.businessFunction), "businessFunction"),
        ("practice", instead(DCT.creator, NamedNode(f"{BASE}/sdg/2")), "shared_by"),
        ("partnership", without(ORG.role), "parties role"),
        ("partnership", instead(ORG.member, NamedNode(f"{BASE}/cluster/x")), "parties party"),
        (
            "partnership",
            beside(SCHEMA.endDate, Literal("2019-02", datatype=NamedNode(RDF.langString + "x"))),
            "end",
        ),
        ("partnership", beside(SCHEMA.endDate, Literal("soon")), "end"),
    ],
)
def test_a_broken_record_is_refused_by_the_name_of_its_field(
    type_name: str, spoil: Spoil, field: str
) -> None:
    record = next(demo_records(type_name))
    broken = spoil(list(WRITER.triples(record)))
    problems = VALIDATOR.problems(WRITER.node(record.ref), broken)
    assert {problem.field for problem in problems} == {field}


def test_a_validator_that_knows_the_targets_alone_finds_the_same() -> None:
    """As a harvester uses the shapes: on a graph, without being told which shape a record has."""
    clusters = list(demo_records("cluster"))
    goals = {goal.ref: goal for goal in demo_records("sdg")}
    named = set().union(*map(referenced, clusters)) & goals.keys()
    named |= set().union(*(referenced(goals[ref]) for ref in named))
    needed = [*clusters, *(goals[ref] for ref in sorted(named))]
    graph = [triple for record in needed for triple in WRITER.triples(record)]
    assert report(graph) == []
    for record in (needed[0], needed[-1]):
        spoilt = [t for t in graph if not (t.subject == WRITER.node(record.ref) and "prefLabel" in str(t))]
        assert report(spoilt) == [(f"{BASE}/{record.ref}", SKOS.prefLabel)]


def report(triples: Iterable[Triple]) -> list[tuple[str, str]]:
    """(focus node, path) of every violation, by pyshacl's own entry."""
    _, found, _ = pyshacl.validate(graph_of(triples), shacl_graph=graph_of(shapes(BASE)), advanced=False)
    assert isinstance(found, rdflib.Graph)
    results = found.subjects(rdflib.RDF.type, rdflib.URIRef(SHACL.ValidationResult))
    return [
        (
            str(found.value(result, rdflib.URIRef(SHACL.focusNode))),
            str(found.value(result, rdflib.URIRef(SHACL.resultPath))),
        )
        for result in results
    ]


def test_the_shapes_are_well_formed_core_and_always_the_same() -> None:
    triples = list(shapes(BASE))
    assert triples == list(shapes(BASE))
    conforms, _, text = pyshacl.validate(rdflib.Graph(), shacl_graph=graph_of(triples), meta_shacl=True)
    assert conforms, text
    predicates = {triple.predicate.value for triple in triples}
    assert not predicates & {SHACL.sparql, SHACL.js, SHACL.rule, SHACL.target}
    # SHACL takes a path with an IRI for a predicate: only inverse paths may, and must, be blank nodes.
    blank = {triple.predicate.value for triple in triples if isinstance(triple.subject, BlankNode)}
    assert blank == {SHACL.inversePath}


def test_every_field_has_a_shape() -> None:
    told = {triple.subject.value for triple in shapes(BASE) if isinstance(triple.subject, NamedNode)}
    for name, kind in RECORD_TYPES.items():
        assert {f"{BASE}{SHAPES_PATH}#{name}-{field}" for field in kind.model_fields} - told <= {
            f"{BASE}{SHAPES_PATH}#{name}-id"
        }


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(Settings(home=tmp_path, base_uri=BASE)))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize(
    ("accept", "rdf_format", "name"),
    [
        ("*/*", RdfFormat.TURTLE, "turtle"),
        ("application/n-triples", RdfFormat.N_TRIPLES, "nt"),
        ("application/ld+json", RdfFormat.JSON_LD, "json-ld"),
        ("application/rdf+xml", RdfFormat.RDF_XML, "xml"),
    ],
)
def test_the_shapes_are_served_in_every_syntax(
    client: TestClient, accept: str, rdf_format: RdfFormat, name: str
) -> None:
    answer = client.get(SHAPES_PATH, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
        200,
        rdf_format.media_type,
    )
    expected = graph_of(shapes(BASE))
    assert len(list(pyoxigraph.parse(answer.content, rdf_format))) == len(expected)
    assert isomorphic(rdflib.Graph().parse(data=answer.content, format=name), expected)


def test_the_shapes_are_not_sent_twice(client: TestClient) -> None:
    first = client.get(SHAPES_PATH)
    again = client.get(SHAPES_PATH, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{SHAPES_PATH}.ttl").content == first.content
    assert client.get(f"{SHAPES_PATH}.csv").status_code == 404


def test_shapes_of_a_record_need_an_address_under_the_base() -> None:
    record: Record = next(demo_records("need"))
    other = RdfWriter("https://elsewhere.example")
    assert [p.field for p in VALIDATOR.problems(other.node(record.ref), other.triples(record))] == ["id"]
