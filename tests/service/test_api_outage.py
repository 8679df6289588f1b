"""A whole instance with its managed Neo4j, ended from outside: first Neo4j, then the service."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2

from api.tokens import AccessRole, create_token
from graph_model.local_server import LocalServer
from graph_model.settings import Settings
from graph_model.store import Store
from tests.service.processes import Program, free_port, run, started, wait_until

LONGEST_ANSWER = 60
LONGEST_REFUSAL = 4.0
READERS = 16

STAKEHOLDER = {"id": "akin", "name": {"en": "Office of Designs"}, "kind": "ip-office", "status": "published"}


def test_outages_are_answered_with_503_and_end_by_themselves_and_a_kill_loses_nothing(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "home", port=free_port(), neo4j_record_archive=False)
    with serving(settings) as (program, client):
        assert client.get("/readyz").json()["projection_lag"] == 0
        assert client.get("/country/KEN").status_code == 404
        neo4j_dies_and_comes_back(settings, client)
        a_second_service_is_refused(settings)
        tag = write(settings, client)
        supervisor = server_state(settings)["pid"]
        program.kill()
    wait_until(lambda: not alive(supervisor), "the end of everything that was started")
    with serving(settings) as (program, client):
        assert client.get("/api/stakeholder/akin").headers["etag"] == tag
        found = client.get("/api/search", params={"q": "designs"}).json()["results"]
        assert [result["ref"] for result in found] == ["stakeholder/akin"]
        supervisor = server_state(settings)["pid"]
        assert program.interrupt() == 130
    wait_until(lambda: not alive(supervisor), "the end of everything that was started")


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[Program, httpx2.Client]]:
    """The service, ready, and a client of it; what it printed has no traceback."""
    with (
        started(settings, "serve") as program,
        httpx2.Client(base_url=settings.public_base, timeout=LONGEST_ANSWER) as client,
    ):
        program.wait_for_line("Serving http")
        wait_until(lambda: client.get("/readyz").status_code == 200, "readiness")
        yield program, client
    assert "Traceback" not in program.output()


def server_state(settings: Settings) -> dict[str, int]:
    """Process ids of the managed Neo4j and of its supervisor."""
    state: dict[str, int] = json.loads((settings.home / "neo4j" / "run" / "server.json").read_text())
    return state


def neo4j_dies_and_comes_back(settings: Settings, client: httpx2.Client) -> None:
    """The service answers 503 soon, stays alive, and is whole again without help."""
    state = server_state(settings)
    # The supervisor starts a dead server again within seconds; held still, it lets the outage last.
    signal_process(state["pid"], signal.SIGSTOP)
    signal_process(state["jvm_pid"], signal.SIGKILL)
    try:
        for path in ("/country/KEN", "/api/paths?q=seeds", "/readyz"):
            began = time.monotonic()
            answer = client.get(path)
            assert answer.status_code == 503, answer.text
            assert time.monotonic() - began < LONGEST_REFUSAL
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/healthz").status_code == 200
        many_are_refused_as_soon(client)
    finally:  # a failure must not leave it standing still for ever
        signal_process(state["pid"], signal.SIGCONT)
    wait_until(lambda: client.get("/readyz").status_code == 200, "recovery")
    assert client.get("/country/KEN").status_code == 404


def many_are_refused_as_soon(client: httpx2.Client) -> None:
    """Records are computed in turn, and nobody waits for all the others' attempts to reach Neo4j."""
    began = time.monotonic()
    with ThreadPoolExecutor(READERS) as readers:
        answers = list(readers.map(client.get, ["/country/KEN"] * READERS))
    assert {answer.status_code for answer in answers} == {503}
    assert time.monotonic() - began < LONGEST_REFUSAL


def a_second_service_is_refused(settings: Settings) -> None:
    """The port is in use, and the message says so."""
    occupied = run(settings, "serve")
    assert occupied.returncode == 1
    assert f"port {settings.port}" in occupied.stderr
    assert "Traceback" not in occupied.stderr


def write(settings: Settings, client: httpx2.Client) -> str:
    """A record that is acknowledged; its hash."""
    with LocalServer(settings) as connection:
        store = Store(connection)
        token = create_token(store, AccessRole.FACILITATOR)
        store.close()
    answer = client.post("/api/stakeholder", json=STAKEHOLDER, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["etag"])


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
