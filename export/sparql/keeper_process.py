"""A keeper, as the service sees it."""

import json
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import BinaryIO, Final, cast

from export.sparql.keeper import DONE
from export.sparql.protocol import ENDING, Answer, Limits, QueryRefusedError, Question, read_answer
from graph_model.errors import UnavailableError
from graph_model.messages import N_

_GRACE_SECONDS: Final = 5.0
"""How much longer than its limit a query is waited for; the kernel ends it in time."""


class KeeperProcess:
    """A process that keeps a dataset and answers queries. Queries may come from several threads at once.

    Every method raises UnavailableError where the process is gone.
    """

    def __init__(self, limits: Limits, prefixes: dict[str, str]) -> None:
        self._limits = limits
        self._queries, theirs = socket.socketpair()
        setup = json.dumps({"limits": asdict(limits), "prefixes": prefixes})
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "export.sparql.keeper", str(theirs.fileno()), setup],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        self._updates = cast(BinaryIO, self._process.stdin)
        self._acknowledgements = cast(BinaryIO, self._process.stdout)
        self._lock = threading.Lock()
        self._close = weakref.finalize(
            self, _end, self._process, self._updates, self._acknowledgements, self._queries
        )
        self._await_acknowledgement()

    @property
    def process_id(self) -> int:
        """Of the process that keeps the dataset."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def update(self, replace: Sequence[str], quads: bytes) -> None:
        """Empty these graphs and load these N-Quads; a query sees both or neither."""
        head = json.dumps({"replace": list(replace), "bytes": len(quads)})
        with self._lock:
            try:
                self._updates.write(head.encode() + b"\n" + quads)
                self._updates.flush()
            except OSError as problem:
                raise self._lost() from problem
            self._await_acknowledgement()

    def ask(self, question: Question) -> Answer:
        """What a query gives. Raises QueryRefusedError, also at a limit, and NoSuchFormError."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(self._limits.seconds + _GRACE_SECONDS)
            try:
                with theirs:
                    socket.send_fds(self._queries, [b"?"], [theirs.fileno()])
                ours.sendall(question.to_bytes())
                ours.shutdown(socket.SHUT_WR)
                message = b"".join(iter(lambda: ours.recv(262_144), b""))
            except OSError as problem:
                raise self._lost() from problem
        return self._read(message)

    def _read(self, message: bytes) -> Answer:
        if len(message) < ENDING.size:
            raise self._lost()
        (ending,) = ENDING.unpack(message[-ENDING.size :])
        if ending < 0:
            raise self._limit_reached(-ending)
        answer = read_answer(message[: -ENDING.size])
        if answer is None:
            raise self._lost()
        return answer

    def _limit_reached(self, number: int) -> Exception:
        match number:
            case signal.SIGALRM:
                return QueryRefusedError(
                    N_("the query did not end within {seconds} s; make its patterns more selective"),
                    seconds=f"{self._limits.seconds:g}",
                )
            case signal.SIGABRT | signal.SIGKILL:
                memory = self._limits.memory_bytes // 1_048_576
                return QueryRefusedError(
                    N_("the query needs more than {memory} MiB of memory; sort, group or join less at once"),
                    memory=memory,
                )
            case signal.SIGSEGV | signal.SIGBUS:
                return QueryRefusedError(N_("the query is nested too deeply; write it with less nesting"))
            case _:
                return UnavailableError(
                    N_("the query was ended by signal {number}; try again"), number=number
                )

    def close(self) -> None:
        """End the process and what it answers. Closing twice is no error."""
        self._close()

    def _await_acknowledgement(self) -> None:
        if self._acknowledgements.read(1) != DONE:
            raise self._lost()

    def _lost(self) -> UnavailableError:
        return UnavailableError(
            N_("the process that answers SPARQL has ended; it is started again, try shortly")
        )


def _end(
    process: subprocess.Popen[bytes], updates: BinaryIO, acknowledgements: BinaryIO, queries: socket.socket
) -> None:
    """Closing its input ends a keeper and its forks."""
    queries.close()
    with suppress(OSError):
        updates.close()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    acknowledgements.close()
