"""The lock of Neo4j's jars and their download, from a small repository on the loopback interface."""

import errno
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from graph_model import jars
from graph_model.errors import ConfigurationError, UnavailableError
from graph_model.jars import Jar, ensure_jars, read_lock

CONTENTS = {f"org.example:part{number}:1.0": bytes([number]) * (1000 + number) for number in range(20)}


class _Handler(SimpleHTTPRequestHandler):
    requests: list[str]

    def log_message(self, *args: Any) -> None:
        self.requests.append(self.path)


class _Server(ThreadingHTTPServer):
    # Of more connections at once than wait for an answer, the others try again after a second.
    request_queue_size = 64


@pytest.fixture
def wanted() -> list[Jar]:
    return [Jar(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENTS.items()]


@pytest.fixture
def served(tmp_path: Path, wanted: list[Jar]) -> Path:
    root = tmp_path / "repository"
    for jar in wanted:
        path = root / jar.repository_path
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENTS[jar.coordinates])
    return root


@pytest.fixture
def requests() -> list[str]:
    return []


@pytest.fixture
def repository(served: Path, requests: list[str]) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"requests": requests})
    with _Server(("127.0.0.1", 0), partial(handler, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_model.jars.time.sleep", lambda seconds: None)


def test_lock_is_well_formed() -> None:
    locked = read_lock()
    assert len(locked) == 230
    assert len({jar.file_name for jar in locked}) == 230
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) and jar.size > 0 for jar in locked)
    assert all(jar.coordinates.count(":") in (2, 3) for jar in locked)
    assert f"org.neo4j:neo4j:{jars.NEO4J_VERSION}" in {jar.coordinates for jar in locked}
    assert "://" not in (files("graph_model") / jars.LOCK_NAME).read_text()


def test_repository_path_has_the_classifier() -> None:
    jar = Jar("io.netty:netty-epoll:4.2:linux-x86_64", 1, "0")
    assert jar.repository_path == "io/netty/netty-epoll/4.2/netty-epoll-4.2-linux-x86_64.jar"


def test_downloads_once(tmp_path: Path, wanted: list[Jar], repository: str, requests: list[str]) -> None:
    paths = ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)
    assert [path.read_bytes() for path in paths] == list(CONTENTS.values())
    assert len(requests) == len(wanted)
    assert ensure_jars(tmp_path / "cache", jars=wanted, repository=repository) == paths
    assert len(requests) == len(wanted)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"x" + data[1:]])
def test_a_damaged_file_is_fetched_again(
    tmp_path: Path, wanted: list[Jar], repository: str, damage: Any
) -> None:
    path = ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)[3]
    good = path.read_bytes()
    path.write_bytes(damage(good))
    ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)
    assert path.read_bytes() == good


def test_a_wrong_checksum_is_refused(
    tmp_path: Path, wanted: list[Jar], served: Path, repository: str
) -> None:
    target = served / wanted[0].repository_path
    target.write_bytes(b"x" * wanted[0].size)
    with pytest.raises(UnavailableError, match="SHA-256"):
        ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)
    kept = {path.name for path in (tmp_path / "cache").rglob("*.jar*")}
    assert wanted[0].file_name not in kept
    assert not any(name.endswith(".part") for name in kept)


def test_a_jar_that_is_not_there(tmp_path: Path, wanted: list[Jar], served: Path, repository: str) -> None:
    (served / wanted[0].repository_path).unlink()
    with pytest.raises(UnavailableError, match="answered 404"):
        ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)


def test_no_network(tmp_path: Path, wanted: list[Jar]) -> None:
    with pytest.raises(UnavailableError, match="network"):
        ensure_jars(tmp_path / "cache", jars=wanted, repository="http://127.0.0.1:9")


def test_two_downloads_into_one_cache(tmp_path: Path, wanted: list[Jar], repository: str) -> None:
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(ensure_jars, cache, jars=wanted, repository=repository) for _ in range(2)]
    assert runs[0].result() == runs[1].result()
    assert all(path.stat().st_size == jar.size for path, jar in zip(runs[0].result(), wanted, strict=True))


def test_a_full_disk(
    tmp_path: Path, wanted: list[Jar], repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("graph_model.jars.tempfile.NamedTemporaryFile", full)
    with pytest.raises(ConfigurationError, match=r"full.*TRIMATCH_CACHE"):
        ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)


def test_a_cache_that_is_a_file(tmp_path: Path, wanted: list[Jar], repository: str) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(ConfigurationError, match="TRIMATCH_CACHE"):
        ensure_jars(tmp_path / "cache", jars=wanted, repository=repository)
