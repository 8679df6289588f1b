"""How a fork of the keeper answers one query: first it gives up what a hostile query could use."""

import io
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any, Final, NoReturn

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)

from export.sparql.protocol import (
    Answer,
    AnswerKind,
    Limits,
    NoSuchFormError,
    QueryRefusedError,
    Question,
    answer_message,
    refusal_message,
)
from export.sparql.words import names_its_dataset, refuse_what_is_not_offered
from graph_model.errors import TrimatchError
from graph_model.messages import N_

_CONNECTION: Final = 3
_STATM: Final = Path("/proc/self/statm")
_NICENESS: Final = 5
_MOST_DESCRIPTORS: Final = 65_536
"""Far more than a keeper opens; the limit of the system may be endless, and closing so many with it."""


def answer_and_exit(
    store: Store, connection: int, limits: Limits, prefixes: dict[str, str], nothing: int
) -> NoReturn:
    """Answer the question that arrives on a connection, and end this process.

    connection, nothing: descriptors of the connection and of an open null device. A query that reaches a
    limit ends the process by a signal: SIGALRM for time, SIGABRT for memory, SIGSEGV for depth.
    """
    try:
        restrict(connection, limits, nothing)
        with socket.socket(fileno=_CONNECTION) as talk:
            talk.sendall(_reply(store, _read_all(talk), limits, prefixes))
        os._exit(0)
    except MemoryError:
        os.abort()
    finally:
        os._exit(1)


def restrict(connection: int, limits: Limits, nothing: int) -> None:
    """Hold this process to the limits, leave it the connection alone, and let it open nothing more.

    The memory limit needs the size of the process, which only Linux tells; elsewhere there is none.
    """
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.dup2(connection, _CONNECTION)
    os.closerange(_CONNECTION + 1, _MOST_DESCRIPTORS)
    if _STATM.exists():
        pages = int(_STATM.read_bytes().split()[0])
        most = pages * resource.getpagesize() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    os.nice(_NICENESS)


def _reply(store: Store, message: bytes, limits: Limits, prefixes: dict[str, str]) -> bytes:
    try:
        return answer_message(_answer(store, Question.from_bytes(message), limits, prefixes))
    except TrimatchError as refusal:
        return refusal_message(refusal)
    except SyntaxError as problem:
        return refusal_message(
            QueryRefusedError(N_("the query is no SPARQL 1.1 query: {problem}"), problem=str(problem))
        )
    except MemoryError:
        raise
    except BaseException as problem:  # noqa: BLE001 -- a panic of the engine is no Exception
        return refusal_message(
            QueryRefusedError(N_("the query cannot be answered: {problem}"), problem=str(problem))
        )


def _answer(store: Store, question: Question, limits: Limits, prefixes: dict[str, str]) -> Answer:
    refuse_what_is_not_offered(question.query)
    found = store.query(question.query, base_iri=question.base, **_dataset(question))
    output = _Bounded(limits.answer_bytes)
    if isinstance(found, QueryTriples):
        graph_format = RdfFormat.from_media_type(_form(question.graph, "CONSTRUCT and DESCRIBE give a graph"))
        assert graph_format is not None  # noqa: S101 -- the endpoint offers only forms that exist
        serialize(found, output, graph_format, prefixes=prefixes)
        return Answer(AnswerKind.GRAPH, graph_format.media_type, output.getvalue())
    results_format = QueryResultsFormat.from_media_type(
        _form(question.results, "SELECT and ASK give a table or a truth value")
    )
    assert isinstance(found, QuerySolutions | QueryBoolean)  # noqa: S101 -- there is no other kind
    found.serialize(output, results_format)
    kind = AnswerKind.BOOLEAN if isinstance(found, QueryBoolean) else AnswerKind.SOLUTIONS
    return Answer(kind, str(question.results), output.getvalue())


def _form(media_type: str | None, what: str) -> str:
    if media_type is None:
        raise NoSuchFormError(f"{what}, which has none of the forms asked for; change Accept or format")
    return media_type


def _dataset(question: Question) -> dict[str, Any]:
    """Without a choice of graphs, the default graph is the union of all; each record has its own graph."""
    if question.default_graphs or question.named_graphs:
        return {
            "default_graph": [NamedNode(iri) for iri in question.default_graphs],
            "named_graphs": [NamedNode(iri) for iri in question.named_graphs],
        }
    return {"use_default_graph_as_union": not names_its_dataset(question.query)}


def _read_all(talk: socket.socket) -> bytes:
    return b"".join(iter(lambda: talk.recv(65_536), b""))


class _Bounded(io.BytesIO):
    """Bytes in memory, up to a number of them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, content: Any, /) -> int:
        if self.tell() + len(content) > self._most:
            raise QueryRefusedError(
                N_("the answer is larger than {most} bytes; add LIMIT, or take a dump of the whole graph"),
                most=self._most,
            )
        return super().write(content)
