"""The process that keeps one dataset in memory: ``python -m export.sparql.keeper DESCRIPTOR SETUP``.

It has one thread. It applies updates that arrive on its input one after the other, and forks for each query:
the fork sees the graph as it was between two updates, and may end in any way without harm to it. It ends with
its parent, and its forks end with it.
"""

import json
import os
import selectors
import signal
import socket
import sys
from typing import BinaryIO, Final

from pyoxigraph import NamedNode, RdfFormat, Store

from export.sparql.answering import answer_and_exit
from export.sparql.protocol import ENDING, Limits

DONE: Final = b"\n"
_STALLED_SECONDS: Final = 1.0


class Keeper:
    """The dataset, the pipes to the service and the forks that answer now."""

    def __init__(
        self,
        updates: BinaryIO,
        acknowledgements: BinaryIO,
        queries: socket.socket,
        limits: Limits,
        prefixes: dict[str, str],
    ) -> None:
        self._updates = updates
        self._acknowledgements = acknowledgements
        self._queries = queries
        self._limits = limits
        self._prefixes = prefixes
        self._store = Store()
        self._nothing = os.open(os.devnull, os.O_RDWR)
        self._forks: dict[int, socket.socket] = {}

    def run(self) -> None:
        """Serve until the parent closes its end or is gone."""
        woken, waking = socket.socketpair()
        waking.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking.fileno())
        with selectors.DefaultSelector() as ready:
            ready.register(self._updates, selectors.EVENT_READ, self._apply_update)
            ready.register(self._queries, selectors.EVENT_READ, self._fork)
            ready.register(woken, selectors.EVENT_READ, lambda: self._reap(woken))
            self._acknowledge()
            while all(key.data() for key, _ in ready.select()):
                pass
        for process in self._forks:
            os.kill(process, signal.SIGKILL)

    def _acknowledge(self) -> None:
        self._acknowledgements.write(DONE)
        self._acknowledgements.flush()

    def _apply_update(self) -> bool:
        """Empty the graphs that a line of JSON names, and load the N-Quads that follow it."""
        line = self._updates.readline()
        if not line:
            return False
        update = json.loads(line)
        quads = self._updates.read(update["bytes"])
        for graph in update["replace"]:
            self._store.remove_graph(NamedNode(graph))
        # The service wrote these quads; every IRI in them has been validated.
        self._store.bulk_load(quads, RdfFormat.N_QUADS, lenient=True)
        self._acknowledge()
        return True

    def _fork(self) -> bool:
        """Take the connection that comes with a byte and answer its question in a fork."""
        byte, descriptors, _, _ = socket.recv_fds(self._queries, 1, 1)
        if not byte:
            return False
        connection = socket.socket(fileno=descriptors[0])
        try:
            process = os.fork()
        except OSError:
            connection.close()
            return True
        if process == 0:
            signal.set_wakeup_fd(-1)
            answer_and_exit(self._store, connection.fileno(), self._limits, self._prefixes, self._nothing)
        self._forks[process] = connection
        return True

    def _reap(self, woken: socket.socket) -> bool:
        """Tell the service how each fork ended that has ended since."""
        woken.recv(4_096)
        while self._forks:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            with self._forks.pop(process) as connection:
                connection.settimeout(_STALLED_SECONDS)
                try:
                    connection.sendall(ENDING.pack(os.waitstatus_to_exitcode(status)))
                except OSError:
                    continue  # nobody waits for this answer any more
        return True


def main(arguments: list[str]) -> None:
    """Keep a dataset. Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setup = json.loads(arguments[1])
    with socket.socket(fileno=int(arguments[0])) as queries:
        Keeper(
            sys.stdin.buffer, sys.stdout.buffer, queries, Limits(**setup["limits"]), setup["prefixes"]
        ).run()


if __name__ == "__main__":
    main(sys.argv[1:])
