"""The managed Neo4j, really started, in a home of its own."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from graph_model.connection import Connection
from graph_model.errors import ConfigurationError
from graph_model.jars import ensure_jars
from graph_model.local_server import LocalServer
from graph_model.local_server_java import recording_claim, startup_archive
from graph_model.local_server_supervisor import try_lock
from graph_model.settings import Settings

ROOT = Path(__file__).parents[2]
USER = """
import sys
from pathlib import Path
from graph_model.local_server import LocalServer
from graph_model.settings import Settings
server = LocalServer(Settings(home=Path(sys.argv[1])))
print(server.acquire().uri, flush=True)
sys.stdin.read()
server.release()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def server(home: Path) -> Iterator[LocalServer]:
    server = LocalServer(Settings(home=home))
    yield server
    server.release()


def _start_user(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _line(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def _state(home: Path) -> dict[str, int]:
    state: dict[str, int] = json.loads((home / "neo4j" / "run" / "server.json").read_text())
    return state


def _runs(home: Path) -> bool:
    lock = try_lock(home / "neo4j" / "run" / "server.lock", fcntl.LOCK_SH)
    if lock is None:
        return True
    lock.close()
    return False


def _wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _count(connection: Connection) -> int:
    with GraphDatabase.driver(connection.uri, auth=(connection.user, connection.password)) as driver:
        return int(driver.execute_query("MATCH (n:Kept) RETURN count(n) AS n").records[0]["n"])


def test_two_users_at_once_share_one_server_and_the_last_stops_it(home: Path) -> None:
    cache = Settings().cache
    archive = startup_archive(cache, ensure_jars(cache))
    elsewhere = recording_claim(archive).exists() and not archive.exists()
    with _start_user(home) as first, _start_user(home) as second:
        uris = {_line(first), _line(second)}
        assert len(uris) == 1
        assert (home / "neo4j" / "password").stat().st_mode & 0o777 == 0o600
        assert (home / "neo4j").stat().st_mode & 0o777 == 0o700
        first.communicate()
        time.sleep(0.6)
        assert _runs(home)
        second.communicate()
        assert not _runs(home)
    # The archive is for later starts, such as those of the tests below.
    assert archive.exists() or elsewhere


def test_a_killed_user_leaves_a_home_that_works(home: Path, server: LocalServer) -> None:
    with _start_user(home) as user:
        assert _line(user)
        user.kill()
    connection = server.acquire()
    with GraphDatabase.driver(connection.uri, auth=(connection.user, connection.password)) as driver:
        driver.execute_query("CREATE (:Kept)")
    server.release()
    assert not _runs(home)


def test_everything_killed_and_a_stale_state(home: Path, server: LocalServer) -> None:
    with _start_user(home) as user:
        assert _line(user)
        state = _state(home)
        os.kill(state["pid"], signal.SIGKILL)
        os.kill(state["jvm_pid"], signal.SIGKILL)
        user.kill()
    _wait(lambda: not _runs(home))
    # A pid that somebody else has now must not be taken for the server's.
    stale = {"pid": os.getpid(), "jvm_pid": os.getpid(), "port": 9}
    (home / "neo4j" / "run" / "server.json").write_text(json.dumps(stale))
    assert _count(server.acquire()) == 1

    jvm = _state(home)["jvm_pid"]
    os.kill(jvm, signal.SIGKILL)
    _wait(lambda: (home / "neo4j" / "run" / "server.json").exists() and _state(home)["jvm_pid"] != jvm)
    with LocalServer(Settings(home=home)) as connection:
        assert _count(connection) == 1


def test_a_lost_password_is_explained(home: Path, server: LocalServer) -> None:
    _wait(lambda: not _runs(home))
    (home / "neo4j" / "password").rename(home / "kept")
    with pytest.raises(ConfigurationError, match="password is missing"):
        server.acquire()
    (home / "kept").rename(home / "neo4j" / "password")


def test_an_external_server_needs_a_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, neo4j_uri="bolt://db:7687", neo4j_password=None)
    with pytest.raises(ConfigurationError, match="TRIMATCH_NEO4J_PASSWORD"):
        LocalServer(settings).acquire()
    assert not list(tmp_path.iterdir())
