"""The vector indexes of an instance as collections of a Qdrant server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from qdrant_client import QdrantClient
from qdrant_client.common.version_check import is_compatible

from graph_model.settings import Settings
from search.server_index import ServerIndex, server_errors

PREFIX = "trimatch_"
_TIMEOUT_SECONDS = 60

_log = structlog.get_logger(__name__)


def open_collection(settings: Settings, name: str, dimensions: int, facet_keys: Sequence[str]) -> ServerIndex:
    """Open the collection of the index of that name, creating it where there is none.

    Raises UnavailableError when the server does not answer, ConfigurationError when it refuses the API key or
    holds vectors of other dimensions.
    """
    client = _client(settings)
    try:
        _warn_of_other_version(client)
        return ServerIndex(client, PREFIX + name, dimensions, facet_keys)
    except BaseException:
        client.close()
        raise


def list_collections(settings: Settings) -> list[str]:
    """The names of the indexes that are on the server, sorted; raises as open_collection does."""
    with _asked(settings) as client:
        names = [collection.name for collection in client.get_collections().collections]
    return sorted(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))


def drop_collection(settings: Settings, name: str) -> None:
    """Delete the collection of the index of that name; raises as open_collection does."""
    with _asked(settings) as client:
        client.delete_collection(PREFIX + name)


@contextmanager
def _asked(settings: Settings) -> Iterator[QdrantClient]:
    client = _client(settings)
    try:
        with server_errors():
            yield client
    finally:
        client.close()


def _client(settings: Settings) -> QdrantClient:
    key = settings.qdrant_api_key
    return QdrantClient(
        url=settings.qdrant_url,
        api_key=key.get_secret_value() if key is not None else None,
        timeout=_TIMEOUT_SECONDS,
        check_compatibility=False,
    )


def _warn_of_other_version(client: QdrantClient) -> None:
    with server_errors():
        server = client.info().version
    if not is_compatible(version("qdrant-client"), server):
        _log.warning("qdrant_version_differs", client=version("qdrant-client"), server=server)
