"""The thread that indexes in the background of a service."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from graph_model.errors import UnavailableError

POLL_SECONDS: Final = 0.1
IDLE_POLL_SECONDS: Final = 0.4
"""Between looks for what others write, where none found anything of late: each takes 4 ms of a core."""
LONGEST_PAUSE_SECONDS: Final = 15.0

log = structlog.get_logger(__name__)


class IndexerThread:
    """Runs steps of indexing in the background, and pauses longer while a store cannot be reached."""

    def __init__(self, step: Callable[[], bool]) -> None:
        """step: does a bounded piece of work and says whether there was any."""
        self._step = step
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for changes at once; a local writer calls this after a write."""
        self._wake.set()

    def close(self) -> None:
        """End the thread after the step under way. Closing twice is no error."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            try:
                busy = self._step()
                pause = 0.0 if busy else _longer(pause, IDLE_POLL_SECONDS)
            except UnavailableError as problem:
                pause = _longer(pause, LONGEST_PAUSE_SECONDS)
                log.warning("indexing_paused", problem=str(problem), seconds=pause)
            except Exception:
                pause = LONGEST_PAUSE_SECONDS
                log.exception("indexing_failed", seconds=pause)
            if pause:
                self._wake.wait(pause)
            self._wake.clear()


def _longer(pause: float, most: float) -> float:
    return min(max(2 * pause, POLL_SECONDS), most)
