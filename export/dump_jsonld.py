"""A dump in JSON-LD 1.1, written node by node: one document whose context declares prefixes alone.

What a record says of another one stands in a node object of that other one beside its own; readers join them.
"""

from collections.abc import Iterable
from typing import IO, Any

import pydantic_core
from pyoxigraph import Literal, NamedNode

from export.jsonld import prefixes
from export.published import PublicRecord
from graph_model.derive.rdf import RdfWriter
from graph_model.vocabulary import RDF, XSD


def write_jsonld(
    records: Iterable[PublicRecord], writer: RdfWriter, public_base: str, output: IO[bytes]
) -> None:
    """Write one document; raises what the iteration and the writing do."""
    names = _Names(public_base)
    head = pydantic_core.to_json({"@version": 1.1, **names.prefixes})
    output.write(b'{"@context":' + head + b',"@graph":[')
    separator = b"\n"
    for record in records:
        for node in _nodes(record, writer, names):
            output.write(separator + pydantic_core.to_json(node))
            separator = b",\n"
    output.write(b"\n]}\n")


class _Names:
    """Short names of predicates, classes and datatypes, each looked for once."""

    def __init__(self, public_base: str) -> None:
        self.prefixes = prefixes(public_base)
        self._known: dict[str, str] = {}

    def short(self, iri: str) -> str:
        """``prefix:name`` where there is a prefix, else the IRI."""
        name = self._known.get(iri)
        if name is None:
            name = self._known[iri] = next(
                (
                    f"{prefix}:{iri.removeprefix(namespace)}"
                    for prefix, namespace in self.prefixes.items()
                    if iri.startswith(namespace)
                ),
                iri,
            )
        return name


def _nodes(record: PublicRecord, writer: RdfWriter, names: _Names) -> Iterable[dict[str, Any]]:
    """The node objects of a record, its own first."""
    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, value in record.statements(writer):
        iri = subject.value
        node = nodes.get(iri)
        if node is None:
            node = nodes[iri] = {"@id": iri}
        if predicate.value == RDF.type:
            node.setdefault("@type", []).append(names.short(value.value))
        else:
            node.setdefault(names.short(predicate.value), []).append(_value(value, names))
    return nodes.values()


def _value(value: NamedNode | Literal, names: _Names) -> dict[str, str] | str:
    if isinstance(value, NamedNode):
        return {"@id": value.value}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    datatype = value.datatype.value
    if datatype == XSD.string:
        return value.value
    return {"@value": value.value, "@type": names.short(datatype)}
