"""Records as RDF: as objects of pyoxigraph, and as the lines of N-Triples and N-Quads."""

from collections.abc import Iterable, Iterator
from itertools import starmap
from typing import Final, Unpack

from pyoxigraph import Literal, NamedNode, Quad, Triple

from graph_model.derive.rdf_values import Forms
from graph_model.derive.statements import Statement, StatementWriter, Told
from graph_model.record import Record


class RdfWriter(StatementWriter[NamedNode, Literal]):
    """Turns records into triples under one public base. Safe to share between threads."""

    def __init__(self, public_base: str) -> None:
        super().__init__(public_base, _OBJECTS)

    def triples(self, record: Record, **told: Unpack[Told]) -> Iterator[Triple]:
        """The triples of a record: what it states, as ``statements`` has it."""
        return starmap(Triple, self.statements(record, **told))

    def quads(self, record: Record, **told: Unpack[Told]) -> Iterator[Quad]:
        """The same in the graph that has the record's own IRI as its name."""
        graph = self.node(record.ref)
        found = self.statements(record, **told)
        return (Quad(subject, predicate, value, graph) for subject, predicate, value in found)


class LineWriter(StatementWriter[str, str]):
    """Turns records into terms in the syntax of N-Triples, and these into lines.

    A term that occurs often is written once. The bytes are those of pyoxigraph's serializer, which wants an
    object of each statement: two fifths of the time of a large dump.
    """

    def __init__(self, public_base: str) -> None:
        super().__init__(public_base, _TEXTS)

    @staticmethod
    def lines(statements: Iterable[Statement[str, str]], graph: str | None) -> str:
        """N-Quads of statements in a graph, N-Triples where there is none."""
        end = f" {graph} .\n" if graph else " .\n"
        return "".join([f"{subject} {predicate} {value}{end}" for subject, predicate, value in statements])


def _same(literal: Literal) -> Literal:
    return literal


def _named_text(iri: str) -> str:
    return str(NamedNode(iri))


_OBJECTS: Final[Forms[NamedNode, Literal]] = Forms(
    named=NamedNode, value=_same, fragment=lambda node, name: NamedNode(f"{node.value}#{name}")
)
_TEXTS: Final[Forms[str, str]] = Forms(
    named=_named_text, value=str, fragment=lambda node, name: f"{node.removesuffix('>')}#{name}>"
)
