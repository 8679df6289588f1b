"""Bulk embedding in a process of its own, which leaves the interpreter to queries and to writing records.

The default embedder is NumPy code that takes the interpreter lock between its many short steps; a thread that
reads and writes records beside it makes both slower (600 texts: 3.9 s alone, 8.0 s beside a busy thread).
"""

import json
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from typing import BinaryIO, Final, cast

import numpy as np
import structlog

from search.universal_sentence_encoder import USE_DIMENSIONS, UniversalSentenceEncoder
from search.vectors import Vectors

BULK: Final = 16
"""Texts from which a call counts as bulk; fewer are embedded sooner than the process answers."""
WORTH_A_PROCESS: Final = 256
"""Texts embedded in bulk before the process starts: it takes a second or two and 150 MB."""
IDLE_SECONDS: Final = 60.0
_READY: Final = b"\n"

log = structlog.get_logger(__name__)


class BulkEmbedder:
    """A UniversalSentenceEncoder that hands documents in bulk to a process of its own. Is an Embedder.

    The process starts once that is worthwhile. It ends when it was idle for a minute, with this object, and
    with its parent, however that ends. While it is not there, or when it fails, the calling process embeds.
    """

    def __init__(self, local: UniversalSentenceEncoder) -> None:
        self._local = local
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._idle: threading.Timer | None = None
        self._embedded = 0

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        return self._local.encode_query(texts)

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        if isinstance(texts, str) or len(texts) < BULK:
            return self._local.encode_document(texts)
        vectors = self._elsewhere(texts)
        return self._local.encode_document(texts) if vectors is None else vectors

    @property
    def process_id(self) -> int | None:
        """The process that embeds, once it is ready."""
        with self._lock:
            worker = self._worker
            return worker.process_id if worker is not None and worker.ready.is_set() else None

    def close(self) -> None:
        """End the process; the next bulk starts another."""
        with self._lock:
            self._stop()

    def _elsewhere(self, texts: list[str]) -> Vectors | None:
        with self._lock:
            self._embedded += len(texts)
            if self._worker is None:
                if self._embedded >= WORTH_A_PROCESS:
                    self._worker = _Worker()
                    weakref.finalize(self, self._worker.close)
                return None
            if not self._worker.ready.is_set():
                return None
            self._keep()
            try:
                return self._worker.encode(texts)
            except (OSError, EOFError) as problem:
                log.warning("embedding_process_lost", problem=str(problem))
                self._stop()
                return None

    def _keep(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(IDLE_SECONDS, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker, self._embedded = None, 0


class _Worker:
    """The process with its pipes: a line of JSON with texts goes in, their vectors as float32 come out."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._texts = cast(BinaryIO, self._process.stdin)
        self._vectors = cast(BinaryIO, self._process.stdout)
        self.ready = threading.Event()
        threading.Thread(target=self._await_ready, name="embedding-process", daemon=True).start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def _await_ready(self) -> None:
        if self._vectors.read(1) == _READY:
            self.ready.set()

    def encode(self, texts: list[str]) -> Vectors:
        """Vectors of shape (texts, dimensions). Raises OSError or EOFError where the process is gone."""
        self._texts.write(json.dumps(texts).encode() + b"\n")
        self._texts.flush()
        expected = len(texts) * USE_DIMENSIONS * np.dtype(np.float32).itemsize
        answer = self._vectors.read(expected)
        if len(answer) < expected:
            raise EOFError(f"the embedding process ended with {self._process.wait()}")
        return np.frombuffer(answer, dtype=np.float32).reshape(len(texts), USE_DIMENSIONS)

    def close(self) -> None:
        """End the process. Closing twice is no error."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # closing sends what could not be sent
            self._texts.close()
        self._vectors.close()


def serve(texts: BinaryIO, vectors: BinaryIO) -> None:
    """Embed until the parent closes the pipe or is gone. Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    encoder = UniversalSentenceEncoder()
    vectors.write(_READY)
    vectors.flush()
    for line in texts:
        vectors.write(encoder.encode_document(json.loads(line)).astype(np.float32).tobytes())
        vectors.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
