"""The pages of the site, each under the address of every language."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from api import addresses
from api.pages import (
    clusters,
    countries,
    downloads,
    guide,
    node,
    partners,
    register,
    search,
    sign_in,
    sparql,
    triangle_comparison,
)
from api.pages.atlas import AtlasCache
from api.pages.languages import preferred_language
from api.pages.page import localised
from api.pages.reference import ReferenceCache
from api.pages.session import Sessions
from api.routers import static_files
from export.sparql.description import SPARQL_PATH
from graph_model.settings import Settings

ROUTERS: Final[tuple[APIRouter, ...]] = (
    search.router,
    guide.router,
    partners.router,
    triangle_comparison.router,
    countries.router,
    clusters.router,
    register.router,
    downloads.router,
    sparql.router,
    sign_in.router,
    node.router,
)
OF_MACHINES: Final = ("/export", SPARQL_PATH)
"""Paths of pages at which, without a language, something else answers."""


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages to an application, and their addresses without a language, which lead to the reader's."""
    app.state.sessions = Sessions(settings)
    app.state.reference = ReferenceCache()
    app.state.atlas = AtlasCache()
    app.include_router(static_files.router)
    addresses.register()
    for router in ROUTERS:
        app.include_router(router, prefix="/{language:un_language}", include_in_schema=False)
    for path in entrances():
        app.get(path, include_in_schema=False)(_redirect(path))


def entrances() -> tuple[str, ...]:
    """Paths of pages that have no parameter in their path and are no address of a machine's."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    paths = [route.path for route in routes if "GET" in (route.methods or ())]
    return tuple(path for path in paths if "{" not in path and path not in OF_MACHINES)


def _redirect(path: str) -> Callable[[Request], RedirectResponse]:
    def redirect(request: Request) -> RedirectResponse:
        query = f"?{request.url.query}" if request.url.query else ""
        target = localised(preferred_language(request), path) + query
        return RedirectResponse(target, 302, {"Vary": "Accept-Language, Cookie", "Cache-Control": "private"})

    return redirect
