"""Qdrant Edge in a folder: closing, a kill, a second process, damaged files, threads."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from qdrant_edge import EdgeShard, Point, UpdateOperation

from graph_model.errors import ConfigurationError, UnavailableError
from graph_model.settings import Settings
from search.edge_index import EdgeIndex
from search.open_index import drop_index, list_indexes
from search.vector_index import IndexedPoint, point_id
from tests.service.vector_indexes import DIMENSIONS, FACETS, RECORDS, unit

PROJECT_ROOT = Path(__file__).parents[2]


def test_edge_keeps_everything_over_closing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    first = EdgeIndex(folder, DIMENSIONS, FACETS)
    first.upsert(RECORDS)
    first.close()
    first.close()
    with pytest.raises(UnavailableError, match="closed"):
        first.count()
    second = EdgeIndex(folder, DIMENSIONS, (*FACETS, "language"))
    assert second.count() == 4
    assert second.facet("countries") == {"BRA": 2, "KEN": 2, "ARG": 1}
    assert second.facet("language") == {}
    assert second.search_text("seed", 1)[0].ref == "offer/2"
    second.close()


def test_edge_survives_a_killed_process(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
from pathlib import Path
import numpy as np
from search.edge_index import EdgeIndex
from search.vector_index import IndexedPoint
index = EdgeIndex(Path(sys.argv[1]), {DIMENSIONS}, {FACETS!r})
vector = np.ones({DIMENSIONS}, dtype=np.float32)
for batch in range(5):
    index.upsert([
        IndexedPoint(f"need/{{number}}", vector, f"text {{number}}", {{"type": "Need"}})
        for number in range(batch * 100, batch * 100 + 100)
    ])
index.delete(["need/0"])
index.set_payload({{"need/1": {{"type": "Closed"}}}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    folder = tmp_path / "index"
    killed = subprocess.run([sys.executable, "-c", program, str(folder)], cwd=PROJECT_ROOT, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    index = EdgeIndex(folder, DIMENSIONS, FACETS)
    assert index.count() == 499
    assert index.facet("type") == {"Need": 498, "Closed": 1}
    assert index.search_text("499", 1)[0].ref == "need/499"
    index.close()


def test_edge_is_refused_to_a_second_process_by_name_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = EdgeIndex(folder, DIMENSIONS, FACETS)
    program = f"""
import sys
from pathlib import Path
from graph_model.errors import UnavailableError
from search.edge_index import EdgeIndex
try:
    EdgeIndex(Path(sys.argv[1]), {DIMENSIONS}, {FACETS!r})
except UnavailableError as error:
    print(error)
"""
    second = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=PROJECT_ROOT,
        timeout=120,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"in use by process {os.getpid()}" in second.stdout
    assert "TRIMATCH_QDRANT_URL" in second.stdout
    index.close()


@pytest.mark.parametrize(
    "pattern", ["edge_config.json", "wal/open-1", "segments/*/segment.json", "**/status.dat"]
)
def test_edge_says_how_to_mend_damaged_files(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "vectors" / "index"
    index = EdgeIndex(folder, DIMENSIONS, FACETS)
    index.upsert(RECORDS)
    index.close()
    for damaged in folder.glob(pattern):
        damaged.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="delete that folder, and `trimatch reconcile`"):
        EdgeIndex(folder, DIMENSIONS, FACETS)
    settings = Settings(home=tmp_path)
    drop_index(settings, "index")
    assert list_indexes(settings) == []


def test_edge_refuses_vectors_of_another_embedder(tmp_path: Path) -> None:
    EdgeIndex(tmp_path / "index", DIMENSIONS, FACETS).close()
    with pytest.raises(ConfigurationError, match="expected vector size 8"):
        EdgeIndex(tmp_path / "index", 8, FACETS)


def test_a_point_without_ref_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    EdgeIndex(folder, DIMENSIONS, FACETS).close()
    shard = EdgeShard.load(str(folder))
    shard.update(
        UpdateOperation.upsert_points([Point(point_id("x"), {"dense": [1.0, 0.0, 0.0, 0.0]}, {"type": "x"})])
    )
    shard.close()
    index = EdgeIndex(folder, DIMENSIONS, FACETS)
    for ask in (lambda: index.search_dense(unit(1, 0, 0, 0), 1), lambda: list(index.scroll())):
        with pytest.raises(ConfigurationError, match="no 'ref'"):
            ask()
    index.close()


def test_edge_answers_threads_while_another_writes(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index", DIMENSIONS, FACETS)
    index.upsert(RECORDS)
    failures: list[Exception] = []

    def read() -> None:
        try:
            for _ in range(200):
                assert index.search_hybrid(unit(1, 0, 0, 0), "examiners", 3)[0].ref == "need/1"
        except Exception as error:  # noqa: BLE001 (a thread's failure is asserted by the test)
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(200):
        index.upsert([IndexedPoint(f"other/{number}", unit(0, 0, 0, 1), "other", {"type": "Other"})])
    for reader in readers:
        reader.join()
    assert failures == []
    assert index.count({"type": ["Other"]}) == 200
    index.close()
