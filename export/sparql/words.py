"""The bare words of a query, to tell a reader why it is refused.

The query parser itself takes no update, and a fork can open neither file nor connection whatever it is
asked; so this need not be a parser, only right about queries that people write.
"""

import re
from collections.abc import Iterator
from typing import Final

from export.sparql.protocol import QueryRefusedError
from graph_model.messages import N_

_TOKEN: Final = re.compile(
    r"""
    \#[^\n\r]*                                          # comment
    | <[^<>"{}|^`\\\x00-\x20]*>                         # IRI
    | \"\"\"(?:"{0,2}(?:[^"\\]|\\.))*+\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*+'''
    | "(?:[^"\\\n\r]|\\.)*+" | '(?:[^'\\\n\r]|\\.)*+'
    | [?$@][\w-]*                                       # variable, language
    | (?P<word>[\w.-]++)(?!:)
    | [\w.-]*+:[\w.:%\\-]*                              # prefixed name
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH"}
)


def words(query: str) -> Iterator[str]:
    """The bare words in capitals: none of strings, IRIs, prefixed names, variables and comments."""
    for token in _TOKEN.finditer(query):
        if token["word"]:
            yield from (part.upper() for part in _LETTERS.findall(token["word"]))


def refuse_what_is_not_offered(query: str) -> None:
    """Raises QueryRefusedError for an update and for a query that asks another endpoint."""
    found = list(words(query))
    first = next((word for word in found if word not in _PROLOGUE), None)
    if first in _UPDATES:
        raise QueryRefusedError(
            N_(
                "{word} would change the graph, and this endpoint only reads: "
                "ask SELECT, ASK, CONSTRUCT or DESCRIBE"
            ),
            word=first,
        )
    if "SERVICE" in found:
        raise QueryRefusedError(
            N_(
                "SERVICE asks another endpoint, which this one does not; "
                "query each endpoint and join the answers"
            )
        )


def names_its_dataset(query: str) -> bool:
    """Whether a query has a FROM clause."""
    return "FROM" in words(query)
