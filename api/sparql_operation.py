"""A query with the parameters of the SPARQL protocol, as it is read from a request and answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from api.negotiation import Representation
from api.sparql_queue import SparqlQueue
from export.sparql.endpoint import PublishedDataset
from export.sparql.protocol import MOST_QUERY_BYTES, Answer, QueryRefusedError, Question
from graph_model.messages import N_

_LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Operation:
    """A query with the parameters of the protocol, wherever they stood. query: None where there is none."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    illustrative: bool = False
    format: str | None = None


def operation_of(parameters: Sequence[tuple[str, str]]) -> Operation:
    """The operation that names and values ask for. Raises QueryRefusedError."""
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise QueryRefusedError("update: this endpoint only reads; give a query")
    for name in ("query", "illustrative", "format"):
        if len(values.get(name, [])) > 1:
            raise QueryRefusedError(N_("{name} is given more than once; give it once"), name=name)
    illustrative = values.get("illustrative", ["false"])[0].lower()
    if illustrative not in ("true", "false", "1", "0"):
        shown = illustrative[:_LONGEST_SHOWN]
        raise QueryRefusedError(N_("illustrative: {value!r} is none of: true, false"), value=shown)
    return Operation(
        query=values.get("query", [None])[0],
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        illustrative=illustrative in ("true", "1"),
        format=values.get("format", [None])[0],
    )


def question_of(
    base: str, operation: Operation, results: Representation | None, graph: Representation | None
) -> Question:
    """The question that an operation puts. base: the instance's public base. results, graph: the forms of a
    table and of a graph that the reader takes. Raises QueryRefusedError where the query is too long.
    """
    query = operation.query or ""
    size = len(query.encode())
    if size > MOST_QUERY_BYTES:
        raise QueryRefusedError(
            N_("query: {size} bytes are more than {most}; write a shorter one"),
            size=size,
            most=MOST_QUERY_BYTES,
        )
    return Question(
        query=query,
        base=f"{base}/",
        results=results.media_type if results else None,
        graph=graph.media_type if graph else None,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
    )


async def answered(request: Request, dataset: PublishedDataset, question: Question) -> Answer:
    """The answer, in its turn. Raises QueryRefusedError, NoSuchFormError, UnavailableError."""
    queue: SparqlQueue = request.app.state.sparql_queue
    return await queue.run(lambda: dataset.ask(question))
