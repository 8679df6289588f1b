"""``/sparql``: the SPARQL 1.1 protocol for reading, and the endpoint's description.

A browser is led to the page, which is at the address of its language.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
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
from api.pages.page import page_in
from api.pages.sparql import TABLE, answered_page, to_page
from api.problems import HttpError
from api.sparql_operation import Operation, answered, operation_of, question_of
from export.documents import rdf_document
from export.sparql.description import SPARQL_PATH, service_description
from export.sparql.endpoint import SparqlEndpoint
from export.sparql.protocol import QueryRefusedError
from graph_model.settings import Settings

RESULTS: Final = (
    TABLE,
    Representation("xml", "application/sparql-results+xml", ".srx"),
    Representation("csv", "text/csv", ".csv"),
    Representation("tsv", "text/tab-separated-values", ".tsv"),
    Representation("json", "application/json", ".json"),
    Representation("xml", "application/xml", ".xml"),
)
GRAPHS: Final = (TURTLE, N_TRIPLES, JSON_LD, RDF_XML)
FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
SEQUENCE_HEADER: Final = "Trimatch-Change-Sequence"
_FORMATS: Final = ", ".join(dict.fromkeys(each.name for each in (*RESULTS, *GRAPHS, HTML)))

router = APIRouter(tags=["sparql"])


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
    operation = operation_of(parameters)
    if operation.query is None:
        raise QueryRefusedError("the parameter query is missing; give a SPARQL 1.1 query")
    return await _respond(request, endpoint, settings, operation)


async def _respond(
    request: Request, endpoint: SparqlEndpoint, settings: Settings, operation: Operation
) -> Response:
    if operation.query is None:
        return _description(request, settings.public_base, operation)
    results, graph, on_page = _forms(request, operation.format)
    if on_page and request.method == "GET":
        return to_page(request)
    if on_page:
        page = page_in(request, settings, request.app.state.instance.store)
        return await answered_page(page, endpoint, operation)
    question = question_of(settings.public_base, operation, results, graph)
    dataset = endpoint.dataset(illustrative=operation.illustrative)
    sequence = dataset.sequence
    answer = await answered(request, dataset, question)
    headers = {
        "Vary": "Accept",
        "Cache-Control": "no-cache",
        SEQUENCE_HEADER: str(max(sequence, 0)),
    }
    return Response(answer.content, headers=headers, media_type=answer.media_type)


def _description(request: Request, base: str, operation: Operation) -> Response:
    form = negotiated(request, (*GRAPHS, HTML), operation.format)
    if form == HTML:
        return to_page(request)
    syntax = RdfFormat.from_media_type(form.media_type) or RdfFormat.TURTLE
    content = rdf_document(service_description(base), syntax, base, f"{base}{SPARQL_PATH}#service")
    return Response(content, headers={"Vary": "Accept"}, media_type=form.media_type)


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
