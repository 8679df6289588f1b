"""How many queries are answered at once, and what happens to one too many."""

import asyncio
import threading

import pytest

from api import sparql_queue
from api.sparql_queue import WAITING_FOR_EACH, SparqlQueue
from graph_model.errors import UnavailableError


def test_no_more_run_at_once_than_are_let_in() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.05)
        with lock:
            running -= 1

    async def all_of_them() -> None:
        queue = SparqlQueue(2)
        await asyncio.gather(*(queue.run(work) for _ in range(2 + WAITING_FOR_EACH)))

    asyncio.run(all_of_them())
    assert most == 2


def test_one_too_many_is_sent_away_at_once_and_a_long_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparql_queue, "PATIENCE_SECONDS", 0.2)
    release = threading.Event()

    async def crowd() -> list[object]:
        queue = SparqlQueue(1)
        first = asyncio.create_task(queue.run(lambda: release.wait(10)))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(queue.run(lambda: None)) for _ in range(WAITING_FOR_EACH)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="too many"):
            await queue.run(lambda: None)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        release.set()
        await first
        return [*ended, await queue.run(lambda: "answered")]

    *ended, last = asyncio.run(crowd())
    assert all(isinstance(end, UnavailableError) for end in ended)
    assert last == "answered"
