"""Bulk embedding in a process of its own: the same vectors, and no text lost when the process is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search.embedding_process import WORTH_A_PROCESS, BulkEmbedder
from search.universal_sentence_encoder import UniversalSentenceEncoder

TEXTS = [f"Training of examiners in patent class {number}" for number in range(WORTH_A_PROCESS)]


@pytest.fixture(scope="module")
def local() -> UniversalSentenceEncoder:
    return UniversalSentenceEncoder()


@pytest.fixture
def bulk(local: UniversalSentenceEncoder) -> Iterator[BulkEmbedder]:
    embedder = BulkEmbedder(local)
    yield embedder
    embedder.close()


def _process_of(embedder: BulkEmbedder) -> int:
    """The process's id, once the process answers."""
    embedder.encode_document(TEXTS)
    deadline = time.monotonic() + 60
    while (process := embedder.process_id) is None:
        assert time.monotonic() < deadline, "the process never became ready"
        time.sleep(0.05)
    return process


def test_a_small_batch_starts_no_process(bulk: BulkEmbedder) -> None:
    bulk.encode_document(TEXTS[:20])
    assert bulk.process_id is None


def test_the_process_gives_the_vectors_that_the_caller_would(
    bulk: BulkEmbedder, local: UniversalSentenceEncoder
) -> None:
    _process_of(bulk)
    texts = [*TEXTS[:20], "تدريب فاحصي براءات الاختراع", "two\nlines \u2028 and \U0001f600"]
    assert bulk.encode_document(texts) == pytest.approx(local.encode_document(texts), abs=1e-6)


@pytest.mark.parametrize("already_gone", [False, True])
def test_a_process_that_was_killed_costs_no_vector(
    already_gone: bool, bulk: BulkEmbedder, local: UniversalSentenceEncoder
) -> None:
    process = _process_of(bulk)
    os.kill(process, signal.SIGKILL)
    if already_gone:
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    vectors = bulk.encode_document(TEXTS[:20])
    assert np.allclose(vectors, local.encode_document(TEXTS[:20]), atol=1e-6)
    assert bulk.process_id is None


def test_the_process_ends_with_a_parent_that_was_killed() -> None:
    code = (
        "import time\nfrom tests.unit.test_embedding_process import BulkEmbedder, "
        "UniversalSentenceEncoder, _process_of\n"
        "print(_process_of(BulkEmbedder(UniversalSentenceEncoder())), flush=True)\ntime.sleep(60)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while _is_alive(process):
        assert time.monotonic() < deadline, "the embedding process outlived its parent"
        time.sleep(0.05)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
