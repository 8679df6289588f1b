"""Search and path finding."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import InstanceDependency
from search.answers import PathAnswer, RankExplanation, SearchAnswer
from search.requests import ExplainRequest, PathRequest, SearchRequest

router = APIRouter(prefix="", tags=["search"])


@router.get("/api/search")
def search(request: Annotated[SearchRequest, Query()], instance: InstanceDependency) -> SearchAnswer:
    """Search needs, offers, practices, partnerships, stakeholders and clusters, in any language."""
    return instance.text_search.search(request)


@router.get("/api/paths")
def paths(request: Annotated[PathRequest, Query()], instance: InstanceDependency) -> PathAnswer:
    """Ranked and explained partnership paths for a need."""
    return instance.paths.find(request)


@router.get("/api/explain")
def explain(request: Annotated[ExplainRequest, Query()], instance: InstanceDependency) -> RankExplanation:
    """Why a pair of partners has its rank for a need, or why it is not proposed."""
    return instance.paths.explain(request)
