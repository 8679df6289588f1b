"""A client of Linked Data Event Streams, after the LDES and TREE specifications and with rdflib alone.

It reads in ascending order (``ldes:timestampPath``, then ``ldes:sequencePath``), hands out each member once,
and can stop after any of them: the state is plain JSON. It knows paths that are single predicates.
"""

import heapq
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rdflib import RDF, BNode, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

LDES = Namespace("https://w3id.org/ldes#")
TREE = Namespace("https://w3id.org/tree#")

PARSERS = {
    "application/trig": "trig",
    "application/n-quads": "nquads",
    "application/ld+json": "json-ld",
    "text/turtle": "turtle",
    "application/n-triples": "nt",
}
AT_LEAST = {TREE.GreaterThanRelation, TREE.GreaterThanOrEqualToRelation, TREE.EqualToRelation}
AT_MOST = {TREE.LessThanRelation, TREE.LessThanOrEqualToRelation, TREE.EqualToRelation}

Triples = frozenset[tuple[Node, Node, Node]]


@dataclass(frozen=True)
class Answer:
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Fetch = Callable[[str, Mapping[str, str]], Answer]
"""Sends a GET request to an address with these headers."""


@dataclass(frozen=True)
class Version:
    """A member. entity: what it is a version of. deletes: whether it ends the entity."""

    iri: str
    at: datetime
    sequence: int
    entity: str
    deletes: bool
    content: Triples

    @property
    def key(self) -> tuple[datetime, int]:
        return (self.at, self.sequence)


@dataclass
class State:
    """What a client must know to go on: how far it came, and the answers that may still be valid."""

    bookmark: tuple[datetime, int] | None = None
    emitted_at_bookmark: list[str] = field(default_factory=list)
    kept: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By the address of a node that may still change: entity tag, media type and body."""

    def to_json(self) -> str:
        bookmark = [self.bookmark[0].isoformat(), self.bookmark[1]] if self.bookmark else None
        return json.dumps(
            {"bookmark": bookmark, "emitted": self.emitted_at_bookmark, "kept": self.kept}, sort_keys=True
        )

    @classmethod
    def from_json(cls, text: str) -> "State":
        plain = json.loads(text)
        found = plain["bookmark"]
        bookmark = (datetime.fromisoformat(found[0]), found[1]) if found else None
        kept = {key: (value[0], value[1], value[2]) for key, value in plain["kept"].items()}
        return cls(bookmark, plain["emitted"], kept)

    def has_emitted(self, version: Version) -> bool:
        if self.bookmark is None or version.key > self.bookmark:
            return False
        return version.key < self.bookmark or version.iri in self.emitted_at_bookmark

    def emit(self, version: Version) -> None:
        if version.key != self.bookmark:
            self.emitted_at_bookmark = []
        self.bookmark = version.key
        self.emitted_at_bookmark.append(version.iri)


class Client:
    """Follows one event stream from one address."""

    def __init__(
        self, fetch: Fetch, address: str, state: State | None = None, accept: str = "application/trig"
    ) -> None:
        self.fetch = fetch
        self.address = address
        self.state = state or State()
        self.accept = accept
        self.stream = URIRef("")
        self.context = Graph()
        self.visited: list[str] = []

    def run(self) -> Iterator[Version]:
        """One synchronisation: members that were not handed out yet, in order."""
        self.visited = []
        root, graph = self._root()
        seen = {root}
        waiting: list[tuple[bool, datetime | None, str]] = []
        ready: list[tuple[datetime, int, str, Version]] = []
        self._take(root, graph, waiting, ready, seen)
        while waiting or ready:
            while ready and self._nothing_precedes(ready[0][0], waiting):
                version = heapq.heappop(ready)[3]
                self.state.emit(version)
                yield version
            if waiting:
                waiting.sort(key=lambda item: (item[0], item[1] or datetime.min, item[2]))
                address = waiting.pop(0)[2]
                self._take(address, self._node(address), waiting, ready, seen)

    @staticmethod
    def _nothing_precedes(moment: datetime, waiting: list[tuple[bool, datetime | None, str]]) -> bool:
        return all(bound is not None and moment < bound for _, bound, _ in waiting)

    def _root(self) -> tuple[str, Dataset]:
        address = self.address.partition("#")[0]
        graph = self._node(address)
        views = list(graph.default_graph.subjects(TREE.view, URIRef(address)))
        if not views:
            [other] = graph.default_graph.objects(URIRef(self.address), TREE.view)
            address, views = str(other), [URIRef(self.address)]
            graph = self._node(address)
        [stream] = views
        assert isinstance(stream, URIRef)
        self.stream = stream
        self.context = Graph()
        for triple in graph.default_graph:
            self.context.add(triple)
        return address, graph

    def _node(self, address: str) -> Dataset:
        self.visited.append(address)
        kept = self.state.kept.get(address)
        headers = {"Accept": self.accept} | ({"If-None-Match": kept[0]} if kept else {})
        answer = self.fetch(address, headers)
        graph = Dataset()
        if answer.status == 410:
            return graph
        if answer.status == 304:
            assert kept is not None
            _, media_type, text = kept
        else:
            assert answer.status == 200, (address, answer.status, answer.body[:500])
            media_type = answer.headers["content-type"].partition(";")[0]
            text = answer.body.decode()
            if "immutable" in answer.headers.get("cache-control", ""):
                self.state.kept.pop(address, None)
            elif "etag" in answer.headers:
                self.state.kept[address] = (answer.headers["etag"], media_type, text)
        target = (
            graph
            if media_type in ("application/trig", "application/n-quads", "application/ld+json")
            else graph.default_graph
        )
        target.parse(data=text, format=PARSERS[media_type], publicID=address)
        return graph

    def _take(
        self,
        address: str,
        graph: Dataset,
        waiting: list[tuple[bool, datetime | None, str]],
        ready: list[tuple[datetime, int, str, Version]],
        seen: set[str],
    ) -> None:
        for member in graph.default_graph.objects(self.stream, TREE.member):
            assert isinstance(member, URIRef), "members are IRIs"
            version = self._version(graph, member)
            if not self.state.has_emitted(version):
                heapq.heappush(ready, (version.at, version.sequence, version.iri, version))
        for target, (lowest, highest) in self._relations(address, graph.default_graph).items():
            finished = self.state.bookmark and highest and highest < self.state.bookmark[0]
            if target not in seen and not finished:
                seen.add(target)
                waiting.append((lowest is not None, lowest, target))

    def _relations(self, address: str, graph: Graph) -> dict[str, tuple[datetime | None, datetime | None]]:
        """By target, the earliest and latest time of its members, where the relations say so."""
        found: dict[str, tuple[datetime | None, datetime | None]] = {}
        for relation in graph.objects(URIRef(address), TREE.relation):
            [target] = graph.objects(relation, TREE.node)
            lowest, highest = found.get(str(target), (None, None))
            if graph.value(relation, TREE.path) == self._path(LDES.timestampPath):
                kinds = set(graph.objects(relation, RDF.type))
                value = graph.value(relation, TREE.value)
                assert isinstance(value, Literal)
                moment = value.toPython()
                assert isinstance(moment, datetime)
                lowest = moment if kinds & AT_LEAST else lowest
                highest = moment if kinds & AT_MOST else highest
            found[str(target)] = (lowest, highest)
        return found

    def _path(self, name: URIRef) -> URIRef:
        found = self.context.value(self.stream, name)
        assert isinstance(found, URIRef), f"{name} is no single predicate"
        return found

    def _version(self, graph: Dataset, member: URIRef) -> Version:
        default = graph.default_graph
        star = set(_star(default, member))
        payload = set(graph.graph(member))
        time_path, sequence_path = self._path(LDES.timestampPath), self._path(LDES.sequencePath)
        entity_path = self._path(LDES.versionOfPath)
        [at], [sequence], [entity] = (
            [value for subject, path, value in star if subject == member and path == wanted]
            for wanted in (time_path, sequence_path, entity_path)
        )
        deletes = (member, RDF.type, self._path(LDES.versionDeleteObject)) in star
        if not payload and not deletes:
            activities = {
                self.context.value(self.stream, name)
                for name in (LDES.versionCreateObject, LDES.versionUpdateObject)
            }
            payload = {
                (entity if subject == member else subject, path, entity if value == member else value)
                for subject, path, value in star
                if path not in (time_path, sequence_path, entity_path) and value not in activities
            }
        return Version(
            iri=str(member),
            at=_python(at),
            sequence=_python(sequence),
            entity=str(entity),
            deletes=deletes,
            content=frozenset(payload),
        )


def _star(graph: Graph, focus: Node, done: set[Node] | None = None) -> Iterator[tuple[Node, Node, Node]]:
    """The triples of a node, and those of blank nodes behind it."""
    done = done if done is not None else set()
    if focus in done:
        return
    done.add(focus)
    for triple in graph.triples((focus, None, None)):
        yield triple
        if isinstance(triple[2], BNode):
            yield from _star(graph, triple[2], done)


def _python(value: Node) -> Any:
    assert isinstance(value, Literal)
    return value.toPython()


class Replica:
    """What a harvester keeps: the triples of each entity, as its last version told them."""

    def __init__(self) -> None:
        self.entities: dict[str, Triples] = {}

    def apply(self, version: Version) -> None:
        if version.deletes:
            self.entities.pop(version.entity, None)
        else:
            self.entities[version.entity] = version.content
