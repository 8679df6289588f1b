"""Partnership paths: request -> search -> projection -> ranking -> explanation, in this order."""

import threading
from typing import Final

from graph_model.settings import Settings
from graph_model.store import Store
from search.answers import PathAnswer
from search.edges import EdgeFinder
from search.explanation import Explainer, Proposal
from search.index_lifecycle import ActiveIndex
from search.path_features import Question
from search.path_model import SHIPPED_MODEL, PathModel
from search.projection import Projection
from search.projection_feed import ProjectionFeed
from search.question import need_asked, question_for
from search.ranking import Admissible, Scores, admissible, best_triangles, score_pairs
from search.requests import PathRequest

EXAMINED: Final = 5
"""Triangles examined for evidence, as a multiple of those asked for."""


class PathFinder:
    """Answers path requests for one instance. Safe to share between threads."""

    def __init__(self, store: Store, active: ActiveIndex, settings: Settings) -> None:
        self._store = store
        self._active = active
        self.feed = ProjectionFeed(store)
        own = settings.home / "path_model.json"
        self.model = PathModel.load(own if own.exists() else SHIPPED_MODEL)
        self._following = threading.Lock()

    def follow(self) -> int:
        """Bring the projection in step with the graph; returns the number of changes applied."""
        with self._following:
            return self.feed.follow()

    def find(self, request: PathRequest) -> PathAnswer:
        """Ranked, explained paths. Raises NotFoundError for unknown needs and countries, UnavailableError."""
        self.follow()
        projection = self.feed.projection
        need = need_asked(request, self._store, projection)
        question, embedder = question_for(need, self._active, projection, request.cluster)
        with projection.lock:
            excluded = [projection.corner_of(ref) for ref in request.exclude]
            allowed = admissible(
                projection, request.modality, question.beneficiaries, [c for c in excluded if c is not None]
            )
            scores = score_pairs(projection, question, self.model, allowed)
            proposals = self._proposals(projection, question, scores, request.limit)
        paths = Explainer(self._store, projection, request.lang).explain(
            proposals, question.beneficiaries, request.modality
        )
        return PathAnswer(
            query=need.text,
            need=request.need,
            beneficiary=need.beneficiaries[0] if need.beneficiaries else None,
            modality=request.modality,
            paths=paths[: request.limit],
            considered=int((scores.pairs > float("-inf")).sum()),
            emptied_by=None if paths else _emptied_by(request, question, allowed, scores),
            model=self.model.identity,
            embedder=embedder,
        )

    def _proposals(
        self, projection: Projection, question: Question, scores: Scores, limit: int
    ) -> list[Proposal]:
        found: list[Proposal] = []
        if not question.meaning:
            return found
        finder = EdgeFinder(projection, question)
        for triangle in best_triangles(scores, self.model, EXAMINED * limit):
            edges = finder.edges(triangle)
            if edges is not None:
                found.append(Proposal(triangle, edges))
                if len(found) == limit:
                    break
        return found


def _emptied_by(request: PathRequest, question: Question, allowed: Admissible, scores: Scores) -> str:
    """Which condition left nothing."""
    if not question.meaning:
        if request.cluster:
            return f"cluster: no published offer, practice or partnership is in {', '.join(request.cluster)}"
        return "graph: it holds no published offer, practice or partnership yet"
    if not allowed.pivotal.any():
        kind = "developed" if request.modality == "north-south" else "developing"
        return f"pivotal partner: no {kind} country with a track record is left for {request.modality}" + (
            " after the exclusions" if request.exclude else ""
        )
    if allowed.facilitating is not None and not allowed.facilitating.any():
        return f"facilitating partner: no party with a track record is left for {request.modality}" + (
            " after the exclusions" if request.exclude else ""
        )
    if not (scores.pairs > float("-inf")).any():
        return "modality: no two different parties are left"
    return "evidence: no triangle has a record behind each of its edges"
