"""Every RDF syntax of one resource says the same: read back by tools that did not write it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import rdflib
from pyld import jsonld
from pyoxigraph import RdfFormat, Triple, parse
from rdflib.compare import isomorphic

from export.documents import SYNTAXES, rdf_document
from export.jsonld import context
from graph_model.derive.rdf import RdfWriter
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.own_vocabulary import ontology_triples
from graph_model.record import Record
from graph_model.vocabulary import PROV, SCHEMA, node_iri
from ingest.demo_graph import demo_records

# rdflib's own JSON-LD parser warns of a class that rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
BASE = "http://example.org/trimatch"
RDFLIB_NAMES = {
    RdfFormat.TURTLE: "turtle",
    RdfFormat.N_TRIPLES: "nt",
    RdfFormat.JSON_LD: "json-ld",
    RdfFormat.RDF_XML: "xml",
}


def read_by_oxigraph(content: bytes, syntax: RdfFormat) -> set[Triple]:
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in parse(content, format=syntax)}


def read_by_rdflib(content: bytes, syntax: RdfFormat) -> rdflib.Graph:
    return rdflib.Graph().parse(data=content, format=RDFLIB_NAMES[syntax])


def read_by_pyld(content: bytes) -> set[Triple]:
    quads = jsonld.to_rdf(json.loads(content), {"format": "application/n-quads"})
    return read_by_oxigraph(quads.encode(), RdfFormat.N_TRIPLES)


def check_syntaxes(triples: Sequence[Triple], root: str | None) -> None:
    expected = set(triples)
    reference = read_by_rdflib(rdf_document(triples, RdfFormat.N_TRIPLES, BASE), RdfFormat.N_TRIPLES)
    for syntax in SYNTAXES:
        content = rdf_document(triples, syntax, BASE, root)
        assert read_by_oxigraph(content, syntax) == expected, syntax
        assert isomorphic(read_by_rdflib(content, syntax), reference), syntax
    assert read_by_pyld(rdf_document(triples, RdfFormat.JSON_LD, BASE, root)) == expected


def samples() -> list[Record]:
    """Of the demonstration graph: some records of every type, the largest ones among them."""
    chosen: list[Record] = []
    for type_name in RECORD_TYPES:
        records = sorted(demo_records(type_name), key=lambda record: len(str(record.canonical())))
        chosen += [records[0], records[len(records) // 2], *records[-2:]]
    return chosen


@pytest.mark.parametrize("record", samples(), ids=lambda record: record.ref)
def test_a_record_reads_back_the_same_from_every_syntax(record: Record) -> None:
    modalities = (Modality.TRIANGULAR,) if isinstance(record, Partnership) else ()
    triples = list(RdfWriter(BASE).triples(record, modalities=modalities))
    check_syntaxes(triples, node_iri(record.ref, BASE))


def test_the_vocabulary_reads_back_the_same_from_every_syntax() -> None:
    check_syntaxes(list(ontology_triples(BASE)), None)


def partnership() -> tuple[Partnership, dict[str, Any]]:
    record = next(each for each in samples() if isinstance(each, Partnership))
    content = rdf_document(
        RdfWriter(BASE).triples(record), RdfFormat.JSON_LD, BASE, node_iri(record.ref, BASE)
    )
    return record, json.loads(content)


def test_participations_nest_in_their_partnership() -> None:
    record, document = partnership()
    assert document["id"] == node_iri(record.ref, BASE)
    nested = document["qualifiedAssociation"]
    nested = nested if isinstance(nested, list) else [nested]
    assert {each["member"] for each in nested} == {node_iri(p.party, BASE) for p in record.parties}
    assert all(each["hadRole"].startswith(f"{BASE}/ns#Role-") for each in nested)


def test_a_framed_partnership_embeds_its_participations() -> None:
    record, document = partnership()
    frame = {
        "@context": context(BASE),
        "type": "schema:Project",
        "qualifiedAssociation": {"type": "prov:Association", "@embed": "@always"},
    }
    framed = jsonld.frame(document, frame)
    assert framed["id"] == node_iri(record.ref, BASE)
    assert len(framed["qualifiedAssociation"]) == len({str(p) for p in record.parties})


def test_it_is_expanded_and_compacted_by_another_tool() -> None:
    _, document = partnership()
    [expanded] = jsonld.expand(document)
    assert set(expanded["@type"]) == {SCHEMA.Project, PROV.Entity}
    again = jsonld.compact(expanded, document["@context"])
    assert again["title"] == document["title"]
    assert {each["id"] for each in again["qualifiedAssociation"]} == {
        each["id"] for each in document["qualifiedAssociation"]
    }
    assert read_by_pyld(json.dumps(again).encode()) == read_by_pyld(json.dumps(document).encode())


def test_the_context_has_no_name_twice_and_expands() -> None:
    whole = context(BASE)
    iris = [each["@id"] for each in whole.values() if isinstance(each, dict)]
    assert len(iris) == len(set(iris))
    [expanded] = jsonld.expand({"@context": whole, "id": BASE, "title": {"en": "A"}, "score": "1.5"})
    assert expanded[f"{BASE}/ns#score"][0]["@type"].endswith("#double")


def test_what_is_neither_root_nor_its_fragment_is_refused() -> None:
    triples = list(ontology_triples(BASE))
    with pytest.raises(ValueError, match="beside the root"):
        rdf_document(triples, RdfFormat.JSON_LD, BASE, f"{BASE}/ns#status")
