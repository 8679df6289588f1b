"""What the service, the keeper of a dataset and the forks that answer say to each other.

A question and an answer are a line of JSON; the content of an answer follows its line. The keeper ends the
conversation with how the fork ended.
"""

import json
import struct
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from graph_model.errors import TrimatchError

MOST_QUERY_BYTES: Final = 32_768
ENDING: Final = struct.Struct("!i")
"""How a fork ended: its exit code, or the negative number of the signal that killed it."""


class QueryRefusedError(TrimatchError):
    """A query is no query, asks for what is not offered here, or for more than one query may have."""


class NoSuchFormError(TrimatchError):
    """The answer has none of the forms that the reader takes."""


class AnswerKind(StrEnum):
    """What a query gives."""

    SOLUTIONS = "solutions"
    BOOLEAN = "boolean"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take: wall-clock seconds, memory beyond the dataset's, bytes of its answer."""

    seconds: float
    memory_bytes: int
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Question:
    """A query and how to answer it.

    base: what relative IRIs in it are resolved against. results: media type for SELECT and ASK; graph: for
    CONSTRUCT and DESCRIBE; None where the reader takes none. default_graphs, named_graphs: the dataset of the
    protocol's parameters, which goes before the query's own FROM; empty for the whole graph.
    """

    query: str
    base: str
    results: str | None
    graph: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The question as it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, message: bytes) -> "Question":
        """A question that was sent."""
        return cls(**json.loads(message))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave, in one of the forms that were asked for."""

    kind: AnswerKind
    media_type: str
    content: bytes


def answer_message(answer: Answer) -> bytes:
    """An answer as it is sent."""
    head = {"kind": answer.kind, "media_type": answer.media_type, "length": len(answer.content)}
    return json.dumps(head).encode() + b"\n" + answer.content


def refusal_message(error: TrimatchError) -> bytes:
    """A refusal as it is sent."""
    message = error.message
    head = {
        "refused": message.template,
        "values": dict(message.values),
        "form": isinstance(error, NoSuchFormError),
        "length": 0,
    }
    return json.dumps(head).encode() + b"\n"


def read_answer(message: bytes) -> Answer | None:
    """The answer in a message, None where the message is not whole.

    Raises QueryRefusedError and NoSuchFormError where that is the answer.
    """
    line, found, content = message.partition(b"\n")
    if not found:
        return None
    head: dict[str, Any] = json.loads(line)
    if len(content) != head["length"]:
        return None
    if "refused" in head:
        raise (NoSuchFormError if head["form"] else QueryRefusedError)(head["refused"], **head["values"])
    return Answer(AnswerKind(head["kind"]), head["media_type"], content)
