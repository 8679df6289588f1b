"""For the machines that watch the service: alive, ready, metrics."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from api.dependencies import InstanceDependency, SparqlDependency
from graph_model.errors import UnavailableError

MOST_LAG = 1_000
router = APIRouter(tags=["operation"])


class Readiness(BaseModel):
    """Whether requests can be answered in full, and how far what answers them is behind."""

    ready: bool
    embedder: str = Field(description="Identity of the embedder whose index answers.")
    index_lag: int = Field(description="Changes in Neo4j that the vector index lacks.")
    projection_lag: int = Field(description="Changes in Neo4j that the ranking of paths lacks.")
    sparql_lag: int | None = Field(
        description="Changes in Neo4j that SPARQL does not answer from yet; none while it is made ready."
    )
    rebuilding: str | None = Field(description="Identity of the embedder whose index is being built, if any.")


class Liveness(BaseModel):
    """The process answers."""

    status: str = "alive"
    key: str | None = Field(description="By which commands on this machine know the service of their home.")


@router.get("/healthz")
def alive(request: Request) -> Liveness:
    """The process answers; says nothing about the stores."""
    return Liveness(key=request.app.state.key)


@router.get("/readyz", responses={200: {"model": Readiness}})
def ready(instance: InstanceDependency, sparql: SparqlDependency) -> Response:
    """Both stores answer; index and projection are complete and in step, or nearly: 503 otherwise."""
    lifecycle = instance.indexer
    lag = lifecycle.indexer.lag()
    identity = instance.active.identity
    if lifecycle.rebuilding == identity:
        raise UnavailableError("the index is being built for the first time; try again shortly")
    if lag > MOST_LAG:
        raise UnavailableError(f"the index is {lag} changes behind and catching up; try again shortly")
    with instance.active.use() as opened:
        opened.index.count()
    sequence = instance.paths.feed.sequence
    last = instance.store.last_sequence()
    projection_lag = max(0, last - sequence)
    if sequence < 0 or projection_lag > MOST_LAG:
        raise UnavailableError("the projection that paths are ranked on is being built; try again shortly")
    found = Readiness(
        ready=True,
        embedder=identity,
        rebuilding=lifecycle.rebuilding,
        index_lag=lag,
        projection_lag=projection_lag,
        sparql_lag=max(0, last - sparql.facts.sequence) if sparql.facts.sequence >= 0 else None,
    )
    return JSONResponse(found.model_dump())


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Metrics in the text format of Prometheus."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
