"""The engines that are compared, over the same texts and vectors, each giving the references it finds."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from warnings import catch_warnings, simplefilter

import neo4j
from qdrant_client import QdrantClient, models

from bench._search_data import ExactSearch, Query, Vectors
from bench._search_stores import COLLECTION, LABEL, LIMIT, VECTOR_INDEX, WORD_INDEX, Names, lucene
from search.edge_index import EdgeIndex
from search.fusion import fused
from search.vector_index import Hit, VectorIndex, Where, ordered

Search = Callable[[Query, Vectors, str | None], list[str]]
"""(query, its vector, country to keep or None for all) to references, best first."""


@dataclass(frozen=True)
class Engine:
    """One way to search. exact: the same without approximation, which its recall is measured against.

    most_queries: a slow engine answers fewer.
    """

    name: str
    search: Search
    exact: Search
    most_queries: int = 1_000_000


def trimatch_engines(index: EdgeIndex, names: Names, exact: ExactSearch) -> list[Engine]:
    """The product's searches; the records found are then read from Neo4j, as the others do."""
    everything = cast(VectorIndex, _ExactIndex(index, exact))

    def dense(_query: Query, vector: Vectors, country: str | None) -> list[str]:
        return names.read(_refs(index.search_dense(vector, LIMIT, _where(country))))

    def hybrid(query: Query, vector: Vectors, country: str | None) -> list[str]:
        return names.read(_refs(index.search_hybrid(vector, query.text, LIMIT, _where(country))))

    def exact_hybrid(query: Query, vector: Vectors, country: str | None) -> list[str]:
        return _refs(fused(everything, vector, query.text, LIMIT, _where(country)))

    return [
        Engine("Trimatch, hybrid", hybrid, exact_hybrid),
        Engine("Trimatch, dense", dense, nearest(exact)),
    ]


def graphrag_engines(names: Names, exact: ExactSearch) -> list[Engine]:
    """neo4j-graphrag over Neo4j's own indexes.

    Its HybridRetriever knows no filter: the filter stands in the query that HybridCypherRetriever appends,
    and so applies to the twenty that were found.
    """
    from neo4j_graphrag.retrievers import HybridCypherRetriever, HybridRetriever, VectorRetriever

    shown: dict[str, Any] = {"return_properties": ["ref", "name"], "result_formatter": _item}
    hybrid = HybridRetriever(names.driver, VECTOR_INDEX, WORD_INDEX, **shown)
    of_country = HybridCypherRetriever(
        names.driver,
        VECTOR_INDEX,
        WORD_INDEX,
        "WITH node, score WHERE node.country = $country RETURN node {.ref, .name} AS node, score",
        result_formatter=_item,
    )
    dense = VectorRetriever(names.driver, VECTOR_INDEX, **shown)

    def search_hybrid(query: Query, vector: Vectors, country: str | None) -> list[str]:
        arguments: dict[str, Any] = {
            "query_text": lucene(query.text),
            "query_vector": vector.tolist(),
            "top_k": LIMIT,
        }
        if country is None:
            return _found(hybrid, **arguments)
        return _found(of_country, query_params={"country": country}, **arguments)

    def search_dense(_query: Query, vector: Vectors, country: str | None) -> list[str]:
        filters = None if country is None else {"country": country}
        return _found(dense, query_vector=vector.tolist(), top_k=LIMIT, filters=filters)

    def exact_hybrid(query: Query, vector: Vectors, country: str | None) -> list[str]:
        near = [(ref, (1 + cosine) / 2) for ref, cosine in exact.nearest(vector, LIMIT, country)]
        return highest_share(near, names.words(query.text, country))

    return [
        Engine("neo4j-graphrag, HybridRetriever", search_hybrid, exact_hybrid),
        Engine("neo4j-graphrag, VectorRetriever", search_dense, nearest(exact)),
    ]


def qdrant_engine(client: QdrantClient, names: Names, exact: ExactSearch, most_queries: int) -> Engine:
    """neo4j-graphrag over a collection of Qdrant, with the records from Neo4j."""
    from neo4j_graphrag.retrievers import QdrantNeo4jRetriever

    retriever = QdrantNeo4jRetriever(
        driver=names.driver,
        client=client,
        collection_name=COLLECTION,
        id_property_neo4j="ref",
        id_property_external="ref",
        return_properties=["ref", "name"],
        node_label_neo4j=LABEL,
        result_formatter=_item,
    )

    def search(_query: Query, vector: Vectors, country: str | None) -> list[str]:
        arguments: dict[str, Any] = {"query_vector": vector.tolist(), "top_k": LIMIT}
        if country is not None:
            match = models.FieldCondition(key="country", match=models.MatchValue(value=country))
            arguments["query_filter"] = models.Filter(must=[match])
        return _found(retriever, **arguments)

    return Engine("neo4j-graphrag, QdrantNeo4jRetriever", search, nearest(exact), most_queries)


def nearest(exact: ExactSearch) -> Search:
    """The exact answer of a dense search."""

    def search(_query: Query, vector: Vectors, country: str | None) -> list[str]:
        return [ref for ref, _cosine in exact.nearest(vector, LIMIT, country)]

    return search


def highest_share(*rankings: Sequence[tuple[str, float]]) -> list[str]:
    """How neo4j-graphrag fuses: each score as a share of its ranking's highest, the higher share counts."""
    shares: dict[str, float] = {}
    for ranking in rankings:
        highest = max((score for _ref, score in ranking), default=1.0)
        for ref, score in ranking:
            shares[ref] = max(shares.get(ref, 0.0), score / highest)
    return sorted(shares, key=lambda ref: (-shares[ref], ref))[:LIMIT]


def timed(work: Callable[[], list[str]]) -> tuple[list[str], float]:
    """What the work returned, and milliseconds."""
    begun = time.perf_counter()
    result = work()
    return result, 1_000 * (time.perf_counter() - begun)


class _ExactIndex:
    """The part of a VectorIndex that fusion asks: exact neighbours, and the words of the real index."""

    def __init__(self, index: EdgeIndex, exact: ExactSearch) -> None:
        self._index = index
        self._exact = exact

    def search_dense(self, vector: Vectors, limit: int, where: Where | None) -> list[Hit]:
        country = where["country"][0] if where else None
        return ordered([Hit(ref, score, {}) for ref, score in self._exact.nearest(vector, limit, country)])

    def search_text(self, text: str, limit: int, where: Where | None) -> list[Hit]:
        # BM25 in Edge is computed over the whole list of every word: nothing about it is approximate.
        return [Hit(hit.ref, hit.score, {}) for hit in self._index.search_text(text, limit, where)]


def _where(country: str | None) -> Where | None:
    return None if country is None else {"country": [country]}


def _refs(hits: Sequence[Hit]) -> list[str]:
    return [hit.ref for hit in hits]


def _item(record: neo4j.Record) -> Any:
    from neo4j_graphrag.types import RetrieverResultItem

    node: Mapping[str, Any] = record["node"]
    return RetrieverResultItem(content=node["name"], metadata={"ref": node["ref"]})


def _found(retriever: Any, **arguments: Any) -> list[str]:
    with catch_warnings():
        simplefilter("ignore", DeprecationWarning)
        return [str(item.metadata["ref"]) for item in retriever.search(**arguments).items]
