"""When the background thread looks for what is to be done."""

import threading
import time
from collections.abc import Iterator

import pytest

from search.indexer_thread import IDLE_POLL_SECONDS, POLL_SECONDS, IndexerThread
from tests.service.processes import wait_until


class Steps:
    """A step that notes when it ran, and has as much work as it is given."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.work = 0
        self.ran = threading.Event()

    def __call__(self) -> bool:
        self.at.append(time.monotonic())
        self.ran.set()
        busy = self.work > 0
        self.work -= busy
        return busy

    def pauses(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.at, self.at[1:], strict=False)]


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def thread(steps: Steps) -> Iterator[IndexerThread]:
    thread = IndexerThread(steps)
    thread.start()
    yield thread
    thread.close()


def idle(steps: Steps) -> None:
    """Wait until it looks as seldom as it ever does."""
    wait_until(lambda: steps.pauses()[-1:] >= [IDLE_POLL_SECONDS], "a look that comes late")


def test_it_looks_less_often_where_nothing_comes(thread: IndexerThread, steps: Steps) -> None:
    idle(steps)
    assert steps.pauses()[0] < IDLE_POLL_SECONDS


def test_a_local_write_wakes_it_at_once(thread: IndexerThread, steps: Steps) -> None:
    idle(steps)
    steps.ran.clear()
    thread.wake()
    assert steps.ran.wait(IDLE_POLL_SECONDS / 2)


def test_it_works_without_pause_and_then_looks_often_again(thread: IndexerThread, steps: Steps) -> None:
    idle(steps)
    steps.work = 3
    before = len(steps.at)
    thread.wake()
    wait_until(lambda: len(steps.at) >= before + 5, "work and a look after it")
    *working, first_pause = steps.pauses()[before : before + 4]
    assert min(working) < POLL_SECONDS
    assert POLL_SECONDS <= first_pause < IDLE_POLL_SECONDS
