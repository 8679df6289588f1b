"""The real program as a process of its own, on a home of its own, watched and ended from outside."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from graph_model.settings import Settings

PATIENCE_SECONDS = 240


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def environment(settings: Settings) -> dict[str, str]:
    """The environment that gives a process these settings, and nothing of Trimatch's own from this one."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRIMATCH_")}
    mine = {
        "TRIMATCH_HOME": str(settings.home),
        "TRIMATCH_CACHE": str(settings.cache),
        "TRIMATCH_PORT": str(settings.port),
        "TRIMATCH_NEO4J_RECORD_ARCHIVE": str(settings.neo4j_record_archive),
        "TRIMATCH_LOG_FORMAT": "json",
        "TRIMATCH_RATE_LIMIT": "100000/minute",
        "TRIMATCH_WRITE_RATE_LIMIT": "100000/minute",
    }
    if settings.neo4j_uri is not None and settings.neo4j_password is not None:
        mine["TRIMATCH_NEO4J_URI"] = settings.neo4j_uri
        mine["TRIMATCH_NEO4J_PASSWORD"] = settings.neo4j_password.get_secret_value()
    return inherited | mine


@dataclass
class Program:
    """A running ``trimatch`` and what it printed so far."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def output(self) -> str:
        """Everything printed so far, stdout and stderr."""
        return "".join(self.lines)

    def wait_for_line(self, pattern: str) -> None:
        """Wait until a line matches; fails with the output where the program ends first."""
        wait_until(lambda: re.search(pattern, self.output()) is not None or self.ended(), pattern)
        assert re.search(pattern, self.output()), self.output()

    def ended(self) -> bool:
        """Whether the process is over."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """SIGKILL: no handler, no clean-up."""
        self.process.kill()
        self.process.wait()

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def started(settings: Settings, *arguments: str | Path) -> Iterator[Program]:
    """Run ``trimatch ARGUMENTS``; whatever still runs at the end is killed."""
    command = [sys.executable, "-c", "from api.command_line import main; main()", *map(str, arguments)]
    process = subprocess.Popen(
        command,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    program = Program(process)
    reader = threading.Thread(target=_collect, args=(program,), daemon=True)
    reader.start()
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()


def run(settings: Settings, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``trimatch ARGUMENTS`` to its end."""
    command = [sys.executable, "-c", "from api.command_line import main; main()", *map(str, arguments)]
    return subprocess.run(
        command,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Poll until a condition holds; fails after the given time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for: {what}"
        time.sleep(0.02)


def _collect(program: Program) -> None:
    assert program.process.stdout is not None
    for line in program.process.stdout:
        program.lines.append(line)
