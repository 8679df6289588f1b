"""SPARQL over the published graph: in step with it, closed to what must not leave, with working examples."""

import os
import signal
import time
from collections.abc import Iterator, Sequence

import pyoxigraph
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

import export.sparql.endpoint
from export.sparql.endpoint import SparqlEndpoint
from export.sparql.examples import Example, examples
from export.sparql.protocol import Question
from graph_model.nodes import Need, Partnership
from graph_model.record import Record, Status
from graph_model.relationships import Participation, Role
from graph_model.settings import Settings
from graph_model.store import Store
from graph_model.text import UN_LANGUAGES
from ingest.demo_graph import load_demo_graph
from tests.service.sparql_reading import COUNT, changed, illustrative_need, mentions, rows, subject


@pytest.fixture
def endpoint(store: Store, settings: Settings, small_world: Sequence[Record]) -> Iterator[SparqlEndpoint]:
    """Over the small graph; no thread follows, tests call catch_up."""
    store.write(small_world)
    with SparqlEndpoint(store, settings) as opened:
        opened.catch_up()
        yield opened


def test_it_tells_what_the_records_say(endpoint: SparqlEndpoint, settings: Settings) -> None:
    query = f"SELECT ?o {{ {subject(settings, 'country/KEN')} rdfs:label ?o }}"
    prologue = f"PREFIX rdfs: <{rdflib.RDFS}>\n"
    assert rows(endpoint, prologue + query) == ["Kenya"]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.CLOSED])
def test_only_published_records_are_told_of(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, status: Status
) -> None:
    hidden = Need(
        id="hidden", title={"en": "Hidden"}, sought_by=["country/KEN"], source="test", status=status
    )
    naming = Partnership(
        id="naming",
        title={"en": "Names a hidden need"},
        parties=[Participation(party="country/BRA", role=Role.PIVOTAL)],
        addresses=["need/hidden"],
        source="test",
    )
    store.write([hidden, naming])
    endpoint.catch_up()
    assert not mentions(endpoint, settings, "need/hidden")
    assert mentions(endpoint, settings, "partnership/naming")
    store.write([changed(hidden, status="published")])
    endpoint.catch_up()
    assert rows(endpoint, f"SELECT ?s {{ ?s ?p {subject(settings, 'need/hidden')} }}")


@pytest.mark.parametrize("end", ["withdrawn", "closed", "deleted"])
def test_a_record_that_leaves_is_gone_also_from_those_that_name_it(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, small_world: Sequence[Record], end: str
) -> None:
    ref = "need/coffee-label"
    need = next(record for record in small_world if record.ref == ref)
    partnership = next(record for record in small_world if record.type_name == "partnership")
    assert mentions(endpoint, settings, ref)
    if end == "deleted":
        store.write([changed(partnership, addresses=[])])
        store.delete([ref])
    else:
        store.write([changed(need, status=end)])
    endpoint.catch_up()
    assert not mentions(endpoint, settings, ref)
    assert mentions(endpoint, settings, partnership.ref)


def test_a_party_that_is_withdrawn_is_named_by_no_partnership(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, small_world: Sequence[Record]
) -> None:
    kipi = next(record for record in small_world if record.ref == "stakeholder/kipi")
    store.write([changed(kipi, status="withdrawn")])
    endpoint.catch_up()
    assert not mentions(endpoint, settings, "stakeholder/kipi")
    assert not rows(endpoint, 'SELECT ?s { ?s ?p ?o FILTER(CONTAINS(STR(?s), "stakeholder-kipi")) }')


def test_a_country_changes_the_modality_of_what_its_organisations_take_part_in(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, small_world: Sequence[Record]
) -> None:
    query = f"SELECT ?m {{ ?s <{settings.public_base}/ns#modality> ?m }}"
    before = rows(endpoint, query)
    kenya = next(record for record in small_world if record.ref == "country/KEN")
    store.write([changed(kenya, developing=False)])
    endpoint.catch_up()
    assert rows(endpoint, query) != before


REACHING = [
    "SELECT * { ?s ?p ?o FILTER(CONTAINS(STR(?s), 'made-up') || CONTAINS(STR(?o), 'made-up')) }",
    "SELECT * { GRAPH ?s { ?x ?p ?o } FILTER(CONTAINS(STR(?s), 'made-up')) }",
    "SELECT * FROM {it} { ?s ?p ?o }",
    "SELECT * FROM NAMED {it} { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH {it} { ?s ?p ?o } }",
    "SELECT * { {it} ?p ?o }",
    "SELECT * { ?s ?p {it} }",
    "CONSTRUCT { {it} ?p ?o } WHERE { {it} ?p ?o }",
    "DESCRIBE {it}",
]


@pytest.mark.parametrize("query", REACHING)
def test_an_illustrative_record_is_reached_only_where_it_was_asked_for(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, query: str
) -> None:
    store.write([illustrative_need()])
    endpoint.catch_up()
    query = query.replace("{it}", subject(settings, "need/made-up"))
    question = Question(query, "http://127.0.0.1:8000/", "text/csv", "application/n-triples")
    facts = endpoint.dataset(illustrative=False).ask(question).content.decode()
    assert "made-up" not in facts.partition("\r\n")[2] if query.startswith("SELECT") else facts == ""
    everything = endpoint.dataset(illustrative=True).ask(question).content.decode()
    assert len(everything.splitlines()) > 1


def test_a_fact_that_is_called_illustrative_leaves(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, small_world: Sequence[Record]
) -> None:
    practice = next(record for record in small_world if record.type_name == "practice")
    store.write([changed(practice, authenticity="illustrative")])
    endpoint.catch_up()
    assert not mentions(endpoint, settings, practice.ref)
    assert mentions(endpoint, settings, practice.ref, illustrative=True)


def test_following_gives_what_filling_anew_gives(
    endpoint: SparqlEndpoint, settings: Settings, store: Store, small_world: Sequence[Record]
) -> None:
    everything = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
    store.write([illustrative_need(), *(changed(each, source="again") for each in small_world)])
    endpoint.catch_up()
    with SparqlEndpoint(store, settings) as fresh:
        fresh.catch_up()
        assert sorted(rows(fresh, everything)) == sorted(rows(endpoint, everything))


def test_a_keeper_that_was_lost_is_replaced(endpoint: SparqlEndpoint) -> None:
    before = rows(endpoint, COUNT)
    process = endpoint.facts.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    time.sleep(0.2)
    endpoint.catch_up()
    assert rows(endpoint, COUNT) == before
    assert endpoint.facts.process_id != process


def test_a_worn_keeper_is_replaced_by_a_fresh_one(
    endpoint: SparqlEndpoint, store: Store, small_world: Sequence[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    worn = endpoint.facts.process_id
    store.write([changed(each, source="again") for each in small_world])
    endpoint.catch_up()
    assert endpoint.facts.process_id == worn
    monkeypatch.setattr(export.sparql.endpoint, "_WORN_RECORDS", -len(small_world))
    endpoint.facts.step()
    monkeypatch.undo()
    endpoint.catch_up()
    assert endpoint.facts.process_id != worn
    assert len(rows(endpoint, 'SELECT ?s { ?s ?p "again" }')) == len(small_world)


@pytest.fixture(scope="module")
def demo(shared_settings: Settings, _open_store: Store) -> Iterator[SparqlEndpoint]:
    """Over the demo graph, with its illustrative records."""
    _open_store.update(("MATCH (n) DETACH DELETE n", {}))
    load_demo_graph(_open_store)
    with SparqlEndpoint(_open_store, shared_settings) as opened:
        opened.dataset(illustrative=True)
        opened.catch_up()
        yield opened


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{example.name}-{language}")
        for language in UN_LANGUAGES
        for example in examples("http://127.0.0.1:8000", language)
    ],
)
def test_every_example_finds_something(demo: SparqlEndpoint, example: Example) -> None:
    question = Question(example.query, "http://127.0.0.1:8000/", "text/csv", "application/n-triples")
    answer = demo.dataset(illustrative=example.illustrative).ask(question)
    assert len(answer.content.decode().splitlines()) > 1


def test_there_are_ten_examples_and_each_is_standard_sparql() -> None:
    found = examples("http://127.0.0.1:8000")
    assert len({example.query for example in found}) == 10
    for example in found:
        prepareQuery(example.query)
        pyoxigraph.Store().query(example.query)
