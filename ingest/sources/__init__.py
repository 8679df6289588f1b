"""The feeds that Trimatch reads, by the name that --source takes; a new feed is one more entry."""

from collections.abc import Callable
from typing import Any, Final

from ingest.sources.iati import IatiSource
from ingest.sources.rows import Source, UnreadableFileError
from ingest.sources.table import TableSource
from ingest.sources.undp import UndpSource

SOURCES: Final[dict[str, Callable[[str | None], Source[Any]]]] = {
    "undp": lambda _: UndpSource(),
    "iati": lambda _: IatiSource(),
    "csv": lambda type_name: TableSource("csv", type_name),
    "xlsx": lambda type_name: TableSource("xlsx", type_name),
}
"""Each makes a source; its argument is the node type of the rows, used by table formats."""


def source_named(name: str, type_name: str | None = None) -> Source[Any]:
    """The source of this name. Raises UnreadableFileError naming the known ones."""
    if name not in SOURCES:
        raise UnreadableFileError(f"{name!r} is no source; known ones: {', '.join(SOURCES)}")
    return SOURCES[name](type_name)
