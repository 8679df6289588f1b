"""Partnership paths: request -> search -> projection -> ranking -> explanation, in this order."""

import threading
import time
from itertools import islice
from pathlib import Path
from typing import Final

from graph_model.settings import Settings
from graph_model.store import Store
from search.answers import PathAnswer, RankExplanation
from search.conditions import Emptied, Emptying
from search.edges import EdgeFinder
from search.explanation import Explainer, Proposal
from search.index_lifecycle import ActiveIndex
from search.path_features import Question
from search.path_model import SHIPPED_MODEL, PathModel
from search.projection import Projection
from search.projection_feed import ProjectionFeed
from search.question import Asked, need_asked, question_for
from search.rank_explanation import explain_rank
from search.ranking import Admissible, Scores, admissible, considered, score_pairs, triangles_in_order
from search.requests import ExplainRequest, PathRequest

EXAMINED: Final = 5
"""Triangles examined for evidence, as a multiple of those asked for."""

_ATTEMPTS: Final = 3


def own_model(settings: Settings) -> Path:
    """Where an instance keeps the model fitted on its own graph; without one the shipped model ranks."""
    return settings.home / "path_model.json"


class PathFinder:
    """Answers path requests for one instance. Safe to share between threads."""

    def __init__(self, store: Store, active: ActiveIndex, settings: Settings) -> None:
        self._store = store
        self._active = active
        self.feed = ProjectionFeed(store)
        own = own_model(settings)
        self.model = PathModel.load(own if own.exists() else SHIPPED_MODEL)
        self._following = threading.Lock()
        self._followed_since = float("-inf")

    def follow(self) -> int:
        """Bring the projection in step with the graph; returns the number of changes applied.

        Callers that wait for one another share one look at the graph: the first that began after they came
        shows all that was written before they came.
        """
        came = time.perf_counter()
        with self._following:
            if self._followed_since > came:
                return 0
            began = time.perf_counter()
            applied = self.feed.follow()
            self._followed_since = began
            return applied

    def is_behind(self, sequence: int) -> bool:
        """Whether the projection lacks this change, as it does before it was first built."""
        return self.feed.sequence < sequence

    def reconcile(self, *, check_only: bool = False) -> bool:
        """Whether the projection equalled the graph; one that did not is built again unless check_only."""
        with self._following:
            for _attempt in range(_ATTEMPTS):
                self.feed.follow()
                equal = self.feed.is_equal_to_graph()
                # A write between the two makes them differ, and is followed by the next attempt.
                if equal or not self.is_behind(self._store.last_sequence()):
                    break
            if not equal and not check_only:
                self.feed.rebuild()
        return equal

    def find(self, request: PathRequest) -> PathAnswer:
        """Ranked, explained paths. Raises NotFoundError for unknown needs and countries, UnavailableError."""
        asked = self.ask(request)
        with asked.projection.lock:
            allowed = self.admissible(asked)
            scores = score_pairs(asked.projection, asked.question, self.model, allowed)
            proposals = self._proposals(asked.projection, asked.question, scores, request.limit)
        paths = Explainer(self._store, asked.projection, request.lang).explain(
            proposals, asked.question.beneficiaries, request.modality
        )
        emptied = None if paths else _emptied(request, asked.question, allowed, scores)
        beneficiaries = asked.need.beneficiaries
        return PathAnswer(
            query=asked.need.text,
            need=request.need,
            beneficiary=beneficiaries[0] if beneficiaries else None,
            modality=request.modality,
            paths=paths[: request.limit],
            considered=considered(scores),
            emptied_by=str(emptied) if emptied else None,
            emptied=emptied,
            model=self.model.identity,
            embedder=asked.embedder,
        )

    def explain(self, request: ExplainRequest) -> RankExplanation:
        """Why a triangle has its rank, or is excluded. Raises NotFoundError, UnavailableError."""
        asked = self.ask(request)
        return explain_rank(asked, self.model, self._store, self.admissible(asked))

    def ask(self, request: PathRequest) -> Asked:
        """The need of a request with its similar records, on the projection as it is now."""
        self.follow()
        projection = self.feed.projection
        need = need_asked(request, self._store, projection)
        question, embedder = question_for(need, self._active, projection, request.cluster)
        return Asked(request, need, question, projection, embedder)

    @staticmethod
    def admissible(asked: Asked) -> Admissible:
        """The corners that the request lets stand where."""
        excluded = [asked.projection.corner_of(ref) for ref in asked.request.exclude]
        return admissible(
            asked.projection,
            asked.request.modality,
            asked.question.beneficiaries,
            [corner for corner in excluded if corner is not None],
        )

    def _proposals(
        self, projection: Projection, question: Question, scores: Scores, limit: int
    ) -> list[Proposal]:
        found: list[Proposal] = []
        if not question.meaning:
            return found
        finder = EdgeFinder(projection, question)
        for triangle in islice(triangles_in_order(scores, self.model), EXAMINED * limit):
            edges = finder.edges(triangle)
            if edges is not None:
                found.append(Proposal(triangle, edges))
                if len(found) == limit:
                    break
        return found


def _emptied(request: PathRequest, question: Question, allowed: Admissible, scores: Scores) -> Emptied:
    """Which condition left nothing."""
    modality, excluding = request.modality, bool(request.exclude)
    if not question.meaning:
        code = Emptying.CLUSTER if request.cluster else Emptying.GRAPH
        return Emptied(code, modality, clusters=request.cluster)
    if not allowed.pivotal.any():
        return Emptied(Emptying.PIVOTAL, modality, excluding=excluding)
    if allowed.facilitating is not None and not allowed.facilitating.any():
        return Emptied(Emptying.FACILITATING, modality, excluding=excluding)
    return Emptied(Emptying.EVIDENCE if considered(scores) else Emptying.MODALITY, modality)
