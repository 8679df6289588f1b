"""Which vector index an instance uses: Qdrant Edge in its home, or a collection of a Qdrant server.

What a server needs is imported for a server only: qdrant-client would add half a second to every command.
"""

import hashlib
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph_model.errors import ConfigurationError, NotFoundError
from graph_model.settings import Settings
from search.edge_index import EdgeIndex, open_shard
from search.embedder import LoadedEmbedder
from search.vector_index import VectorIndex

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LONGEST_READABLE = 100


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """A vector index that is open, its name, and the embedder whose vectors it holds."""

    name: str
    embedder: LoadedEmbedder
    index: VectorIndex


def index_name(identity: str) -> str:
    """The name of the index of one embedder: its identity where that is a safe file name, else made safe.

    A name that had to be altered ends in a digest of the identity, so that two embedders never share one.
    """
    if _SAFE_NAME.fullmatch(identity):
        return identity
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", identity).strip("-._")[:_LONGEST_READABLE]
    return f"{readable or 'index'}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def open_index(settings: Settings, name: str, dimensions: int, facet_keys: Sequence[str]) -> VectorIndex:
    """Open the index of that name, creating it where there is none.

    Raises UnavailableError when another process holds it or the server does not answer, ConfigurationError
    when it is damaged or holds vectors of other dimensions, ValueError for a name that is no safe file name.
    """
    _check_name(name)
    if settings.qdrant_url is None:
        return EdgeIndex(_folder(settings) / name, dimensions, facet_keys)
    from search.server_collections import open_collection

    return open_collection(settings, name, dimensions, facet_keys)


def list_indexes(settings: Settings) -> list[str]:
    """The names of the existing indexes, sorted."""
    if settings.qdrant_url is None:
        folder = _folder(settings)
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
    from search.server_collections import list_collections

    return list_collections(settings)


def drop_index(settings: Settings, name: str) -> None:
    """Delete the index of that name, damaged or not.

    Raises NotFoundError when there is none, UnavailableError when it is open anywhere.
    """
    _check_name(name)
    if name not in list_indexes(settings):
        raise NotFoundError(f"no vector index is named {name!r}")
    if settings.qdrant_url is None:
        folder = _folder(settings) / name
        # A damaged index is held by nobody, and dropping it is its remedy.
        with suppress(ConfigurationError):
            open_shard(folder).close()
        shutil.rmtree(folder)
        return
    from search.server_collections import drop_collection

    drop_collection(settings, name)


def _folder(settings: Settings) -> Path:
    return settings.home / "vectors"


def _check_name(name: str) -> None:
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(f"not the name of a vector index: {name!r}; derive it with index_name()")
