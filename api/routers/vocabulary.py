"""``/ns``: the own vocabulary at its IRI, and the JSON-LD context. Terms are its fragments."""

import json
from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import SettingsDependency
from api.negotiation import HTML, JSON_LD, Representation, negotiated, respond, split_suffix
from api.pages.problem import problem_in_form
from api.pages.vocabulary import vocabulary_page
from api.problems import HttpError
from api.routers.nodes import SYNTAXES
from export.documents import rdf_document
from export.jsonld import context
from graph_model.errors import NotFoundError, TrimatchError
from graph_model.own_vocabulary import ontology_iri, ontology_triples
from graph_model.vocabulary import CONTEXT_PATH

FORMS: Final = (HTML, *SYNTAXES)
_FRESH: Final = "max-age=3600"

router = APIRouter(tags=["linked data"])
FormatParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"Form of the answer, whatever Accept says: {', '.join(each.name for each in FORMS)}.",
    ),
]


@router.head("/ns", include_in_schema=False)
@router.get(
    "/ns",
    response_class=Response,
    responses={200: {"content": {each.media_type: {} for each in FORMS}}},
)
def vocabulary(
    request: Request,
    settings: SettingsDependency,
    format: FormatParameter = None,  # noqa: A002 (named as in the address)
) -> Response:
    """The vocabulary of these data: every term that no standard has, with its meaning."""
    try:
        chosen = negotiated(request, FORMS, format)
    except HttpError as problem:
        return problem_in_form(request, settings.public_base, problem)
    return _answer(request, chosen, settings.public_base)


@router.head("/ns.{suffix}", include_in_schema=False)
@router.get("/ns.{suffix}", include_in_schema=False)
def vocabulary_in_form(
    request: Request, settings: SettingsDependency, suffix: Annotated[str, Path(max_length=20)]
) -> Response:
    """The vocabulary in the form of a suffix."""
    split = split_suffix(f"ns.{suffix}", FORMS)
    if split is None:
        known = ", ".join(f"/ns{each.suffix}" for each in FORMS)
        missing: TrimatchError = NotFoundError(f"the vocabulary has no such form; there are: {known}")
        return problem_in_form(request, settings.public_base, missing)
    return _answer(request, split[1], settings.public_base)


@router.head(CONTEXT_PATH, include_in_schema=False)
@router.get(CONTEXT_PATH, response_class=Response, responses={200: {"content": {JSON_LD.media_type: {}}}})
def json_ld_context(request: Request, settings: SettingsDependency) -> Response:
    """The JSON-LD context of every document that is served here."""
    base = settings.public_base
    content = json.dumps({"@context": context(base)}, ensure_ascii=False, indent=2).encode()
    address = base + CONTEXT_PATH
    return respond(
        request, JSON_LD, content, canonical=address, address=lambda _: address, cache_control=_FRESH
    )


def _answer(request: Request, form: Representation, base: str) -> Response:
    return respond(
        request,
        form,
        _content(form, base),
        canonical=ontology_iri(base),
        representations=FORMS,
        cache_control=_FRESH,
    )


@lru_cache(maxsize=16)
def _content(form: Representation, base: str) -> bytes:
    if form == HTML:
        return vocabulary_page(base, FORMS).encode()
    return rdf_document(ontology_triples(base), SYNTAXES[form], base)
