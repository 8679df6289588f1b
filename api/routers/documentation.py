"""``/docs``: the OpenAPI document for people, drawn here so that no page asks another host for anything."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from api.problems import EXPLANATIONS

STYLES: Final = Path(__file__).parent.parent / "static" / "docs.css"
router = APIRouter(include_in_schema=False)


@router.get("/docs")
def documentation(request: Request) -> HTMLResponse:
    """Every operation with its parameters and answers, every schema, and what each problem means."""
    page = _templates().get_template("docs.html")
    return HTMLResponse(page.render(api=request.app.openapi(), problems=EXPLANATIONS, kind=type_of))


@router.get("/docs/docs.css")
def styles() -> FileResponse:
    """The styles of the documentation page."""
    return FileResponse(STYLES, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=PackageLoader("api"), autoescape=select_autoescape(), trim_blocks=True)


def type_of(schema: dict[str, Any]) -> str:
    """A JSON Schema type in words: ``array of string``, ``Status``, ``string or null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(type_of(part) for part in schema[key])
    if schema.get("type") == "array":
        return f"array of {type_of(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    return str(schema.get("type", "any"))
