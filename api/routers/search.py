"""Search and path finding."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.computing import computed
from api.dependencies import InstanceDependency
from search.answers import PathAnswer, RankExplanation, SearchAnswer
from search.requests import ExplainRequest, PathRequest, SearchRequest

router = APIRouter(prefix="", tags=["search"])

_JSON: Final = "application/json"


@router.get("/api/search", response_model=SearchAnswer)
async def search(request: Annotated[SearchRequest, Query()], instance: InstanceDependency) -> Response:
    """Search needs, offers, practices, partnerships, stakeholders and clusters, in any language."""
    return await computed(lambda: _answered(instance.text_search.search(request)))


@router.get("/api/paths", response_model=PathAnswer)
async def paths(request: Annotated[PathRequest, Query()], instance: InstanceDependency) -> Response:
    """Ranked and explained partnership paths for a need."""
    return await computed(lambda: _answered(instance.paths.find(request)))


@router.get("/api/explain", response_model=RankExplanation)
async def explain(request: Annotated[ExplainRequest, Query()], instance: InstanceDependency) -> Response:
    """Why a pair of partners has its rank for a need, or why it is not proposed."""
    return await computed(lambda: _answered(instance.paths.explain(request)))


def _answered(answer: BaseModel) -> Response:
    """The answer as JSON, made beside the event loop, which serves everyone else meanwhile."""
    return Response(answer.model_dump_json(), media_type=_JSON)
