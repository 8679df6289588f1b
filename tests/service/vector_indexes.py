"""The vector stores under test: Qdrant Edge in a folder, qdrant-client in memory and on a real server.

A real server is used where the environment variable QDRANT_URL is set.
"""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from search.edge_index import EdgeIndex
from search.server_index import ServerIndex
from search.vector_index import IndexedPoint, VectorIndex

FACETS = ("type", "countries", "sdgs")
DIMENSIONS = 4


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array(values, dtype=np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def server_index(client: QdrantClient, dimensions: int = DIMENSIONS) -> ServerIndex:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
        return ServerIndex(client, f"trimatch_test_{uuid4().hex}", dimensions, FACETS)


@pytest.fixture(params=["edge", "server-memory", "server-url"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "edge":
        edge = EdgeIndex(tmp_path / "index", DIMENSIONS, FACETS)
        yield edge
        edge.close()
        return
    url = os.environ.get("QDRANT_URL")
    if request.param == "server-url" and not url:
        pytest.skip("QDRANT_URL is not set: no real Qdrant server to test")
    client = (
        QdrantClient(url=url, check_compatibility=False)
        if request.param == "server-url"
        else QdrantClient(":memory:")
    )
    server = server_index(client)
    yield server
    client.delete_collection(server._collection)
    server.close()


RECORDS = [
    IndexedPoint(
        "need/1", unit(1, 0, 0, 0), "Training of patent examiners", {"type": "Need", "countries": ["KEN"]}
    ),
    IndexedPoint(
        "offer/1",
        unit(0.9, 0.1, 0, 0),
        "Patent training offered by the office",
        {"type": "Offer", "countries": ["BRA", "ARG"], "sdgs": ["9"]},
    ),
    IndexedPoint(
        "offer/2",
        unit(0, 1, 0, 0),
        "Seed storage",
        {"type": "Offer", "countries": ["BRA"], "sdgs": ["2", "9"]},
    ),
    IndexedPoint(
        "practice/1", unit(0, 0, 1, 0), "Music licensing", {"type": "Practice", "countries": ["KEN"]}
    ),
]


@pytest.fixture
def filled(index: VectorIndex) -> VectorIndex:
    index.upsert(RECORDS)
    return index
