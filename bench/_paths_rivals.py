"""The other two ways to the same triangles: one Cypher query, and neo4j-graphrag's retriever with it."""

import time
import warnings
from collections.abc import Callable
from typing import Any, Final

import neo4j
from neo4j_graphrag.embeddings.base import Embedder
from neo4j_graphrag.retrievers import VectorCypherRetriever

from bench._paths_cypher import FROM_PARAMETERS, FROM_VECTOR_INDEX, main_model, parameters, path_query
from bench._synthetic_load import VECTOR_INDEX
from search.embedder import LoadedEmbedder
from search.instance import Instance
from search.question import HITS, Asked
from search.ranking import best_triangles, score_pairs

CYPHER: Final = "one Cypher query, similar records given"
RETRIEVER: Final = "neo4j-graphrag VectorCypherRetriever"
_TOP: Final = 20
_CLOSE: Final = 1e-3
"""Scores closer than this are equal: the engine counts in 32 bits, Neo4j in 64."""


class _OurEmbedder(Embedder):  # type: ignore[misc, unused-ignore]
    """The engine's embedder as neo4j-graphrag takes one."""

    def __init__(self, embedder: LoadedEmbedder) -> None:
        super().__init__()
        self._embedder = embedder

    def embed_query(self, text: str) -> list[float]:
        values: list[float] = self._embedder.encode_query(text).tolist()
        return values


class Rivals:
    """Asks both, and compares the Cypher query's triangles with the engine's for the same features."""

    def __init__(self, driver: neo4j.Driver, instance: Instance, *, retriever: bool) -> None:
        """retriever: whether Neo4j has its vector index, which the retriever needs."""
        self._driver = driver
        self._model = instance.paths.model
        self._admissible = instance.paths.admissible
        self._retriever = None
        self._equal: list[bool] = []
        self._found: list[int] = []
        if retriever:
            with instance.active.use() as opened, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._retriever = VectorCypherRetriever(
                    driver,
                    VECTOR_INDEX,
                    FROM_VECTOR_INDEX + path_query(),
                    embedder=_OurEmbedder(opened.embedder),
                )

    def warm_up(self, asked: Asked) -> None:
        """Ask each once, so that Neo4j has planned the queries."""
        self.ask(asked, lambda _name, _began: None)

    def ask(self, asked: Asked, note: Callable[[str, float], None]) -> None:
        """One question to each. note: takes a name and when the work began."""
        given = parameters(self._model, asked.need.beneficiaries[0], _TOP)
        similar = [
            {"ref": asked.projection.ref(row), "score": float(score)} for row, score in asked.question.meaning
        ]
        began = time.perf_counter()
        rows, _, _ = self._driver.execute_query(
            FROM_PARAMETERS + path_query(), {"similar": similar, **given}, routing_=neo4j.RoutingControl.READ
        )
        note(CYPHER, began)
        self._compare(asked, [dict(row) for row in rows])
        if self._retriever is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                began = time.perf_counter()
                answer = self._retriever.search(query_text=asked.need.text, top_k=HITS, query_params=given)
                note(RETRIEVER, began)
            self._found.append(len(answer.items))

    def agreement(self) -> dict[str, Any]:
        """How many of the Cypher query's answers equal the engine's, and the retriever's fewest."""
        found: dict[str, Any] = {"compared": len(self._equal), "equal": sum(self._equal)}
        return found | ({"retriever's fewest triangles": min(self._found)} if self._found else {})

    def _compare(self, asked: Asked, rows: list[dict[str, Any]]) -> None:
        model = main_model(self._model)
        with asked.projection.lock:
            scores = score_pairs(asked.projection, asked.question, model, self._admissible(asked))
        corners = asked.projection.corners
        mine = best_triangles(scores, model, _TOP, diversity=0.0)
        same_scores = len(mine) == len(rows) and all(
            abs(one.score - row["score"]) < _CLOSE for one, row in zip(mine, rows, strict=True)
        )
        same_triangles = all(
            abs(
                scores.pairs[corners.index[row["pivotal"]], corners.index[row["facilitating"]]] - row["score"]
            )
            < _CLOSE
            for row in rows
        )
        self._equal.append(same_scores and same_triangles)
