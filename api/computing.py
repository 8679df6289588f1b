"""Answers that cost the processor are computed a few at a time, in the order in which they were asked for.

More of them side by side only wait for the interpreter lock, each of them for all the others.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

COMPUTED_AT_ONCE: Final = 2

Answer = TypeVar("Answer")

_turns: Final = RunVar[CapacityLimiter]("turns of computed answers")


async def computed(compute: Callable[[], Answer]) -> Answer:
    """What compute returns or raises, in a thread, once it is its turn."""
    turns = _turns.get(None)
    if turns is None:
        turns = CapacityLimiter(COMPUTED_AT_ONCE)
        _turns.set(turns)
    return await to_thread.run_sync(compute, limiter=turns)
