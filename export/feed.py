"""The change log as a Linked Data Event Stream (LDES), paged by a TREE search tree.

The root leads to ranges, a range to pages, and a page holds the members of a fixed range of changes: a full
page or range gets no member any more. A member is the fragment ``version-{sequence}`` of its record's
address, so that whoever follows its IRI comes to the record, or learns that it is gone.

In a format with named graphs, the default graph says of a member what became of which record and when, and
the graph named by the member holds the record's triples as they were: a replica replaces the record by them.
A format without holds version objects: the same triples told of the member instead of the record, its
participations as blank nodes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from export.feed_members import CREATE, DELETE, UPDATE, Member
from graph_model.derive.rdf import RdfWriter
from graph_model.vocabulary import (
    ACTIVITYSTREAMS,
    DCT,
    LDES,
    ORG,
    PROV,
    RDF,
    SCHEMA,
    SHACL,
    SHAPES_PATH,
    SKOS,
    TREE,
    XSD,
    node_iri,
)

PAGE_CHANGES: Final = 250
"""Changes that one page covers."""
RANGE_PAGES: Final = 100
"""Pages that one range leads to."""
POLLING_SECONDS: Final = 60

_PREFIXES: Final = {
    "as": str(ACTIVITYSTREAMS),
    "dct": str(DCT),
    "ldes": str(LDES),
    "org": str(ORG),
    "prov": str(PROV),
    "schema": str(SCHEMA),
    "sh": str(SHACL),
    "skos": str(SKOS),
    "tree": str(TREE),
    "xsd": str(XSD),
}
_RETENTION: Final = (
    "Every version and every deletion is kept. A version whose record has been hidden since then is kept "
    "without its content, as a deletion, and a version does not name records that have been hidden since "
    "then; a cache may still hold a page from before."
)


@dataclass(frozen=True, slots=True)
class Stream:
    """One event stream of an instance, by its addresses. illustrative: shows illustrative records as well."""

    public_base: str
    illustrative: bool

    @property
    def root(self) -> str:
        """Address of the root node."""
        return f"{self.public_base}/feed" + ("/with-illustrative" if self.illustrative else "")

    @property
    def iri(self) -> str:
        """IRI of the event stream itself."""
        return f"{self.root}#stream"

    def page(self, number: int) -> str:
        """Address of a page."""
        return f"{self.root}/{number}"

    def range(self, number: int) -> str:
        """Address of a range."""
        return f"{self.root}/range/{number}"

    def member(self, member: Member) -> NamedNode:
        """IRI of a member; the two streams may tell different things of one version."""
        suffix = "-with-illustrative" if self.illustrative else ""
        record = node_iri(member.ref, self.public_base)
        return NamedNode(f"{record}#version-{member.sequence}{suffix}")


@dataclass(frozen=True, slots=True)
class Part:
    """A page or a range of a stream. first, last: times of its changes; last is None while it is open."""

    number: int
    first: datetime
    last: datetime | None


def root_node(stream: Stream, ranges: Sequence[Part]) -> Iterator[Quad]:
    """The stream with its context, and the way to its ranges."""
    root, described = NamedNode(stream.root), NamedNode(stream.iri)
    view, shape = NamedNode(f"{stream.root}#view"), NamedNode(f"{stream.root}#member")
    title = "Changes of the published records"
    title += ", illustrative ones included" if stream.illustrative else ""
    yield _quad(described, RDF.type, NamedNode(LDES.EventStream))
    yield _quad(described, DCT.title, Literal(title, language="en"))
    yield _quad(described, LDES.timestampPath, NamedNode(PROV.generatedAtTime))
    yield _quad(described, LDES.sequencePath, NamedNode(SCHEMA.position))
    yield _quad(described, LDES.versionOfPath, NamedNode(DCT.isVersionOf))
    yield _quad(described, LDES.versionCreateObject, NamedNode(CREATE))
    yield _quad(described, LDES.versionUpdateObject, NamedNode(UPDATE))
    yield _quad(described, LDES.versionDeleteObject, NamedNode(DELETE))
    yield _quad(described, LDES.pollingInterval, Literal(POLLING_SECONDS))
    yield _quad(described, TREE.shape, shape)
    yield _quad(described, DCT.conformsTo, NamedNode(stream.public_base + SHAPES_PATH))
    yield _quad(described, TREE.view, root)
    yield _quad(root, RDF.type, NamedNode(TREE.Node))
    yield _quad(root, TREE.viewDescription, view)
    yield _quad(view, RDF.type, NamedNode(LDES.EventSource))
    yield _quad(view, DCT.description, Literal(_RETENTION, language="en"))
    yield from _member_shape(shape)
    for part in ranges:
        yield from _relations(stream.root, stream.range(part.number), part)


def range_node(stream: Stream, number: int, pages: Sequence[Part], *, full: bool) -> Iterator[Quad]:
    """The way to the pages of one range."""
    address = stream.range(number)
    yield from _node(stream, address, full)
    for part in pages:
        yield from _relations(address, stream.page(part.number), part)


def page_node(
    stream: Stream, number: int, members: Sequence[Member], *, full: bool, named_graphs: bool
) -> Iterator[Quad]:
    """One page with its members in the order of the log, each right behind the quad that lists it.

    named_graphs: whether the format has them.
    """
    writer = RdfWriter(stream.public_base)
    yield from _node(stream, stream.page(number), full)
    for place, member in enumerate(members):
        subject = stream.member(member)
        yield _quad(NamedNode(stream.iri), TREE.member, subject)
        yield _quad(subject, RDF.type, NamedNode(member.activity))
        yield _quad(subject, DCT.isVersionOf, writer.node(member.ref))
        yield _quad(subject, PROV.generatedAtTime, _time(member.at))
        yield _quad(subject, SCHEMA.position, Literal(member.sequence))
        if member.content is not None:
            triples = member.content.triples(writer)
            if named_graphs:
                yield from (Quad(each.subject, each.predicate, each.object, subject) for each in triples)
            else:
                yield from _version_object(triples, writer.node(member.ref), subject, place)


def serialized(quads: Iterable[Quad], rdf_format: RdfFormat) -> bytes:
    """A node in a format; quads outside the default graph need one with named graphs."""
    items = quads if rdf_format.supports_datasets else (quad.triple for quad in quads)
    return serialize(items, format=rdf_format, prefixes=_PREFIXES) or b""


def _node(stream: Stream, address: str, full: bool) -> Iterator[Quad]:
    node = NamedNode(address)
    yield _quad(node, RDF.type, NamedNode(TREE.Node))
    yield _quad(node, DCT.isPartOf, NamedNode(stream.root))
    if full:
        yield _quad(node, LDES.immutable, Literal(True))


def _relations(address: str, target: str, part: Part) -> Iterator[Quad]:
    """A target lies at or after its first change, and if it is full at or before its last."""
    bounds = [("from", TREE.GreaterThanOrEqualToRelation, part.first)]
    if part.last is not None:
        bounds.append(("until", TREE.LessThanOrEqualToRelation, part.last))
    for name, kind, moment in bounds:
        relation = NamedNode(f"{address}#{name}-{part.number}")
        yield _quad(NamedNode(address), TREE.relation, relation)
        yield _quad(relation, RDF.type, NamedNode(kind))
        yield _quad(relation, TREE.node, NamedNode(target))
        yield _quad(relation, TREE.path, NamedNode(PROV.generatedAtTime))
        yield _quad(relation, TREE.value, _time(moment))


def _member_shape(shape: NamedNode) -> Iterator[Quad]:
    """What every member has, deletions included; the shapes of records hold for what it was a version of."""
    yield _quad(shape, RDF.type, NamedNode(SHACL.NodeShape))
    rules = [
        ("version-of", DCT.isVersionOf, SHACL.nodeKind, SHACL.IRI),
        ("time", PROV.generatedAtTime, SHACL.datatype, XSD.dateTime),
        ("position", SCHEMA.position, SHACL.datatype, XSD.integer),
    ]
    for name, path, constraint, value in rules:
        rule = NamedNode(f"{shape.value}-{name}")
        yield _quad(shape, SHACL.property, rule)
        yield _quad(rule, RDF.type, NamedNode(SHACL.PropertyShape))
        yield _quad(rule, SHACL.path, NamedNode(path))
        yield _quad(rule, constraint, NamedNode(value))
        yield _quad(rule, SHACL.minCount, Literal(1))
        yield _quad(rule, SHACL.maxCount, Literal(1))


def _version_object(
    triples: Iterable[Triple], record: NamedNode, version: NamedNode, place: int
) -> Iterator[Quad]:
    """The triples of a record told of a version of it.

    Participations are blank nodes, which are what a reader takes along with a member. place: of the member
    in its page, which keeps their labels apart.
    """
    blank: dict[str, BlankNode] = {}

    def renamed(node: NamedNode) -> NamedNode | BlankNode:
        if node == record:
            return version
        if node.value.startswith(f"{record.value}#"):
            return blank.setdefault(node.value, BlankNode(f"m{place}p{len(blank)}"))
        return node

    for each in triples:
        subject, value = each.subject, each.object
        yield Quad(
            renamed(subject) if isinstance(subject, NamedNode) else subject,
            each.predicate,
            renamed(value) if isinstance(value, NamedNode) else value,
            DefaultGraph(),
        )


def _quad(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(subject, NamedNode(predicate), value, DefaultGraph())


def _time(moment: datetime) -> Literal:
    return Literal(moment.isoformat(), datatype=NamedNode(XSD.dateTime))
