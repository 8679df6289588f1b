"""Styles, script and mark of the pages, at addresses that change with their content."""

from mimetypes import guess_type
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse

from api.pages.page import STATIC, static
from graph_model.errors import NotFoundError

FOR_EVER: Final = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name}")
def static_file(digest: str, name: str) -> FileResponse:
    """A static file; one of another digest is the present one, kept by no cache."""
    if name not in {path.name for path in STATIC.iterdir()}:
        raise NotFoundError(f"no static file is called {name!r}")
    current = static(name) == f"/static/{digest}/{name}"
    return FileResponse(
        STATIC / name,
        media_type=guess_type(name)[0],
        headers={"Cache-Control": FOR_EVER if current else "no-store"},
    )
