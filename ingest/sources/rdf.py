"""RDF: an export of a Trimatch, read back as it was, or records of others that fit the model.

A record of a Trimatch says itself which instance minted it (``base_of``), so that an export of any instance
is read without being told its address. N-Triples and N-Quads in the order of an export are read one record at
a time; everything else is loaded into a store on disk first. Records of others are held against the shapes.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, serialize

from graph_model.derive.from_rdf import RecordReader
from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record
from graph_model.vocabulary import RDF
from ingest.knowledge import Knowledge
from ingest.sources.rdf_files import LINE_FORMATS, RdfFile
from ingest.sources.rdf_foreign import ForeignRecords
from ingest.sources.rdf_nodes import LoadedNodes, RdfRecord, Subject, base_of
from ingest.sources.rows import LONGEST_RAW, BadRow, Converted, RawRow

if TYPE_CHECKING:
    from ingest.sources.rdf_validation import ShapeValidator

MOST_TRIPLES: Final = 100_000
"""Statements of one record: what has more is damage, or an attack on the memory."""
_LOOKED_AT: Final = 1_000
_SHOWN_TRIPLES: Final = 20
_APART: Final = (
    "states no {base}/ns#status here: either it is no record of {base}, as the others are, and belongs into "
    "a file of its own, or its statements are not together; bring those of each record together"
)

Row = RawRow[RdfRecord] | BadRow


class RdfSource:
    """Records of an RDF file. public_base: of the instance that they go into."""

    name = "rdf"

    def __init__(self, public_base: str) -> None:
        self._base = public_base

    def read(self, path: Path) -> Iterator[Row]:
        """The records, numbered in the order in which they are read. Raises UnreadableFileError."""
        file = RdfFile(path)
        base = _streamed_base(file)
        return _streamed(file, base) if base is not None else self._loaded(file)

    def convert(self, row: RawRow[RdfRecord], knowledge: Knowledge) -> Converted:  # noqa: ARG002
        """The record of a row. Raises InvalidRecordError, pydantic.ValidationError."""
        content = row.content
        if content.foreign:
            problems = self._validator.problems(content.subject, content.triples)
            if problems:
                raise InvalidRecordError(problems)
        reading = RecordReader(content.base).read(content.subject, content.triples)
        return Converted(reading.record, notes=list(reading.notes))

    @cached_property
    def _validator(self) -> "ShapeValidator":
        from ingest.sources.rdf_validation import ShapeValidator  # slow to load, and only needed here

        return ShapeValidator(self._base)

    def _loaded(self, file: RdfFile) -> Iterator[Row]:
        with file.loaded() as store:
            nodes = LoadedNodes(store, self._base)
            foreign = ForeignRecords(self._base, nodes.ref)
            number = 0
            for subject in nodes.subjects():
                row = self._row(nodes, foreign, subject, number + 1)
                if row is not None:
                    number += 1
                    yield row

    def _row(self, nodes: LoadedNodes, foreign: ForeignRecords, subject: Subject, number: int) -> Row | None:
        about = nodes.about(subject)
        kinds = nodes.kinds(subject)
        base = base_of(subject, about)
        if base is not None and isinstance(subject, NamedNode):
            own = RECORD_TYPES[(RecordReader(base).ref(subject.value) or "").partition("/")[0]]
            return _good(number, RdfRecord(subject, nodes.record(subject, own, base), base))
        if not kinds:
            return self._unknown(nodes, subject, about, number)
        if not isinstance(subject, NamedNode):
            reason = f"a {kinds[0].type_name} without an address; give it an IRI instead of a blank node"
            return _bad(number, "id", str(subject), reason, about)
        if len(kinds) > 1:
            types = " and ".join(kind.type_name for kind in kinds)
            return _bad(number, "type", subject.value, f"is a {types} at once; split it", about)
        record = foreign.record(subject, kinds[0], nodes.record(subject, kinds[0], self._base))
        if len(record.triples) > MOST_TRIPLES:
            return _too_long(number, subject.value, about)
        return _good(number, record, about)

    def _unknown(
        self, nodes: LoadedNodes, subject: Subject, about: list[Triple], number: int
    ) -> BadRow | None:
        """What is no record: nothing where it belongs to one, or to what an instance says of itself."""
        if not isinstance(subject, NamedNode) or nodes.is_part_of_a_record(about):
            return None
        if nodes.is_of_an_instance(subject.value):
            return None
        types = [getattr(t.object, "value", "") for t in about if t.predicate.value == RDF.type]
        return _bad(number, "type", ", ".join(types), self._known_classes(), about)

    def _known_classes(self) -> str:
        known = ", ".join(map(_class, RECORD_TYPES.values()))
        return f"has no class of a record; give it the rdf:type of one: {known}"


def _class(kind: type[Record]) -> str:
    scheme = f" in the scheme of {kind.label}s" if kind.concept_scheme else ""
    return f"{kind.rdf_type}{scheme}"


def _streamed_base(file: RdfFile) -> str | None:
    """The public base of an export that can be read one record at a time; None for any other file."""
    if file.format not in LINE_FORMATS:
        return None
    head = [each for each in islice(file.quads(), _LOOKED_AT) if isinstance(each, Quad)]
    if not head or head[0].predicate.value != RDF.type:
        return None
    first = head[0].subject
    if not isinstance(first, NamedNode) or head[0].graph_name not in (first, DefaultGraph()):
        return None
    return base_of(first, head)


def _streamed(file: RdfFile, base: str) -> Iterator[Row]:
    """The records of an export, each with all of its statements together, in constant memory."""
    reader = RecordReader(base)
    number = 0
    for subject, triples, mistakes in _blocks(file):
        if reader.ref(subject.value) is None and subject.value.startswith(f"{base}/") and not mistakes:
            continue  # what the instance says of itself
        number += 1
        if mistakes:
            yield BadRow(number, tuple(mistakes), _raw(subject, triples))
        elif len(triples) > MOST_TRIPLES:
            yield _too_long(number, subject.value, triples)
        elif base_of(subject, triples) != base:
            yield _bad(number, "id", subject.value, _APART.format(base=base), triples)
        elif isinstance(subject, NamedNode):
            yield _good(number, RdfRecord(subject, tuple(triples), base))


def _blocks(
    file: RdfFile,
) -> Iterator[tuple[Subject, list[Triple], list[FieldProblem]]]:
    """Subject, statements and unreadable lines of each record: those of a graph, else from class to class."""
    subject: Subject | None = None
    graph: object = None
    triples: list[Triple] = []
    mistakes: list[FieldProblem] = []
    for quad in file.quads():
        if isinstance(quad, SyntaxError):
            mistakes.append(FieldProblem(f"line {quad.lineno}", "", f"{quad.msg}; correct this line"))
            continue
        if subject is None or _begins(quad, subject, graph):
            if subject is not None:
                yield subject, triples, mistakes
                triples, mistakes = [], []
            graph = quad.graph_name
            subject = graph if isinstance(graph, NamedNode) else _subject(quad)
        if len(triples) <= MOST_TRIPLES:
            triples.append(quad.triple)
    if subject is not None:
        yield subject, triples, mistakes


def _begins(quad: Quad, subject: Subject, graph: object) -> bool:
    """Whether a statement is the first one of another record."""
    if quad.graph_name != graph:
        return True
    if isinstance(graph, NamedNode) or quad.predicate.value != RDF.type:
        return False
    about = quad.subject
    return (
        isinstance(about, NamedNode) and about != subject and not about.value.startswith(f"{subject.value}#")
    )


def _subject(quad: Quad) -> Subject:
    """The subject; no format of lines has a statement there."""
    if isinstance(quad.subject, Triple):
        raise TypeError(f"a statement cannot be a subject: {quad}")
    return quad.subject


def _good(number: int, record: RdfRecord, shown: Iterable[Triple] | None = None) -> RawRow[RdfRecord]:
    return RawRow(number, record, _raw(record.subject, shown if shown is not None else record.triples))


def _too_long(number: int, iri: str, triples: Iterable[Triple]) -> BadRow:
    reason = f"has more than {MOST_TRIPLES:,} statements; no record needs as many"
    return _bad(number, "id", iri, reason, triples)


def _bad(number: int, field: str, value: str, reason: str, triples: Iterable[Triple]) -> BadRow:
    triples = list(triples)
    first = next(iter(triples), None)
    return BadRow(
        number, (FieldProblem(field, value, reason),), _raw(first.subject if first else None, triples)
    )


def _raw(subject: object, triples: Iterable[Triple]) -> str:
    """The beginning of a record in N-Triples, for the person who corrects it."""
    some = list(islice(triples, _SHOWN_TRIPLES))
    text = serialize(some, format=RdfFormat.N_TRIPLES) or b""
    return text.decode()[:LONGEST_RAW] or str(subject)
