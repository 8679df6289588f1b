"""Search and path finding."""

import threading
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.dependencies import InstanceDependency
from search.answers import PathAnswer, RankExplanation, SearchAnswer
from search.requests import ExplainRequest, PathRequest, SearchRequest

router = APIRouter(prefix="", tags=["search"])

_JSON: Final = "application/json"
COMPUTED_AT_ONCE: Final = 2
"""More answers computed side by side only wait for the interpreter lock, each of them for all the others."""

computing: Final = threading.BoundedSemaphore(COMPUTED_AT_ONCE)


@router.get("/api/search", response_model=SearchAnswer)
def search(request: Annotated[SearchRequest, Query()], instance: InstanceDependency) -> Response:
    """Search needs, offers, practices, partnerships, stakeholders and clusters, in any language."""
    with computing:
        answer = instance.text_search.search(request)
    return _answered(answer)


@router.get("/api/paths", response_model=PathAnswer)
def paths(request: Annotated[PathRequest, Query()], instance: InstanceDependency) -> Response:
    """Ranked and explained partnership paths for a need."""
    with computing:
        answer = instance.paths.find(request)
    return _answered(answer)


@router.get("/api/explain", response_model=RankExplanation)
def explain(request: Annotated[ExplainRequest, Query()], instance: InstanceDependency) -> Response:
    """Why a pair of partners has its rank for a need, or why it is not proposed."""
    with computing:
        answer = instance.paths.explain(request)
    return _answered(answer)


def _answered(answer: BaseModel) -> Response:
    """The answer as JSON, made in the request's own thread: the event loop serves everyone else meanwhile."""
    return Response(answer.model_dump_json(), media_type=_JSON)
