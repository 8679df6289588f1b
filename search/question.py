"""From a need in words, or a need of the graph, to the question that ranking answers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph_model.derive.payload import indexed_text
from graph_model.errors import NotFoundError
from graph_model.nodes import Need
from graph_model.record import Status
from graph_model.store import Store
from search.evidence import goals
from search.index_lifecycle import ActiveIndex
from search.path_features import Question
from search.projection import Projection
from search.requests import PathRequest
from search.vector_index import Hit

HITS: Final = 200
"""Similar records that a question looks at, by meaning and by words."""
INFERRING: Final = 15
"""Nearest records whose clusters and SDGs stand in for those that the question does not name."""
EVIDENCE_OF_PARTNERS: Final = ("offer", "practice", "partnership")


@dataclass(frozen=True, slots=True)
class NeedAsked:
    """A need as far as the request tells. beneficiaries: references of countries."""

    text: str
    beneficiaries: tuple[str, ...]
    clusters: tuple[str, ...]
    sdgs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with all that ranking needs to answer it."""

    request: PathRequest
    need: NeedAsked
    question: Question
    projection: Projection
    embedder: str


def need_asked(request: PathRequest, store: Store, projection: Projection) -> NeedAsked:
    """The need that a request describes.

    Raises NotFoundError where the id names no published need, or the code no country of the graph.
    """
    beneficiaries: tuple[str, ...] = ()
    if request.beneficiary:
        beneficiaries = (f"country/{request.beneficiary}",)
        if beneficiaries[0] not in projection.corners.index:
            raise NotFoundError(
                f"beneficiary: no country {request.beneficiary!r} in this graph; give an ISO alpha-3 code"
            )
    clusters = tuple(f"cluster/{name.removeprefix('cluster/')}" for name in request.cluster)
    if request.need is None:
        return NeedAsked(request.q or "", beneficiaries, clusters, ())
    ref = f"need/{request.need.removeprefix('need/')}"
    stored = store.get(ref)
    if stored is None or not isinstance(stored.record, Need) or stored.record.status is not Status.PUBLISHED:
        raise NotFoundError(f"need: no published need has the id {request.need!r}; search for it first")
    record = stored.record
    corners = [projection.corner_of(party) for party in record.sought_by]
    named = tuple(projection.corners.refs[corner] for corner in corners if corner is not None)
    return NeedAsked(
        indexed_text(record), beneficiaries or named, clusters or tuple(record.clusters), goals(record.sdgs)
    )


def question_for(
    need: NeedAsked,
    active: ActiveIndex,
    projection: Projection,
    only_clusters: Sequence[str] = (),
    hidden: Collection[str] = (),
) -> tuple[Question, str]:
    """The question with its similar records, and the identity of the embedder.

    only_clusters: ids of clusters that similar records must be in. hidden: references that stay out of sight.
    """
    where: dict[str, Sequence[str]] = {"type": EVIDENCE_OF_PARTNERS}
    if only_clusters:
        where["clusters"] = only_clusters
    with active.use() as opened:
        vector = opened.embedder.encode_query(need.text)
        meaning = opened.index.search_dense(vector, HITS + len(hidden), where, brief=True)
        words = opened.index.search_text(need.text, HITS + len(hidden), where, brief=True)
        identity = opened.embedder.identity
    with projection.lock:
        near = _rows(projection, meaning, hidden)
        clusters = _weights(projection.clusters, need.clusters) or _inferred(projection, near, 0)
        sdgs = _weights(projection.sdgs, need.sdgs) or _inferred(projection, near, 1)
        beneficiaries = [projection.corners.index[ref] for ref in need.beneficiaries]
        return Question(near, _rows(projection, words, hidden), beneficiaries, clusters, sdgs), identity


def _rows(projection: Projection, hits: Iterable[Hit], hidden: Collection[str]) -> list[tuple[int, float]]:
    """At most HITS hits as rows; those that the projection does not hold are withdrawn or gone."""
    rows = ((projection.row(hit.ref), hit.score) for hit in hits if hit.ref not in hidden)
    return [(row, score) for row, score in rows if row is not None][:HITS]


def _weights(known: Mapping[str, int], names: Sequence[str]) -> dict[int, float]:
    found = [known[name] for name in names if name in known]
    return {index: 1 / len(found) for index in found}


def _inferred(projection: Projection, near: Sequence[tuple[int, float]], topic: int) -> dict[int, float]:
    """What the nearest records are about, weighted by similarity and summing to 1."""
    weights: dict[int, float] = defaultdict(float)
    for row, similarity in near[:INFERRING]:
        for index in projection.topics(row)[topic]:
            weights[index] += max(similarity, 0.0)
    total = sum(weights.values())
    return {index: weight / total for index, weight in weights.items()} if total else {}
