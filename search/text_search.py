"""Search by meaning and by words over everything that is published."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_model import queries
from graph_model.modality import Modality
from graph_model.record import Status
from graph_model.store import Store
from graph_model.text import in_language
from search.answers import SearchAnswer, SearchResult
from search.found import FoundRecord, published
from search.index_lifecycle import ActiveIndex
from search.matching import Words
from search.open_index import OpenIndex
from search.requests import SearchRequest
from search.vector_index import Hit, Payload, VectorIndex, Where

DEFAULT_FUSION: Final = "hybrid"
"""hybrid (dense and BM25, see search.fusion) or dense.

A need asked over offers and practices in six languages is answered equally well by both (nDCG@10 0.627
against 0.624); a project sought by its title (0.811 against 0.686) or by a summary in other words (0.916
against 0.841) is found better by hybrid. Intervals are in docs/architecture.md.
"""

FACETS: Final = {
    "type": "type",
    "country": "countries",
    "region": "regions",
    "cluster": "clusters",
    "sdg": "sdgs",
    "modality": "modality",
    "language": "language",
    "authenticity": "authenticity",
}
"""Field of a request, which is also the facet's name in the answer, to key of the payload."""

SPARE: Final = 10
"""Hits fetched beyond the page, to fill the places of records that are no longer published."""
BROWSE_AT_ONCE: Final = 1_000
"""Up to this many records that pass the filters are sorted in memory; more are found from the newest on."""
_BROWSE_PAGE: Final = 1_000
_NO_WORDS: Final = Words("")

Vector = NDArray[np.float32]


class TextSearch:
    """Answers searches from the active index, checked against the graph. Safe to share between threads."""

    def __init__(self, active: ActiveIndex, store: Store) -> None:
        self._active = active
        self._store = store

    def search(self, request: SearchRequest, fusion: str = DEFAULT_FUSION) -> SearchAnswer:
        """Search; an empty query lists what passes the filters, newest first. Raises UnavailableError."""
        where = where_of(request)
        with self._active.use() as opened:
            if request.q:
                hits = self._hits(opened, request, where, fusion)
            else:
                hits = self._newest(opened.index, request.offset + request.limit + SPARE, where)
            total = opened.index.count(where)
            facets = _facet_counts(opened.index, where)
        # The records as they are now: what the index still holds of others must not show.
        page = published(self._store, [hit.ref for hit in hits], request.offset, request.limit)
        by_ref = {hit.ref: hit for hit in hits}
        words = Words(request.q)
        return SearchAnswer(
            query=request.q,
            total=total,
            results=[_result(by_ref[record.ref], record, request, words) for record in page],
            facets=facets,
            embedder=opened.embedder.identity,
        )

    def evidence_for(self, text: str, limit: int, where: Where | None = None) -> tuple[Vector, list[Hit]]:
        """The text's embedding, shape (dimensions,), and the nearest points by cosine similarity.

        Not checked against the graph: the caller drops references that it does not know as published.
        """
        with self._active.use() as opened:
            vector = opened.embedder.encode_query(text)
            return vector, opened.index.search_dense(vector, limit, where)

    def similar(
        self, text: str, types: Sequence[str], limit: int, exclude_refs: Collection[str] = ()
    ) -> list[Hit]:
        """The nearest points of these types by cosine similarity, without those excluded; unchecked too."""
        _vector, hits = self.evidence_for(text, limit + len(exclude_refs), {"type": types})
        return [hit for hit in hits if hit.ref not in exclude_refs][:limit]

    def _hits(self, opened: OpenIndex, request: SearchRequest, where: Where, fusion: str) -> list[Hit]:
        wanted = request.offset + request.limit + SPARE
        vector = opened.embedder.encode_query(request.q)
        if fusion == "dense":
            return opened.index.search_dense(vector, wanted, where)
        return opened.index.search_hybrid(vector, request.q, wanted, where)

    def _newest(self, index: VectorIndex, wanted: int, where: Where) -> list[Hit]:
        if index.count(where) <= BROWSE_AT_ONCE:
            return self._all_by_age(index, where)[:wanted]
        found: dict[str, Payload] = {}
        before = self._store.last_sequence() + 1
        while before > 1 and len(found) < wanted:
            rows = self._store.run(queries.recent_changes(before, _BROWSE_PAGE))
            before -= _BROWSE_PAGE
            refs = [ref for ref in dict.fromkeys(row["ref"] for row in rows) if ref not in found]
            payloads = index.retrieve(refs)
            found.update(
                {ref: payloads[ref] for ref in refs if ref in payloads and _passes(payloads[ref], where)}
            )
        return [Hit(ref, 0.0, payload) for ref, payload in found.items()]

    def _all_by_age(self, index: VectorIndex, where: Where) -> list[Hit]:
        any_direction = np.zeros(index.dimensions, dtype=np.float32)
        any_direction[0] = 1.0
        payloads = {hit.ref: hit.payload for hit in index.search_dense(any_direction, BROWSE_AT_ONCE, where)}
        states = self._store.run(queries.states_of(list(payloads)))
        shown = [state for state in states if state["status"] == Status.PUBLISHED]
        shown.sort(key=lambda state: str(state["ref"]))
        shown.sort(key=lambda state: state["modified_at"], reverse=True)
        return [Hit(state["ref"], 0.0, payloads[state["ref"]]) for state in shown]


def where_of(request: SearchRequest) -> dict[str, list[str]]:
    """The filters of a request as conditions on the payload."""
    given = {key: [str(value) for value in getattr(request, name)] for name, key in FACETS.items()}
    return {key: values for key, values in given.items() if values}


def _facet_counts(index: VectorIndex, where: Where) -> dict[str, dict[str, int]]:
    """Counts by value; a facet's own filter is left out, so that its other values can be chosen too."""
    return {
        name: index.facet(key, {other: values for other, values in where.items() if other != key})
        for name, key in FACETS.items()
    }


def _passes(payload: Payload, where: Where) -> bool:
    for key, wanted in where.items():
        value = payload.get(key, [])
        held = value if isinstance(value, list) else [str(value)]
        if not set(held) & set(wanted):
            return False
    return True


def _result(hit: Hit, record: FoundRecord, request: SearchRequest, words: Words) -> SearchResult:
    title, title_language = in_language(record.texts[record.heading_field], request.lang, record.language)
    every_text = "\n".join(text for by_language in record.texts.values() for text in by_language.values())
    found = words.found_in(every_text)
    # Where the record holds none of the words, none of its passages is nearer to the query than the first.
    excerpt = _excerpt(record, request.lang, words if found else _NO_WORDS)
    matched = (["meaning"] if hit.near else []) + ([f"words: {', '.join(found)}"] if found else [])
    return SearchResult(
        ref=hit.ref,
        type=record.type_name,
        score=hit.score,
        title=title,
        title_language=title_language,
        excerpt=excerpt or title,
        language=record.language,
        authenticity=record.authenticity,
        countries=_list(hit.payload, "countries"),
        clusters=[ref.partition("/")[2] for ref in record.clusters],
        sdgs=[ref.partition("/")[2] for ref in record.sdgs],
        modality=next((name for name in _list(hit.payload, "modality") if name in set(Modality)), None),
        matched=matched,
    )


def _excerpt(record: FoundRecord, language: str, words: Words) -> str:
    """The passage with most words of the query, in the reader's language where there is one."""
    texts = [
        in_language(by_language, language, record.language)[0]
        for field, by_language in record.texts.items()
        if field != record.heading_field
    ]
    return words.passage(texts)


def _list(payload: Payload, key: str) -> list[str]:
    value = payload.get(key, [])
    return value if isinstance(value, list) else [str(value)]
