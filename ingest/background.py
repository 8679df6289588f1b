"""Embedding while reading goes on: what a batch wrote is indexed during the next one."""

import threading
from types import TracebackType
from typing import Protocol, Self

from search.indexer import IndexReport


class CatchesUp(Protocol):
    """What search.index_lifecycle.IndexLifecycle and search.instance.Instance offer."""

    def catch_up(self) -> IndexReport:
        """Index everything that the graph has and the vector index lacks."""


class BackgroundIndexing:
    """Runs an indexer in a thread of its own. A context manager; does nothing without an indexer.

    An error of the thread is raised by finish, in the caller's thread; nothing is lost by it, because the
    change log keeps what awaits indexing.
    """

    def __init__(self, indexer: CatchesUp | None) -> None:
        self._indexer = indexer
        self._wake = threading.Event()
        self._stopping = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.embedded = 0

    def wake(self) -> None:
        """There is something to index. Raises what the thread met."""
        if self._error is not None:
            raise self._error
        self._wake.set()

    def finish(self) -> None:
        """Wait until everything is indexed. Raises what the thread met."""
        self._join()
        if self._error is not None:
            raise self._error
        self._catch_up()

    def __enter__(self) -> Self:
        if self._indexer is not None:
            self._thread = threading.Thread(target=self._run, name="ingest-indexing", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._join()

    def _join(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            if self._stopping:
                return
            try:
                self._catch_up()
            except BaseException as error:  # noqa: BLE001 (handed to the caller's thread)
                self._error = error
                return

    def _catch_up(self) -> None:
        if self._indexer is not None:
            self.embedded += self._indexer.catch_up().embedded
