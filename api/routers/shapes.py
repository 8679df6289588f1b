"""``/ns/shapes``: the SHACL shapes of the records, Turtle unless another syntax is asked for."""

from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pyoxigraph import serialize

from api.dependencies import SettingsDependency
from api.negotiation import Representation, negotiated, respond, split_suffix
from api.routers.nodes import SYNTAXES
from export.jsonld import prefixes
from graph_model.derive.shacl import shapes as shape_triples
from graph_model.errors import NotFoundError
from graph_model.vocabulary import SHAPES_PATH

FORMS: Final = tuple(SYNTAXES)
_FRESH: Final = "max-age=3600"

router = APIRouter(tags=["linked data"])
FormatParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"Form of the answer, whatever Accept says: {', '.join(each.name for each in FORMS)}.",
    ),
]


@router.head(SHAPES_PATH, include_in_schema=False)
@router.get(
    SHAPES_PATH,
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in FORMS}}},
)
def shapes(
    request: Request,
    settings: SettingsDependency,
    format: FormatParameter = None,  # noqa: A002 (named as in the address)
) -> Response:
    """What the RDF of every type of record holds, as SHACL core shapes; RDF that is loaded must fit them."""
    return _answer(request, negotiated(request, FORMS, format), settings.public_base)


@router.head(f"{SHAPES_PATH}.{{suffix}}", include_in_schema=False)
@router.get(f"{SHAPES_PATH}.{{suffix}}", include_in_schema=False)
def shapes_in_form(
    request: Request, settings: SettingsDependency, suffix: Annotated[str, Path(max_length=20)]
) -> Response:
    """The shapes in the form of a suffix."""
    split = split_suffix(f"shapes.{suffix}", FORMS)
    if split is None:
        known = ", ".join(f"{SHAPES_PATH}{each.suffix}" for each in FORMS)
        raise NotFoundError(f"the shapes have no such form; there are: {known}")
    return _answer(request, split[1], settings.public_base)


def _answer(request: Request, form: Representation, base: str) -> Response:
    return respond(
        request,
        form,
        _content(form, base),
        canonical=base + SHAPES_PATH,
        representations=FORMS,
        cache_control=_FRESH,
    )


@lru_cache(maxsize=16)
def _content(form: Representation, base: str) -> bytes:
    content = serialize(shape_triples(base), format=SYNTAXES[form], prefixes=prefixes(base))
    if content is None:  # only where serialize is given a file to write to
        raise TypeError("nothing was serialised")
    return content
