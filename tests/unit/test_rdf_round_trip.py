"""Records survive the way through RDF, whatever serialisation and whichever library reads it."""

from collections.abc import Callable, Iterable
from typing import Any

import pyoxigraph
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple

from graph_model.derive.from_rdf import RecordReader
from graph_model.derive.rdf import RdfWriter
from graph_model.errors import InvalidRecordError
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Country, Need, Partnership
from graph_model.record import Record, declared_properties
from graph_model.relationships import Participation, Role
from tests.records import AWKWARD, records, records_of

BASE = "https://match.example.org/app"
WRITER = RdfWriter(BASE)
READER = RecordReader(BASE)
FORMATS = {
    RdfFormat.N_QUADS: "nquads",
    RdfFormat.TURTLE: "turtle",
    RdfFormat.JSON_LD: "json-ld",
}
PREFIXES = {"schema": "https://schema.org/", "dct": "http://purl.org/dc/terms/", "": f"{BASE}/ns#"}


def by_pyoxigraph(content: bytes, rdf_format: RdfFormat) -> list[Triple]:
    return [quad.triple for quad in pyoxigraph.parse(content, rdf_format)]


def by_rdflib(content: bytes, rdf_format: RdfFormat) -> list[Triple]:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=content.decode(), format=FORMATS[rdf_format])
    return [Triple(term(s), NamedNode(str(p)), term(o)) for s, p, o in dataset.triples((None, None, None))]


def term(node: Any) -> Any:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if node.language:
        return Literal(str(node), language=node.language)
    return Literal(str(node), datatype=NamedNode(str(node.datatype))) if node.datatype else Literal(str(node))


def read(record: Record, triples: Iterable[Triple]) -> Record:
    reading = READER.read(WRITER.node(record.ref), triples)
    assert reading.notes == ()
    return reading.record


def without_order(record: Record) -> dict[str, Any]:
    content = record.canonical()
    for name, declaration in declared_properties(type(record)).items():
        if declaration.ordered is None and isinstance(content.get(name), list):
            content[name] = sorted(content[name])
    return content


# rdflib's own parsers of data sets still use the attribute that it deprecates.
@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")
@pytest.mark.parametrize("parsed", [by_pyoxigraph, by_rdflib])
@pytest.mark.parametrize("rdf_format", FORMATS, ids=FORMATS.values())
@pytest.mark.parametrize("type_name", RECORD_TYPES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_record_survives_the_way_through_rdf(
    type_name: str,
    rdf_format: RdfFormat,
    parsed: Callable[[bytes, RdfFormat], list[Triple]],
    data: st.DataObject,
) -> None:
    record = data.draw(records_of(type_name))
    statements = WRITER.quads(record) if rdf_format is RdfFormat.N_QUADS else WRITER.triples(record)
    content = pyoxigraph.serialize(statements, format=rdf_format, prefixes=PREFIXES)
    assert content is not None
    again = read(record, parsed(content, rdf_format))
    assert again.content_hash == record.content_hash
    assert without_order(again) == without_order(record)


@settings(max_examples=100, deadline=None)
@given(records, st.randoms(use_true_random=False))
def test_the_order_of_the_statements_does_not_matter(record: Record, random: Any) -> None:
    triples = list(WRITER.triples(record))
    random.shuffle(triples)
    assert read(record, [*triples, *triples[:3]]) == read(record, WRITER.triples(record))


@pytest.mark.parametrize("text", AWKWARD)
def test_a_text_comes_back_character_by_character(text: str) -> None:
    written = need(title={"zh": text}, description={"ar": (text * 900)[:20_000]})
    content = pyoxigraph.serialize(WRITER.triples(written), format=RdfFormat.N_TRIPLES)
    assert content is not None
    assert read(written, by_pyoxigraph(content, RdfFormat.N_TRIPLES)) == written


def test_what_the_graph_computes_is_not_read_back() -> None:
    record = partnership()
    moment = record.retrieved_at
    triples = WRITER.triples(record, modalities=[Modality.TRIANGULAR], created_at=moment, modified_at=moment)
    assert read(record, triples) == record


def test_a_party_may_have_two_roles_and_one_role_twice() -> None:
    record = partnership(
        parties=[
            Participation.model_validate(each)
            for each in (
                {"party": "country/KEN", "role": Role.PIVOTAL, "from": "2010", "to": "2012-05"},
                {"party": "country/KEN", "role": Role.PIVOTAL, "from": "2015-01-31"},
                {"party": "country/KEN", "role": Role.BENEFICIARY},
            )
        ]
    )
    assert read(record, WRITER.triples(record)) == record


def test_languages_keep_their_order_of_importance() -> None:
    record = Country(
        id="KEN",
        name={"en": "Kenya"},
        region="Africa",
        subregion="Eastern Africa",
        developing=True,
        languages=["sw", "en", "aa"],
        source="t",
    )
    again = read(record, sorted(WRITER.triples(record), key=str))
    assert isinstance(again, Country)
    assert again.languages == ["sw", "en", "aa"]


def test_what_has_no_place_is_noted_and_the_rest_read() -> None:
    record = need()
    subject = WRITER.node(record.ref)
    extra = Triple(subject, NamedNode("https://schema.org/price"), Literal("12"))
    reading = READER.read(subject, [*WRITER.triples(record), extra])
    assert reading.record == record
    assert [(note.field, note.value) for note in reading.notes] == [("https://schema.org/price", "12")]


@pytest.mark.parametrize(
    ("predicate", "value", "field"),
    [
        ("http://purl.org/dc/terms/title", Literal("no language"), "title"),
        ("http://purl.org/dc/terms/title", Literal("a second one", language="en"), "title_en"),
        ("http://purl.org/dc/terms/source", Literal("another"), "source"),
        ("http://purl.org/dc/terms/rights", Literal("x", language="en"), "licence"),
        ("http://purl.org/dc/terms/language", Literal("en"), "original_language"),
        ("http://purl.org/dc/terms/subject", NamedNode("https://elsewhere.example/x"), "clusters"),
        (f"{BASE}/ns#resource", NamedNode(f"{BASE}/ns#Resource-gold"), "resources"),
        (f"{BASE}/ns#status", NamedNode(f"{BASE}/ns#Status-draft"), "status"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(
    predicate: str, value: Any, field: str
) -> None:
    record = need()
    subject = WRITER.node(record.ref)
    given_twice = predicate.endswith("language")  # two values, or one of the wrong kind
    triples = [t for t in WRITER.triples(record) if not (given_twice and t.predicate.value == predicate)]
    with pytest.raises(InvalidRecordError) as caught:
        READER.read(subject, [*triples, Triple(subject, NamedNode(predicate), value)])
    assert [problem.field for problem in caught.value.problems] == [field]


def test_an_address_elsewhere_is_no_record() -> None:
    with pytest.raises(InvalidRecordError, match="no address of a record"):
        READER.read(NamedNode("https://elsewhere.example/need/x"), [])


def need(**values: Any) -> Need:
    return Need.model_validate(
        {"id": "n", "title": {"en": "T"}, "sought_by": ["country/KEN"], "source": "test"} | values
    )


def partnership(**values: Any) -> Partnership:
    return Partnership.model_validate(
        {
            "id": "p",
            "title": {"en": "T"},
            "start": "2019-05",
            "retrieved_at": "2024-01-01T00:00:00Z",
            "parties": [{"party": "country/KEN", "role": "pivotal"}],
            "source": "test",
        }
        | values
    )
