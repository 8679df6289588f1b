"""The vector indexes of an instance: listed, dropped, and the errors of a server that cannot be used."""

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from graph_model.errors import ConfigurationError, NotFoundError, UnavailableError
from graph_model.settings import Settings
from search.open_index import drop_index, list_indexes, open_index
from tests.service.vector_indexes import DIMENSIONS, FACETS


def test_an_instance_lists_and_drops_its_indexes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert list_indexes(settings) == []
    open_index(settings, "old-model", DIMENSIONS, FACETS).close()
    current = open_index(settings, "new-model", 8, FACETS)
    assert current.dimensions == 8
    assert list_indexes(settings) == ["new-model", "old-model"]
    with pytest.raises(UnavailableError, match="in use"):
        drop_index(settings, "new-model")
    drop_index(settings, "old-model")
    assert list_indexes(settings) == ["new-model"]
    with pytest.raises(NotFoundError, match="old-model"):
        drop_index(settings, "old-model")
    for name in ("../secrets", "", ".hidden"):
        with pytest.raises(ValueError, match="name of a vector index"):
            drop_index(settings, name)
    current.close()


@pytest.mark.skipif("QDRANT_URL" not in os.environ, reason="QDRANT_URL is not set: no real server to test")
def test_a_server_lists_and_drops_its_indexes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, qdrant_url=os.environ["QDRANT_URL"])
    name = f"test-{uuid4().hex}"
    open_index(settings, name, DIMENSIONS, FACETS).close()
    assert name in list_indexes(settings)
    drop_index(settings, name)
    assert name not in list_indexes(settings)


class RefusingHandler(BaseHTTPRequestHandler):
    """What a proxy or a server with another API key answers."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in http.server)
        pass


def test_a_server_that_refuses_the_key_is_named(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), RefusingHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = Settings(home=tmp_path, qdrant_url=f"http://127.0.0.1:{server.server_port}")
    try:
        with pytest.raises(ConfigurationError, match="TRIMATCH_QDRANT_API_KEY"):
            open_index(settings, "model", DIMENSIONS, FACETS)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, qdrant_url="http://127.0.0.1:9")
    for ask in (lambda: open_index(settings, "model", DIMENSIONS, FACETS), lambda: list_indexes(settings)):
        with pytest.raises(UnavailableError, match="TRIMATCH_QDRANT_URL"):
            ask()
