"""Fusion of a dense and a text search.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) over records in several languages punishes
every record that is not in the query's language: hardly a word can match it, so that it has one rank where
others have two. Therefore the fused order decides only among the records in the language of the query's
words, taken to be that of the best text hit; each of the others keeps its place in the dense order. Where all
records are in one language, this is plain reciprocal rank fusion. ``python -m bench fusion`` compares them.
"""

from collections import deque
from collections.abc import Sequence
from itertools import chain
from typing import Final, Protocol

from search.vector_index import LANGUAGE, Hit, Vector, VectorIndex, Where, check_limit, with_payloads

# Cormack, Clarke and Büttcher found 60 to work across collections.
RECIPROCAL_RANK_CONSTANT: Final = 60


class Searches(Protocol):
    """The two searches to fuse; their hits need no more payload than the language."""

    def search_dense(self, vector: Vector, limit: int, where: Where | None) -> list[Hit]:
        """The records nearest by cosine similarity."""

    def search_text(self, text: str, limit: int, where: Where | None) -> list[Hit]:
        """The records that share words with the text."""


class _Brief:
    """The searches of an index that read no more payload than fusion needs."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index

    def search_dense(self, vector: Vector, limit: int, where: Where | None) -> list[Hit]:
        return self._index.search_dense(vector, limit, where, brief=True)

    def search_text(self, text: str, limit: int, where: Where | None) -> list[Hit]:
        return self._index.search_text(text, limit, where, brief=True)


def hybrid(index: VectorIndex, vector: Vector, text: str, limit: int, where: Where | None) -> list[Hit]:
    """Both searches of one index fused, with the payloads of those hits alone that are within the limit."""
    hits = fused(_Brief(index), vector, text, limit, where)
    return with_payloads(hits, index.retrieve([hit.ref for hit in hits]))


def fused(index: Searches, vector: Vector, text: str, limit: int, where: Where | None) -> list[Hit]:
    """Dense and text search, fused within the language of the query's words."""
    # A record in the middle of both lists may beat the first of either: look deeper than the limit.
    depth = max(4 * check_limit(limit), 100)
    dense = index.search_dense(vector, depth, where)
    return within_language(dense, index.search_text(text, depth, where), limit)


def reciprocal_rank(*rankings: Sequence[Hit]) -> list[Hit]:
    """The hits of all rankings, score = sum of 1 / (60 + rank), ranks from 1; ties by reference.

    A hit that several rankings have is that of the first of them.
    """
    first = _first_by_ref(*rankings)
    return [first[ref]._replace(score=score) for ref, score in _ranked(*rankings)]


def within_language(dense: Sequence[Hit], words: Sequence[Hit], limit: int | None = None) -> list[Hit]:
    """Both rankings fused in the language of the best text hit; all others stay where dense has them.

    Scores are those of reciprocal rank, handed out from the first place on: they fall and say nothing more.
    limit: how many hits are wanted, all by default.
    """
    first = _first_by_ref(dense, words)
    ranked = _ranked(dense, words)
    language = words[0].payload.get(LANGUAGE) if words else None
    waiting = deque(ref for ref, _ in ranked if first[ref].payload.get(LANGUAGE) == language)
    placed = [waiting.popleft() if hit.payload.get(LANGUAGE) == language else hit.ref for hit in dense]
    taken = set(placed)
    order = chain(placed, (ref for ref, _ in ranked if ref not in taken))
    return [first[ref]._replace(score=score) for ref, (_, score) in zip(order, ranked[:limit], strict=False)]


def _first_by_ref(*rankings: Sequence[Hit]) -> dict[str, Hit]:
    return {hit.ref: hit for ranking in reversed(rankings) for hit in ranking}


def _ranked(*rankings: Sequence[Hit]) -> list[tuple[str, float]]:
    """References with their scores of reciprocal rank, best first."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=RECIPROCAL_RANK_CONSTANT + 1):
            scores[hit.ref] = scores.get(hit.ref, 0.0) + 1 / rank
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
