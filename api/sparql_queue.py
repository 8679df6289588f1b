"""How many SPARQL queries are answered at once, and how many may wait."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import anyio
from anyio.to_thread import run_sync

from graph_model.errors import UnavailableError
from graph_model.messages import N_

Result = TypeVar("Result")

WAITING_FOR_EACH: Final = 4
"""Queries that may wait for each that is answered."""
PATIENCE_SECONDS: Final = 5.0


class SparqlQueue:
    """Lets a few queries in at a time. Its threads are its own: it takes none from other requests."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting = 0
        self._free = asyncio.Semaphore(most)
        self._threads = anyio.CapacityLimiter(most)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run blocking work once there is room. Raises UnavailableError where there is none in time."""
        if self._waiting >= self._most * WAITING_FOR_EACH:
            raise UnavailableError(N_("too many SPARQL queries wait for an answer; try again shortly"))
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._free.acquire()
        except TimeoutError as problem:
            raise UnavailableError(
                N_("other SPARQL queries take all there is to give; try again shortly")
            ) from problem
        finally:
            self._waiting -= 1
        try:
            return await run_sync(work, limiter=self._threads)
        finally:
            self._free.release()
