"""Puts the synthetic graph into a real Neo4j and into a vector index, in bulk.

Nodes and relationships have every property that the model reads, so that whole records come back through
``Store``. They bypass its writing (a thousand records a second) and leave no entry in the change log.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

import neo4j
import numpy as np
from neo4j.vector import Vector
from numpy.typing import NDArray

from bench._sentences import record_vectors, record_words, sentences
from bench._synthetic import MULTILATERALS, Kind, SyntheticGraph, content_hash, counted
from graph_model.derive import cypher
from graph_model.nodes import RECORD_TYPES, StakeholderKind
from graph_model.store import Store
from ingest.demo_graph import demo_records
from search.vector_index import IndexedPoint, VectorIndex

VECTOR_INDEX: Final = "record_embedding"
_BATCH: Final = 10_000
_VECTORS_A_BATCH: Final = 2_000
_POINTS_A_BATCH: Final = 5_000
_WRITTEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FIELD: Final = {
    Kind.NEED: "sought_by",
    Kind.OFFER: "offered_by",
    Kind.PRACTICE: "shared_by",
    Kind.PARTNERSHIP: "parties",
}
_RESOURCES: Final = ("technical", "human", "financial")

Item = TypeVar("Item")


class GraphLoader:
    """Loads the nodes of a graph in order; more of them at every call."""

    def __init__(self, graph: SyntheticGraph, driver: neo4j.Driver) -> None:
        self._graph = graph
        self._driver = driver
        self._organisations = 0
        self.loaded = 0

    def load_fixed(self, store: Store) -> None:
        """Countries, clusters, SDG goals and multilaterals."""
        for type_name in ("country", "sdg", "cluster"):
            records = [
                record
                for record in demo_records(type_name)
                if type_name != "sdg" or record.ref in self._graph.sdgs
            ]
            if type_name == "cluster":
                records = [record.model_copy(update={"sdgs": []}) for record in records]
            for batch in _batches(records, 500):
                store.write(batch)
        first = len(self._graph.countries)
        rows = [
            _organisation(self._graph.party_ref(first + place), StakeholderKind.MULTILATERAL, place)
            for place in range(MULTILATERALS)
        ]
        self._create_nodes("stakeholder", rows)

    def load_to(self, stop: int) -> None:
        """The invented nodes up to before stop."""
        for start in range(self.loaded, stop, _BATCH):
            self._load(start, min(start + _BATCH, stop))
        self.loaded = stop

    def load_vectors(self, base: NDArray[np.float32], timeout_seconds: int) -> None:
        """Embeddings of offers, practices and partnerships, and Neo4j's own vector index over them."""
        for start in range(0, self.loaded, _BATCH):
            stop = min(start + _BATCH, self.loaded)
            vectors = record_vectors(base, self._graph.sentence, start, stop)
            rows = [
                {"ref": self._graph.ref(node), "vector": Vector(vectors[node - start])}
                for node in counted(self._graph, start, stop)
            ]
            for batch in _batches(rows, _VECTORS_A_BATCH):
                self._write(
                    f"UNWIND $rows AS row MATCH (n:{cypher.COMMON_LABEL} {{ref: row.ref}}) "
                    "CALL db.create.setNodeVectorProperty(n, 'embedding', row.vector)",
                    batch,
                )
        self._driver.execute_query(
            f"CREATE VECTOR INDEX {VECTOR_INDEX} FOR (n:{cypher.COMMON_LABEL}) ON (n.embedding) "
            f"OPTIONS {{indexConfig: {{`vector.dimensions`: {base.shape[1]}, "
            "`vector.similarity_function`: 'cosine'}}"
        )
        self._driver.execute_query(f"CALL db.awaitIndexes({timeout_seconds})")

    def _load(self, start: int, stop: int) -> None:
        graph = self._graph
        nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        ends: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        first = len(graph.countries) + MULTILATERALS
        for node in (start + np.flatnonzero(graph.kind[start:stop] == Kind.STAKEHOLDER)).tolist():
            kind, seat = graph.organisation(node)
            ref = graph.party_ref(first + self._organisations)
            self._organisations += 1
            nodes["stakeholder"].append(_organisation(ref, kind, node))
            ends["stakeholder", "country"].append({"ref": ref, "end": seat, "properties": {}})
        clusters, sdgs = graph.topics
        for node, parties in graph.members_of(start, stop):
            kind_of_node, ref = Kind(int(graph.kind[node])), graph.ref(node)
            type_name = kind_of_node.name.lower()
            nodes[type_name].append(_record(graph, node, kind_of_node))
            for party, capacity in parties:
                role = {"role": capacity.name.lower()} if kind_of_node is Kind.PARTNERSHIP else {}
                ends[type_name, _FIELD[kind_of_node]].append({"ref": ref, "end": party, "properties": role})
            for name, known, found in (
                ("clusters", graph.clusters, clusters[node]),
                ("sdgs", graph.sdgs, sdgs[node]),
            ):
                ends[type_name, name] += [
                    {"ref": ref, "end": known[place], "properties": {}} for place in found
                ]
        for type_name in sorted(nodes, key=list(RECORD_TYPES).index):
            self._create_nodes(type_name, nodes[type_name])
        for (type_name, field), rows in ends.items():
            for batch in _batches(rows, _BATCH):
                self._write(cypher.write_relationships(RECORD_TYPES[type_name], field, [])[0], batch)

    def _create_nodes(self, type_name: str, rows: list[dict[str, Any]]) -> None:
        label = RECORD_TYPES[type_name].label
        self._write(f"UNWIND $rows AS row CREATE (n:{cypher.COMMON_LABEL}:{label}) SET n = row", rows)

    def _write(self, query: str, rows: list[dict[str, Any]]) -> None:
        self._driver.execute_query(cypher.model_text(query), {"rows": rows})


def fill_index(
    graph: SyntheticGraph, index: VectorIndex, base: NDArray[np.float32], start: int, stop: int
) -> int:
    """Index the offers, practices and partnerships from start to before stop; how many."""
    clusters, sdgs = graph.topics
    done = 0
    for first in range(start, stop, _POINTS_A_BATCH):
        last = min(first + _POINTS_A_BATCH, stop)
        vectors = record_vectors(base, graph.sentence, first, last)
        points = [
            IndexedPoint(
                graph.ref(node),
                vectors[node - first],
                text_of(graph, node),
                {
                    "ref": graph.ref(node),
                    "type": Kind(int(graph.kind[node])).name.lower(),
                    "clusters": [graph.clusters[place].partition("/")[2] for place in clusters[node]],
                    "sdgs": [graph.sdgs[place].partition("/")[2] for place in sdgs[node]],
                    "status": "published",
                    "language": "en",
                    "authenticity": "illustrative",
                },
            )
            for node in counted(graph, first, last)
        ]
        index.upsert(points)
        done += len(points)
    index.flush()
    return done


def text_of(graph: SyntheticGraph, node: int) -> str:
    """The text of a record that is searched by words."""
    return f"{sentences()[int(graph.sentence[node])]}\n{record_words(node)}"


def _bookkeeping(ref: str) -> dict[str, Any]:
    type_name, _, identifier = ref.partition("/")
    return {
        "ref": ref,
        "id": identifier,
        "type": type_name,
        "content_hash": content_hash(ref),
        "created_at": _WRITTEN,
        "modified_at": _WRITTEN,
        "ever_published": True,
        "status": "published",
        "source": "synthetic",
        "original_language": "en",
        "authenticity": "illustrative",
    }


def _organisation(ref: str, kind: str, number: int) -> dict[str, Any]:
    return _bookkeeping(ref) | {"name_en": f"{record_words(number).title()} {kind}", "kind": str(kind)}


def _record(graph: SyntheticGraph, node: int, kind: Kind) -> dict[str, Any]:
    title = sentences()[int(graph.sentence[node])]
    properties = _bookkeeping(graph.ref(node)) | {"title_en": title, "description_en": text_of(graph, node)}
    if kind is Kind.PARTNERSHIP:
        year = int(graph.year[node])
        return properties | {"start": str(year), "end": str(year + node % 4), "private_sector": False}
    if kind is Kind.PRACTICE:
        return properties
    return properties | {"resources": [_RESOURCES[node % len(_RESOURCES)]]}


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
