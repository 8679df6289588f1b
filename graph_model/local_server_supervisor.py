"""Keeps one managed Neo4j alive as long as somebody uses it. Standard library only, run as a file of its own.

A process of its own is the simplest thing that survives every end of a user: each user holds a shared
flock on `users.lock`, which the kernel drops however that user ends (kill -9 too), and this process stops the
JVM as soon as it obtains the exclusive one. Locks of the folder, all of them flock(2):

    users.lock        shared by each user; exclusive by whoever stops the server, until it is stopped
    supervisor.lock   exclusive by this process
    server.lock       exclusive by this process and, inherited, by the JVM: free means that no JVM is left
    server.json       {"pid", "jvm_pid", "port"}, there while the server may be used

A JVM that dies while somebody uses it is started again. On Linux the kernel ends the JVM when this process is
killed; elsewhere the next start ends it.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

ALREADY_RUNNING = 3
STOP_SECONDS = 120
_POLL_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1


def try_lock(path: Path, operation: int = fcntl.LOCK_EX) -> IO[bytes] | None:
    """The open file that holds the lock, or None while somebody else's lock forbids it."""
    stream = path.open("ab")
    try:
        fcntl.flock(stream, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return None
    return stream


class _Supervisor:
    def __init__(self, folder: Path, command: list[str], port: int, server_lock: IO[bytes]) -> None:
        self._folder = folder
        self._command = command
        self._port = port
        self._server_lock = server_lock
        self._asked_to_stop = False
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask_to_stop(self, *_: object) -> None:
        self._asked_to_stop = True

    def run(self) -> int:
        """Run the JVM until nobody uses it, again when it dies after it had come up; its last exit code."""
        while True:
            jvm = self._launch()
            was_ready = self._watch(jvm)
            (self._folder / "server.json").unlink(missing_ok=True)
            if jvm.poll() is None:
                return _stop(jvm)
            if not was_ready or self._asked_to_stop:
                return jvm.returncode
            time.sleep(1)

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self._folder / "console.log").open("ab") as log:
            jvm = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(self._server_lock.fileno(),),
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        state = {"pid": os.getpid(), "jvm_pid": jvm.pid, "port": self._port}
        part = self._folder / "server.json.part"
        part.write_text(json.dumps(state))
        part.replace(self._folder / "server.json")
        return jvm

    def _watch(self, jvm: subprocess.Popen[bytes]) -> bool:
        """Wait until the JVM dies, nobody uses it, or we are asked to stop; whether it had come up."""
        was_ready = False
        while jvm.poll() is None and not self._asked_to_stop:
            # The lock is held until this process ends: who comes now waits, and then starts a new server.
            self._last_lock = try_lock(self._folder / "users.lock")
            if self._last_lock is not None:
                break
            was_ready = was_ready or _listens(self._port)
            time.sleep(_POLL_SECONDS)
        return was_ready


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(_POLL_SECONDS)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _stop(jvm: subprocess.Popen[bytes]) -> int:
    jvm.terminate()
    try:
        return jvm.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        jvm.kill()
        return jvm.wait()


def main() -> None:
    """Arguments: folder of the locks, port, start-up archive to record or "", the JVM's command."""
    folder, port, archive = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    # Locked before the fork: when the first process has ended, the starter knows that the lock is held.
    supervisor_lock = try_lock(folder / "supervisor.lock")
    server_lock = try_lock(folder / "server.lock")
    if supervisor_lock is None or server_lock is None:
        sys.exit(ALREADY_RUNNING)
    (folder / "server.json").unlink(missing_ok=True)
    if os.fork():
        os._exit(0)
    os.setsid()
    # What the starter reads is how the start went, and nothing after it.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    code = _Supervisor(folder, sys.argv[4:], port, server_lock).run()
    part = Path(f"{archive}.{port}.part")
    if archive and code == 0 and part.exists():
        part.replace(archive)
    elif archive:
        part.unlink(missing_ok=True)
    if archive:
        Path(f"{archive}.recording").unlink(missing_ok=True)
    # Whoever finds supervisor.lock free relies on no server being left: it ends last, with this process.
    server_lock.close()


if __name__ == "__main__":
    main()
