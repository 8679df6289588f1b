"""Questions to the SPARQL endpoint of a test, and the records of which they ask."""

from typing import Any

from export.sparql.endpoint import SparqlEndpoint
from export.sparql.protocol import Question
from graph_model.nodes import Need
from graph_model.record import Authenticity, Record
from graph_model.settings import Settings
from graph_model.vocabulary import node_iri

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def rows(endpoint: SparqlEndpoint, query: str, *, illustrative: bool = False) -> list[str]:
    """The lines of a CSV answer, without the heading."""
    question = Question(query, "http://127.0.0.1:8000/", "text/csv", "application/n-triples")
    answer = endpoint.dataset(illustrative=illustrative).ask(question)
    return answer.content.decode().split("\r\n")[1:-1]


def subject(settings: Settings, ref: str) -> str:
    return f"<{node_iri(ref, settings.public_base)}>"


def mentions(endpoint: SparqlEndpoint, settings: Settings, ref: str, *, illustrative: bool = False) -> bool:
    """Whether a record's IRI, or anything beneath it, occurs in any place of any graph."""
    iri = node_iri(ref, settings.public_base)
    query = (
        f'SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(CONTAINS(CONCAT(STR(?g), STR(?s), STR(?o)), "{iri}")) }}'
    )
    return bool(rows(endpoint, query, illustrative=illustrative))


def changed(record: Record, **fields: Any) -> Record:
    return type(record).model_validate(record.canonical() | fields)


def illustrative_need() -> Need:
    return Need(
        id="made-up",
        title={"en": "A made-up need"},
        sought_by=["country/KEN"],
        source="test",
        authenticity=Authenticity.ILLUSTRATIVE,
    )
