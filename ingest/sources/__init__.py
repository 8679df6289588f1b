"""The feeds that Trimatch reads, by the name that --source takes; a new feed is one more entry."""

from collections.abc import Callable
from typing import Any, Final

from ingest.sources.iati import IatiSource
from ingest.sources.rdf import RdfSource
from ingest.sources.rows import Source, UnreadableFileError
from ingest.sources.table import TableSource
from ingest.sources.undp import UndpSource

SOURCES: Final[dict[str, Callable[[str | None, str], Source[Any]]]] = {
    "undp": lambda *_: UndpSource(),
    "iati": lambda *_: IatiSource(),
    "csv": lambda type_name, _: TableSource("csv", type_name),
    "xlsx": lambda type_name, _: TableSource("xlsx", type_name),
    "rdf": lambda _, public_base: RdfSource(public_base),
}
"""Each makes a source, from the node type of the rows (for tables) and the public base (for RDF)."""


def source_named(name: str, type_name: str | None = None, public_base: str = "") -> Source[Any]:
    """The source of this name. public_base: of the instance that the file goes into.

    Raises UnreadableFileError naming the known ones.
    """
    if name not in SOURCES:
        raise UnreadableFileError(f"{name!r} is no source; known ones: {', '.join(SOURCES)}")
    return SOURCES[name](type_name, public_base)
