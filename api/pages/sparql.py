"""The page to ask the graph in SPARQL: a box for a query, its answer, and queries to begin with."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.dependencies import SparqlDependency
from api.negotiation import HTML, TURTLE, Representation
from api.pages.languages import preferred_language
from api.pages.messages import said
from api.pages.page import Page, PageDependency, localised
from api.sparql_operation import Operation, answered, operation_of, question_of
from export.sparql.description import SPARQL_PATH
from export.sparql.endpoint import SparqlEndpoint
from export.sparql.examples import examples
from export.sparql.protocol import Answer, AnswerKind, QueryRefusedError
from graph_model.direction import harmless

ROWS_ON_PAGE: Final = 500
TABLE: Final = Representation("json", "application/sparql-results+json", ".srj")
"""The form of a table that the page reads."""
FORMATS: Final[Mapping[str, str]] = {
    "json": "JSON",
    "xml": "XML",
    "csv": "CSV",
    "tsv": "TSV",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF/XML",
}
"""Forms of an answer that the endpoint gives beside this page, with the names that they have everywhere."""
router = APIRouter()


@router.get(SPARQL_PATH)
async def sparql_page(request: Request, page: PageDependency, endpoint: SparqlDependency) -> Response:
    """The page, with the answer where there is a query; another form than the page leads to the endpoint."""
    operation = operation_of(request.query_params.multi_items())
    if operation.format not in (None, "", HTML.name):
        return RedirectResponse(f"{SPARQL_PATH}?{request.url.query}", 303)
    return await answered_page(page, endpoint, operation)


async def answered_page(page: Page, endpoint: SparqlEndpoint, operation: Operation) -> HTMLResponse:
    """The page of an operation, with what it gives or why it gives nothing. Raises UnavailableError."""
    if operation.query is None:
        return _page(page, operation, {})
    try:
        question = question_of(page.settings.public_base, operation, TABLE, TURTLE)
        dataset = endpoint.dataset(illustrative=operation.illustrative)
        answer = await answered(page.request, dataset, question)
    except QueryRefusedError as refusal:
        return _page(page, operation, {"refusal": said(refusal.message, page.language)}, 400)
    return _page(page, operation, _shown(answer))


def to_page(request: Request) -> RedirectResponse:
    """From the endpoint's address to the page in the reader's language, with the same query."""
    query = f"?{request.url.query}" if request.url.query else ""
    target = localised(preferred_language(request), SPARQL_PATH) + query
    headers = {"Vary": "Accept, Accept-Language, Cookie", "Cache-Control": "private"}
    return RedirectResponse(target, 302, headers)


def _page(page: Page, operation: Operation, found: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    language = page.language
    begin_with = [
        (each, language.gettext(each.title), language.gettext(each.question))
        for each in examples(page.settings.public_base, language.code)
    ]
    nothing: dict[str, Any] = {"table": None, "truth": None, "graph": None, "refusal": None}
    context = {
        "operation": operation,
        "examples": begin_with,
        "formats": FORMATS,
        "endpoint": page.settings.public_base + SPARQL_PATH,
        "harmless": harmless,
    }
    return page.render("sparql.html", context | nothing | dict(found), status=status)


def _shown(answer: Answer) -> dict[str, Any]:
    if answer.kind is AnswerKind.BOOLEAN:
        return {"truth": json.loads(answer.content)["boolean"]}
    if answer.kind is AnswerKind.GRAPH:
        return {"graph": answer.content.decode()}
    found = json.loads(answer.content)
    rows = found["results"]["bindings"]
    table = {"columns": found["head"]["vars"], "rows": rows[:ROWS_ON_PAGE], "more": len(rows) > ROWS_ON_PAGE}
    return {"table": table}
