"""A record's triples held against the shapes of the model: SHACL core, one record at a time, no SPARQL."""

from collections.abc import Iterable
from typing import Any, Final

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from pyshacl.graph_abstraction import DataGraph
from pyshacl.validator import Validator

from graph_model.derive.from_rdf import RecordReader
from graph_model.derive.from_rdf_values import Term
from graph_model.derive.shacl import PARTICIPATION, shape_iri, shapes
from graph_model.errors import FieldProblem
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.vocabulary import ORG, RDF, SHACL, SHAPES_PATH, XSD, term_iri

_LONGEST_VALUE: Final = 500
_REASONS: Final = {
    "MinCount": "is missing; state it by {path}",
    "MaxCount": "has more than one value of {path}; keep one",
    "UniqueLang": "has two texts of {path} in one language; keep one",
    "Datatype": "is not of the type {datatype}; write a value of {path} of that type",
    "Class": "is no record of the class {class} in this file or at this instance; correct the reference",
    "Or": "has none of the forms or classes that {path} may have; correct it",
    "In": "is none of: {in}",
    "Pattern": "has the wrong form; expected {pattern}",
    "MaxLength": "is longer than {maxLength} characters; shorten it",
    "MinLength": "is empty; give a value or leave it out",
    "NodeKind": "is no IRI; name a record or a page by its address",
    "HasValue": "needs {path} {hasValue}; a record of this type is nothing else",
    "QualifiedMinCount": "is missing; state it by {path}",
    "QualifiedMaxCount": "has more than one value of {path}; keep one",
    "MinInclusive": "is less than {minInclusive}",
    "MaxInclusive": "is more than {maxInclusive}",
}
"""What is wrong, by SHACL's constraint component; in braces, parameters of the shape."""


class ShapeValidator:
    """The shapes of one public base, read once."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._reader = RecordReader(public_base)
        self._graph = graph_of(shapes(public_base))
        # pyshacl.validate reads the shapes again at every call; its option use_shapes leaves out every shape
        # with an IRI that another one refers to, and focus_nodes lets each sh:or pass.
        empty = DataGraph.from_rdflib(rdflib.Graph())
        self._validator: Any = Validator(empty, shacl_graph=self._graph, options={"advanced": False})
        self._executor = self._validator.make_executor()
        self._shapes = {str(shape.node): shape for shape in self._validator.shacl_graph.shapes}

    def problems(self, subject: NamedNode, triples: Iterable[Triple]) -> list[FieldProblem]:
        """What in the triples of a record breaks its type's shape or that of its participations."""
        type_name = (self._reader.ref(subject.value) or "").partition("/")[0]
        if type_name not in RECORD_TYPES:
            return [
                FieldProblem("id", subject.value, f"is no address of a record; expected {self._base}/TYPE/ID")
            ]
        told = list(triples)
        data = DataGraph.from_rdflib(graph_of([*told, *self._classes_of_named(told)]))
        found = self._broken(type_name, data, subject.value)
        if type_name == Partnership.type_name:
            for node in _memberships(told):
                found += self._broken(PARTICIPATION, data, node)
        return list(dict.fromkeys(found))

    def _classes_of_named(self, triples: Iterable[Triple]) -> Iterable[Triple]:
        """A reference has the class that its address tells; the graph is asked later whether it is there."""
        for triple in triples:
            for term in (triple.subject, triple.object):
                if isinstance(term, NamedNode) and (ref := self._reader.ref(term.value)) is not None:
                    kind = RECORD_TYPES[ref.partition("/")[0]]
                    rdf_class = NamedNode(term_iri(kind.rdf_type, self._base))
                    yield Triple(term, NamedNode(RDF.type), rdf_class)

    def _broken(self, shape: str, data: Any, focus: str) -> list[FieldProblem]:
        validated = self._shapes[shape_iri(self._base, shape)].validate(
            self._executor, data, focus=[rdflib.URIRef(focus)]
        )
        return [self._problem(node, triples) for _, node, triples in validated[1]]

    def _problem(self, node: Any, triples: Iterable[Any]) -> FieldProblem:
        """The problem of one validation result, which pyshacl gives as triples."""
        result: dict[str, Any] = {}
        for about, predicate, value in triples:
            if about == node:
                result[str(predicate).removeprefix(str(SHACL))] = (
                    value[1] if isinstance(value, tuple) else value
                )
        component = str(result["sourceConstraintComponent"]).removeprefix(str(SHACL))
        reason = _REASONS.get(component.removesuffix("ConstraintComponent"), str(result.get("resultMessage")))
        source = rdflib.URIRef(str(result["sourceShape"]))
        value = str(result.get("value", ""))[:_LONGEST_VALUE]
        return FieldProblem(
            self._field(str(source)), value, reason.format_map(_Parameters(self._graph, source))
        )

    def _field(self, shape: str) -> str:
        name = shape.removeprefix(f"{self._base}{SHAPES_PATH}#")
        type_name, _, field = name.partition("-")
        if type_name == PARTICIPATION:
            return f"parties {field}".strip()
        return field or "id"


class _Parameters(dict[str, str]):
    """Parameters of a shape as text: lists by their members."""

    def __init__(self, graph: rdflib.Graph, shape: rdflib.URIRef) -> None:
        self._graph = graph
        self._shape = shape
        super().__init__()

    def __missing__(self, name: str) -> str:
        values = list(self._graph.objects(self._shape, rdflib.URIRef(getattr(SHACL, name))))
        if name == "in":
            values = [item for value in values for item in self._graph.items(value)]
        return ", ".join(map(self._text, values))

    def _text(self, value: rdflib.term.Node) -> str:
        """A value, or the path of another record's property that names this one."""
        backwards = self._graph.value(value, rdflib.URIRef(SHACL.inversePath))
        return str(value) if backwards is None else f"{backwards} of another record"


def _memberships(triples: Iterable[Triple]) -> list[str]:
    membership = NamedNode(ORG.Membership)
    return [t.subject.value for t in triples if t.object == membership and isinstance(t.subject, NamedNode)]


def graph_of(triples: Iterable[Triple]) -> rdflib.Graph:
    """The triples as a graph of rdflib's, with every literal as it is written."""
    graph = rdflib.Graph()
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _term(term: Term) -> rdflib.term.Node:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, Literal):
        if term.language is not None:
            return rdflib.Literal(term.value, lang=term.language)
        if term.datatype.value == XSD.string:  # rdflib's parsers leave it out, and its equality heeds it
            return rdflib.Literal(term.value)
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)
    raise TypeError(f"a triple cannot be a term here: {term}")
