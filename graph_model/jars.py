"""The jars of the managed Neo4j: pinned by coordinates and SHA-256, downloaded once per user.

The lock `neo4j_jars.lock` has one line a jar: Maven coordinates (group:artifact:version[:classifier]), size
in bytes and SHA-256 in hexadecimal. `graph_model.lock_jars` writes it.
"""

import errno
import hashlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx
from jgo.constants import MAVEN_CENTRAL_URL
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from graph_model.errors import ConfigurationError, TrimatchError, UnavailableError

NEO4J_VERSION = "2026.09.0"
LOCK_NAME = "neo4j_jars.lock"

_CONNECTIONS = 16
_ATTEMPTS = 4
_CHUNK_BYTES = 1 << 18
_TRY_AGAIN = "Run the command again: what is already downloaded is kept."

_log = logging.getLogger(__name__)

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Jar:
    """One jar: Maven coordinates group:artifact:version[:classifier], size in bytes, SHA-256 in hex."""

    coordinates: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """The file name in a Maven repository: artifact-version[-classifier].jar."""
        _, *parts = self.coordinates.split(":")
        return "-".join(parts) + ".jar"

    @property
    def repository_path(self) -> str:
        """The path in a Maven repository, below its base address."""
        group, artifact, version, *_ = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file_name}"


def read_lock() -> list[Jar]:
    """The jars of the lock, in the order of the class path."""
    text = (files("graph_model") / LOCK_NAME).read_text(encoding="utf-8")
    return [
        Jar(coordinates, int(size), sha256) for coordinates, size, sha256 in map(str.split, text.splitlines())
    ]


def format_lock(jars: Iterable[Jar]) -> str:
    """The lock's text for these jars."""
    return "".join(f"{jar.coordinates} {jar.size} {jar.sha256}\n" for jar in jars)


def ensure_jars(
    cache: Path,
    *,
    jars: list[Jar] | None = None,
    repository: str = MAVEN_CENTRAL_URL,
    show_progress: bool | None = None,
) -> list[Path]:
    """The jars' paths below `cache`, in the order of the lock, after downloading what is missing or damaged.

    Every download is verified before it gets its final name, so any number of processes may fill one cache at
    once. A file of the cache is hashed again when its size or modification time is not as verified.

    Args:
        cache: folder of downloads; the jars are in `cache/neo4j-VERSION`.
        jars: default is the lock.
        repository: base address of a Maven repository.
        show_progress: progress bar on standard error, else log lines; default is whether that is a terminal.

    Raises:
        UnavailableError: the network or the repository failed, or a checksum does not match.
        ConfigurationError: the cache cannot be written: disk full, or no permission.
    """
    jars = read_lock() if jars is None else jars
    folder = cache / f"neo4j-{NEO4J_VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        verified = _VerifiedFiles(folder / "verified.json")
        missing = [jar for jar in jars if not verified.holds(folder / jar.file_name, jar)]
        if missing:
            _log.info("downloading %d jars of Neo4j %s into %s", len(missing), NEO4J_VERSION, folder)
            _download_all(
                missing, folder, repository, sys.stderr.isatty() if show_progress is None else show_progress
            )
            for jar in missing:
                verified.add(folder / jar.file_name, jar)
            _log.info("downloaded %d jars", len(missing))
        verified.save()
    except OSError as error:
        raise _folder_problem(error, folder) from error
    return [folder / jar.file_name for jar in jars]


class _VerifiedFiles:
    """Which files were hashed, and with which size and modification time.

    Hashing 161 MB took 0.27 s on two cores with warm file caches, looking at 230 sizes and times 0.007 s.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        try:
            self._marks: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            self._marks = {}

    def holds(self, path: Path, jar: Jar) -> bool:
        """Whether the file is there and is the jar; hashes it if it is not known as it is now."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        if status.st_size != jar.size:
            return False
        if self._marks.get(jar.file_name) == self._mark(status, jar):
            return True
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != jar.sha256:
                return False
        self.add(path, jar)
        return True

    def add(self, path: Path, jar: Jar) -> None:
        """Remember that the file was just found to be the jar."""
        self._marks[jar.file_name] = self._mark(path.stat(), jar)
        self._changed = True

    def save(self) -> None:
        """Write the marks; the last of several processes wins, and all of them are right."""
        if not self._changed:
            return
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, suffix=".part", delete=False) as stream:
            json.dump(self._marks, stream)
        Path(stream.name).replace(self._path)

    @staticmethod
    def _mark(status: os.stat_result, jar: Jar) -> str:
        return f"{jar.sha256} {status.st_size} {status.st_mtime_ns}"


def _download_all(jars: list[Jar], folder: Path, repository: str, show_progress: bool) -> None:
    total = sum(jar.size for jar in jars)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    with (
        Progress(
            *columns, disable=not show_progress, transient=True, console=Console(stderr=True)
        ) as progress,
        httpx.Client(limits=limits, timeout=httpx.Timeout(30, pool=None), follow_redirects=True) as client,
        ThreadPoolExecutor(max_workers=_CONNECTIONS) as pool,
    ):
        task = progress.add_task(f"Neo4j {NEO4J_VERSION}", total=total)
        # Largest first: no long download is left alone at the end.
        ordered = sorted(jars, key=lambda jar: -jar.size)
        futures = [
            pool.submit(_download, client, repository, jar, folder, lambda n: progress.advance(task, n))
            for jar in ordered
        ]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _download(client: httpx.Client, repository: str, jar: Jar, folder: Path, advance: Advance) -> None:
    """Download one jar, with retries; the file gets its name only when its SHA-256 is right."""
    url = f"{repository.rstrip('/')}/{jar.repository_path}"
    for attempt in range(1, _ATTEMPTS + 1):
        received = 0

        def count(size: int) -> None:
            nonlocal received
            received += size
            advance(size)

        try:
            _fetch(client, url, jar, folder, count)
        except (httpx.HTTPError, UnavailableError) as error:
            advance(-received)
            if attempt == _ATTEMPTS or not _may_pass(error):
                raise _download_problem(error, jar, url) from error
            _log.warning("%s: %s; trying again", jar.file_name, error)
            time.sleep(0.5 * 2**attempt)
        else:
            return


def _fetch(client: httpx.Client, url: str, jar: Jar, folder: Path, advance: Advance) -> None:
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(
        dir=folder, prefix=jar.file_name, suffix=".part", delete=False
    ) as stream:
        part = Path(stream.name)
        try:
            with client.stream("GET", url) as response:
                response.raise_for_status()
                for chunk in response.iter_bytes(_CHUNK_BYTES):
                    digest.update(chunk)
                    stream.write(chunk)
                    advance(len(chunk))
            stream.close()
            _check(digest.hexdigest(), jar, url)
            part.replace(folder / jar.file_name)
        except BaseException:
            stream.close()
            part.unlink(missing_ok=True)
            raise


def _check(found: str, jar: Jar, url: str) -> None:
    if found != jar.sha256:
        raise UnavailableError(
            f"{jar.file_name} from {url} has the SHA-256 {found}, where {jar.sha256} is expected. "
            "The download was discarded. Something on the way may alter or cut downloads: "
            "try another network, or ask whoever runs the proxy."
        )


def _may_pass(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {408, 429} or error.response.status_code >= 500
    return True


def _download_problem(error: Exception, jar: Jar, url: str) -> TrimatchError:
    if isinstance(error, UnavailableError):
        return error
    if isinstance(error, httpx.HTTPStatusError):
        return UnavailableError(
            f"{url} answered {error.response.status_code} for {jar.coordinates}. {_TRY_AGAIN}"
        )
    return UnavailableError(
        f"Neo4j's jars could not be downloaded: {url}: {error or type(error).__name__}. "
        f"Check the network connection (and HTTPS_PROXY where a proxy is needed). {_TRY_AGAIN}"
    )


def _folder_problem(error: OSError, folder: Path) -> TrimatchError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ConfigurationError(
            f"The disk that holds {folder} is full: Neo4j's jars need 160 MB. "
            f"Free some space, or set TRIMATCH_CACHE to a folder on another disk. {_TRY_AGAIN}"
        )
    return ConfigurationError(
        f"{folder} cannot be used: {error.strerror or error}. "
        "Make it writable for this user, or set TRIMATCH_CACHE to a folder that is."
    )
