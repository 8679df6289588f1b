"""Fusion of a dense and a text search.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) over records in several languages punishes
every record that is not in the query's language: hardly a word can match it, so that it has one rank where
others have two. Therefore the fused order decides only among the records in the language of the query's
words, taken to be that of the best text hit; each of the others keeps its place in the dense order. Where all
records are in one language, this is plain reciprocal rank fusion. ``python -m bench fusion`` compares them.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from search.vector_index import Hit, Vector, VectorIndex, Where, check_limit

# Cormack, Clarke and Büttcher found 60 to work across collections.
RECIPROCAL_RANK_CONSTANT: Final = 60
LANGUAGE: Final = "language"


def fused(index: VectorIndex, vector: Vector, text: str, limit: int, where: Where | None) -> list[Hit]:
    """Dense and text search over one index, fused within the language of the query's words."""
    # A record in the middle of both lists may beat the first of either: look deeper than the limit.
    depth = max(4 * check_limit(limit), 100)
    dense = index.search_dense(vector, depth, where)
    return within_language(dense, index.search_text(text, depth, where))[:limit]


def reciprocal_rank(*rankings: Sequence[Hit]) -> list[Hit]:
    """The hits of all rankings, score = sum of 1 / (60 + rank), ranks from 1; ties by reference.

    A hit that several rankings have is that of the first of them.
    """
    scores: dict[str, float] = {}
    first: dict[str, Hit] = {}
    for rank, hit in chain.from_iterable(enumerate(ranking, start=1) for ranking in rankings):
        scores[hit.ref] = scores.get(hit.ref, 0.0) + 1 / (RECIPROCAL_RANK_CONSTANT + rank)
        first.setdefault(hit.ref, hit)
    order = sorted(scores, key=lambda ref: (-scores[ref], ref))
    return [replace(first[ref], score=scores[ref]) for ref in order]


def within_language(dense: Sequence[Hit], words: Sequence[Hit]) -> list[Hit]:
    """Both rankings fused in the language of the best text hit; all others stay where dense has them.

    Scores are those of reciprocal rank, handed out from the first place on: they fall and say nothing more.
    """
    ranked = reciprocal_rank(dense, words)
    language = words[0].payload.get(LANGUAGE) if words else None
    waiting = deque(hit for hit in ranked if hit.payload.get(LANGUAGE) == language)
    placed = [waiting.popleft() if hit.payload.get(LANGUAGE) == language else hit for hit in dense]
    taken = {hit.ref for hit in placed}
    order = chain(placed, (hit for hit in ranked if hit.ref not in taken))
    return [replace(hit, score=falling.score) for hit, falling in zip(order, ranked, strict=True)]
