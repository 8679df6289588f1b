"""The stores that the engines search: records with Neo4j's own indexes, Edge, and a collection of Qdrant."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import neo4j
from neo4j import GraphDatabase
from qdrant_client import QdrantClient, models

from bench._search_data import Organisation, Vectors
from graph_model.connection import Connection
from search.edge_index import EdgeIndex
from search.vector_index import IndexedPoint, point_id

LIMIT: Final = 20
LABEL: Final = "Organisation"
VECTOR_INDEX: Final = "organisation_vectors"
WORD_INDEX: Final = "organisation_words"
COLLECTION: Final = "organisations"
_BATCH: Final = 1_000
_INDEX_SECONDS: Final = 1_800
_LUCENE: Final = re.compile(r'([+\-!(){}\[\]^"~*?:\\/]|&&|\|\|)')
_NAMES: Final = f"UNWIND $refs AS ref MATCH (n:{LABEL} {{ref: ref}}) RETURN n.ref AS ref, n.name AS name"


class Names:
    """The organisations in Neo4j: with their vectors and words indexed, and names to be read."""

    def __init__(self, connection: Connection) -> None:
        self.driver = GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password), notifications_min_severity="OFF"
        )

    def load(self, organisations: Sequence[Organisation], vectors: Vectors) -> None:
        """Write all, with their vectors."""
        self.driver.execute_query(f"CREATE CONSTRAINT FOR (n:{LABEL}) REQUIRE n.ref IS UNIQUE")
        rows = zip(organisations, vectors, strict=True)
        for batch in _batches(rows):
            self.driver.execute_query(
                f"UNWIND $rows AS row CREATE (n:{LABEL} {{ref: row.ref, name: row.name, "
                "country: row.country}) WITH n, row "
                "CALL db.create.setNodeVectorProperty(n, 'embedding', row.embedding)",
                rows=[
                    {
                        "ref": each.ref,
                        "name": each.name,
                        "country": each.country,
                        "embedding": vector.tolist(),
                    }
                    for each, vector in batch
                ],
            )

    def build_indexes(self, dimensions: int) -> None:
        """Neo4j's own indexes of vectors and words; returns when they are online."""
        self.driver.execute_query(f"CREATE INDEX FOR (n:{LABEL}) ON n.country")
        self.driver.execute_query(f"CREATE FULLTEXT INDEX {WORD_INDEX} FOR (n:{LABEL}) ON EACH [n.name]")
        # Only the newer Cypher knows vector indexes with properties to filter by; neo4j-graphrag's own
        # create_vector_index asks in the database's default language, and fails where that is Cypher 5.
        self.driver.execute_query(
            f"CYPHER 25 CREATE VECTOR INDEX {VECTOR_INDEX} FOR (n:{LABEL}) ON n.embedding WITH [n.country] "
            "OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, "
            "`vector.similarity_function`: 'cosine'}}",
            dimensions=dimensions,
        )
        self.driver.execute_query("CALL db.awaitIndexes($seconds)", seconds=_INDEX_SECONDS)

    def read(self, refs: Sequence[str]) -> list[str]:
        """The references whose records are there, each read with its name."""
        records = self.driver.execute_query(
            _NAMES, refs=list(refs), routing_=neo4j.RoutingControl.READ
        ).records
        return [str(record["ref"]) for record in records]

    def words(self, text: str, country: str | None) -> list[tuple[str, float]]:
        """The first by full text with their scores, of a country or of all."""
        records = self.driver.execute_query(
            "CALL db.index.fulltext.queryNodes($index, $text) YIELD node, score "
            "WITH node, score WHERE $country IS NULL OR node.country = $country "
            "RETURN node.ref AS ref, score ORDER BY score DESC LIMIT $limit",
            index=WORD_INDEX,
            text=lucene(text),
            country=country,
            limit=LIMIT,
        ).records
        return [(str(record["ref"]), float(record["score"])) for record in records]

    def close(self) -> None:
        """End the connections."""
        self.driver.close()


def load_qdrant(client: QdrantClient, organisations: Sequence[Organisation], vectors: Vectors) -> None:
    """Write all into a collection."""
    size = models.VectorParams(size=vectors.shape[1], distance=models.Distance.COSINE)
    client.create_collection(COLLECTION, size)
    client.upload_points(
        COLLECTION,
        (
            models.PointStruct(
                id=point_id(each.ref),
                vector=vector.tolist(),
                payload={"ref": each.ref, "country": each.country},
            )
            for each, vector in zip(organisations, vectors, strict=True)
        ),
    )


@contextmanager
def edge_index(folder: Path, organisations: Sequence[Organisation], vectors: Vectors) -> Iterator[EdgeIndex]:
    """The product's index of all, its nearest-neighbour graph built."""
    index = EdgeIndex(folder, vectors.shape[1], ("country",))
    try:
        for batch in _batches(zip(organisations, vectors, strict=True)):
            index.upsert(
                [
                    IndexedPoint(each.ref, vector, each.name, {"country": each.country})
                    for each, vector in batch
                ]
            )
        index.optimize()
        yield index
    finally:
        index.close()


def lucene(text: str) -> str:
    """The text with Lucene's operators escaped, which HybridRetriever leaves to its caller."""
    escaped = _LUCENE.sub(r"\\\1", text)
    return re.sub(r"\b(AND|OR|NOT)\b", lambda word: word[0].lower(), escaped)


def _batches(rows: Iterator[tuple[Organisation, Any]]) -> Iterator[Sequence[tuple[Organisation, Any]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
