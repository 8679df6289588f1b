"""``/sparql``: the SPARQL 1.1 protocol for reading, the endpoint's description, and a page to try queries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pyoxigraph import RdfFormat

from api.dependencies import SettingsDependency, SparqlDependency
from api.negotiation import (
    HTML,
    JSON_LD,
    N_TRIPLES,
    RDF_XML,
    TURTLE,
    Representation,
    accept_header,
    negotiated,
    preferred,
)
from api.problems import HttpError
from api.sparql_queue import SparqlQueue
from export.documents import rdf_document
from export.sparql.description import SPARQL_PATH, service_description
from export.sparql.endpoint import SparqlEndpoint
from export.sparql.examples import examples
from export.sparql.protocol import MOST_QUERY_BYTES, Answer, AnswerKind, QueryRefusedError, Question
from graph_model.settings import Settings

RESULTS: Final = (
    Representation("json", "application/sparql-results+json", ".srj"),
    Representation("xml", "application/sparql-results+xml", ".srx"),
    Representation("csv", "text/csv", ".csv"),
    Representation("tsv", "text/tab-separated-values", ".tsv"),
    Representation("json", "application/json", ".json"),
    Representation("xml", "application/xml", ".xml"),
)
GRAPHS: Final = (TURTLE, N_TRIPLES, JSON_LD, RDF_XML)
ROWS_ON_PAGE: Final = 500
FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
SEQUENCE_HEADER: Final = "Trimatch-Change-Sequence"
_FORMATS: Final = ", ".join(dict.fromkeys(each.name for each in (*RESULTS, *GRAPHS, HTML)))

router = APIRouter(tags=["sparql"])


@dataclass(frozen=True, slots=True)
class Operation:
    """A query with the parameters of the protocol, wherever they stood."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    illustrative: bool = False
    format: str | None = None


@router.get(SPARQL_PATH, response_class=Response)
async def ask(
    request: Request,
    endpoint: SparqlDependency,
    settings: SettingsDependency,
    query: Annotated[str | None, Query(description="A SPARQL 1.1 query; without one: a description.")] = None,
    default_graph_uri: Annotated[
        list[str] | None,
        Query(alias="default-graph-uri", description="Graphs to merge as the default graph; else all."),
    ] = None,
    named_graph_uri: Annotated[
        list[str] | None, Query(alias="named-graph-uri", description="Graphs that GRAPH may name; else all.")
    ] = None,
    illustrative: Annotated[bool, Query(description="Whether illustrative records are asked too.")] = False,
    format_: Annotated[
        str | None, Query(alias="format", description=f"One of: {_FORMATS}. Default: by Accept.")
    ] = None,
) -> Response:
    """Ask the published graph in SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE; nothing can be written.

    Each record is in a graph that its own IRI names; the default graph is the union of them.
    """
    operation = Operation(
        query, tuple(default_graph_uri or ()), tuple(named_graph_uri or ()), illustrative, format_
    )
    return await _respond(request, endpoint, settings, operation)


@router.post(SPARQL_PATH, include_in_schema=False)
async def ask_by_body(request: Request, endpoint: SparqlDependency, settings: SettingsDependency) -> Response:
    """The same with the query as body, or with all parameters as a form."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    parameters = list(request.query_params.multi_items())
    if media_type == QUERY:
        try:
            parameters.append(("query", (await request.body()).decode()))
        except UnicodeDecodeError as problem:
            raise QueryRefusedError(f"the query is not UTF-8: {problem}") from problem
    elif media_type == FORM:
        form = await request.form()
        parameters += [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    elif media_type == UPDATE:
        raise QueryRefusedError("this endpoint only reads; ask SELECT, ASK, CONSTRUCT or DESCRIBE")
    else:
        raise HttpError(415, f"the body is {media_type or 'of no type'}; send it as {QUERY} or {FORM}")
    operation = _operation(parameters)
    if operation.query is None:
        raise QueryRefusedError("the parameter query is missing; give a SPARQL 1.1 query")
    return await _respond(request, endpoint, settings, operation)


def _operation(parameters: Sequence[tuple[str, str]]) -> Operation:
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise QueryRefusedError("update: this endpoint only reads; give a query")
    for name in ("query", "illustrative", "format"):
        if len(values.get(name, [])) > 1:
            raise QueryRefusedError(f"{name} is given more than once; give it once")
    illustrative = values.get("illustrative", ["false"])[0].lower()
    if illustrative not in ("true", "false", "1", "0"):
        raise QueryRefusedError(f"illustrative: {illustrative[:80]!r} is none of: true, false")
    return Operation(
        query=values.get("query", [None])[0],
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        illustrative=illustrative in ("true", "1"),
        format=values.get("format", [None])[0],
    )


async def _respond(
    request: Request, endpoint: SparqlEndpoint, settings: Settings, operation: Operation
) -> Response:
    base = settings.public_base
    if operation.query is None:
        form = negotiated(request, (*GRAPHS, HTML), operation.format)
        if form == HTML:
            return _page(base, operation)
        syntax = RdfFormat.from_media_type(form.media_type) or RdfFormat.TURTLE
        content = rdf_document(service_description(base), syntax, base, f"{base}{SPARQL_PATH}#service")
        return Response(content, headers={"Vary": "Accept"}, media_type=form.media_type)
    results, graph, on_page = _forms(request, operation.format)
    question = _question(base, operation, results, graph)
    queue: SparqlQueue = request.app.state.sparql_queue
    dataset = endpoint.dataset(illustrative=operation.illustrative)
    sequence = dataset.sequence
    try:
        answer = await queue.run(lambda: dataset.ask(question))
    except QueryRefusedError as refusal:
        if not on_page:
            raise
        return _page(base, operation, refusal=str(refusal))
    if on_page:
        return _page(base, operation, answer)
    headers = {
        "Vary": "Accept",
        "Cache-Control": "no-cache",
        SEQUENCE_HEADER: str(max(sequence, 0)),
    }
    return Response(answer.content, headers=headers, media_type=answer.media_type)


def _forms(request: Request, name: str | None) -> tuple[Representation | None, Representation | None, bool]:
    """The form of a table, the form of a graph, and whether the answer is for the page."""
    if name is None:
        accept = accept_header(request)
        best = preferred(accept, (*RESULTS, *GRAPHS, HTML))
        if best == HTML:
            return RESULTS[0], TURTLE, True
        results, graph = preferred(accept, RESULTS), preferred(accept, GRAPHS)
    elif name == HTML.name:
        return RESULTS[0], TURTLE, True
    else:
        results = next((each for each in RESULTS if each.name == name), None)
        graph = next((each for each in GRAPHS if each.name == name), None)
    if results is None and graph is None:
        negotiated(request, (*RESULTS, *GRAPHS, HTML), name)
    return results, graph, False


def _question(
    base: str, operation: Operation, results: Representation | None, graph: Representation | None
) -> Question:
    query = operation.query or ""
    size = len(query.encode())
    if size > MOST_QUERY_BYTES:
        raise QueryRefusedError(f"query: {size} bytes are more than {MOST_QUERY_BYTES}; write a shorter one")
    return Question(
        query=query,
        base=f"{base}/",
        results=results.media_type if results else None,
        graph=graph.media_type if graph else None,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
    )


def _page(
    base: str, operation: Operation, answer: Answer | None = None, refusal: str | None = None
) -> HTMLResponse:
    shown: dict[str, Any] = {"columns": [], "rows": [], "more": False, "text": None}
    if answer is not None and answer.kind == AnswerKind.SOLUTIONS:
        found = json.loads(answer.content)
        bindings = found["results"]["bindings"]
        shown |= {
            "columns": found["head"]["vars"],
            "rows": bindings[:ROWS_ON_PAGE],
            "more": len(bindings) > ROWS_ON_PAGE,
        }
    elif answer is not None and answer.kind == AnswerKind.BOOLEAN:
        shown["text"] = "true" if json.loads(answer.content)["boolean"] else "false"
    elif answer is not None:
        shown["text"] = answer.content.decode()
    content = (
        _templates()
        .get_template("sparql.html")
        .render(
            operation=operation,
            examples=examples(base),
            answered=answer is not None,
            refusal=refusal,
            address=lambda **more: f"{SPARQL_PATH}?{urlencode(more)}",
            **shown,
        )
    )
    return HTMLResponse(content, 400 if refusal else 200, {"Vary": "Accept", "Cache-Control": "no-cache"})


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("api"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["_"] = lambda text: text  # where translations come in
    return environment
