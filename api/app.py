"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from api import openapi, problems
from api.middleware import BodyLimit, RateLimit, RequestScope
from api.observability import Metrics, StoreMetrics
from api.pages import site
from api.pages.problem import ProblemPages
from api.routers import (
    catalogue,
    documentation,
    export,
    feed,
    health,
    nodes,
    proposals,
    records,
    search,
    shapes,
    sparql,
    vocabulary,
)
from api.sparql_queue import SparqlQueue
from export.sparql.endpoint import SparqlEndpoint
from graph_model import queries
from graph_model.settings import Settings
from search.indexer_thread import IndexerThread
from search.instance import Instance

_GZIP_ABOVE_BYTES = 1_000
_GZIP_LEVEL = 1  # half the time of level 5 for a tenth more bytes


def create_app(settings: Settings, instance: Instance | None = None, key: str | None = None) -> FastAPI:
    """The application over an open instance. Without one (to read its OpenAPI document) routes answer 503.

    While the application's lifespan lasts, one thread keeps the instance's index and projection in step with
    its graph, and another the graph that SPARQL is asked over.
    key: what /healthz answers, for commands that look for the service of their home.
    """
    app = FastAPI(
        title="Trimatch",
        version=version("trimatch"),
        description=(
            "Finds partners for South-South and triangular cooperation in intellectual property. Reading is "
            "open; writing needs a bearer token. Every error is a problem document of RFC 9457."
        ),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.instance = instance
    app.state.key = key
    app.state.metrics = Metrics()
    app.state.sparql = SparqlEndpoint(instance.store, settings) if instance else None
    steps = [instance.step, app.state.sparql.step] if instance else []
    app.state.followers = [IndexerThread(step) for step in steps]
    app.state.sparql_queue = SparqlQueue(settings.sparql_concurrency)
    if instance is not None:
        _register_store_metrics(app, instance)
    problems.install(app, settings.public_base)
    routers = [
        health.router,
        vocabulary.router,
        shapes.router,
        proposals.router,  # before the export's, whose last segment takes any name
        export.router,
        catalogue.router,
        documentation.router,
        sparql.router,
        feed.router,
        *records.routers,
    ]
    # An address is compared with one route after the other: those that are asked for most come first.
    for router in (search.router, nodes.router):
        app.include_router(router)
    site.install(app, settings)
    for router in [*routers, nodes.any_type]:
        app.include_router(router)
    _add_middleware(app, settings)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    for thread in app.state.followers:
        thread.start()
    try:
        yield
    finally:
        for thread in app.state.followers:
            await run_in_threadpool(thread.close)
        if app.state.sparql is not None:
            await run_in_threadpool(app.state.sparql.close)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The one added last is the outermost."""
    base = settings.public_base
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, base=base)
    app.add_middleware(RateLimit, settings=settings)
    app.add_middleware(ProblemPages, base=base)
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_ABOVE_BYTES, compresslevel=_GZIP_LEVEL)
    app.add_middleware(RequestScope, metrics=app.state.metrics, base=base)


def _register_store_metrics(app: FastAPI, instance: Instance) -> None:
    def record_counts() -> list[dict[str, Any]]:
        return instance.store.run(queries.count_by_type())

    app.state.metrics.registry.register(StoreMetrics(record_counts, lambda: instance.indexer.indexer.lag()))
