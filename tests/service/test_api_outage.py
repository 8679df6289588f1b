"""Neo4j dies while the service runs: the service says so, and recovers by itself."""

import json
import os
import signal
from pathlib import Path

import httpx2

from graph_model.settings import Settings
from tests.service.processes import free_port, run, started, wait_until

LONGEST_ANSWER = 60


def test_an_outage_of_neo4j_is_answered_with_503_and_ends_by_itself(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", port=free_port())
    address = f"http://127.0.0.1:{settings.port}"
    with (
        started(settings, "serve") as program,
        httpx2.Client(base_url=address, timeout=LONGEST_ANSWER) as client,
    ):
        program.wait_for_line("Serving http")
        wait_until(lambda: client.get("/readyz").status_code == 200, "readiness")
        assert client.get("/country/KEN").status_code == 404
        server = json.loads((settings.home / "neo4j" / "run" / "server.json").read_text())
        signal_process(server["jvm_pid"], signal.SIGKILL)
        answer = client.get("/country/KEN")
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/healthz").status_code == 200
        wait_until(lambda: client.get("/readyz").status_code == 200, "recovery")
        assert client.get("/country/KEN").status_code == 404
        occupied = run(settings, "serve")
        assert occupied.returncode == 1
        assert f"port {settings.port}" in occupied.stderr
        assert "Traceback" not in occupied.stderr
        assert program.interrupt() == 130
    assert "Traceback" not in program.output()
    wait_until(lambda: not alive(server["pid"]), "the end of everything that was started")


def signal_process(pid: int, number: signal.Signals) -> None:
    """Send a signal to one process that the test's own program started."""
    os.kill(pid, number)


def alive(pid: int) -> bool:
    """Whether a process exists that is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
