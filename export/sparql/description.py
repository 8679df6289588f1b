"""The endpoint's description of itself (SPARQL 1.1 Service Description)."""

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.vocabulary import DCT, FORMATS, RDF, SD

SPARQL_PATH: Final = "/sparql"
_RESULT_FORMATS: Final = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)


def service_description(public_base: str) -> Iterator[Triple]:
    """The triples, without blank nodes."""
    address = f"{public_base}{SPARQL_PATH}"
    service, dataset, graph = (f"{address}#{name}" for name in ("service", "dataset", "graph"))
    facts: Sequence[tuple[str, str, str]] = (
        (service, RDF.type, SD.Service),
        (service, SD.endpoint, address),
        (service, SD.supportedLanguage, SD.SPARQL11Query),
        (service, SD.feature, SD.UnionDefaultGraph),
        (service, SD.defaultDataset, dataset),
        (dataset, RDF.type, SD.Dataset),
        (dataset, SD.defaultGraph, graph),
        (graph, RDF.type, SD.Graph),
        *((service, SD.resultFormat, f"{FORMATS}{name}") for name in _RESULT_FORMATS),
    )
    for subject, predicate, value in facts:
        yield Triple(NamedNode(subject), NamedNode(predicate), NamedNode(value))
    description = (
        "The published graph. Every record is in a graph that its own IRI names; the default graph is the "
        "union of them. The parameter illustrative=true adds the illustrative records. There is neither "
        "SERVICE nor update."
    )
    text = Literal(description, language="en")
    yield Triple(NamedNode(service), NamedNode(DCT.description), text)
