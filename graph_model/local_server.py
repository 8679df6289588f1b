"""The managed local Neo4j: one server per home, shared by every process that uses that home.

A user of the server is a process between `acquire` and `release`. The last one to go stops the server, and so
does the end of the last one, however it ends; `local_server_supervisor` says how. Layout of HOME/neo4j:

    password   of the user neo4j, random, mode 0600
    conf/      written at every start
    data/      the store
    logs/      Neo4j's logs
    run/       locks, arguments of the JVM, its console output
"""

import fcntl
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from neo4j import GraphDatabase, Query
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph_model import local_server_supervisor as supervisor
from graph_model.connection import Connection
from graph_model.errors import ConfigurationError, UnavailableError
from graph_model.jars import ensure_jars
from graph_model.local_server_java import (
    archive_options,
    claim_recording,
    explain_failure,
    is_port_conflict,
    java_command,
    run_logged,
    server_arguments,
    set_initial_password,
    startup_archive,
    write_configuration,
)
from graph_model.settings import Settings

_USER = "neo4j"
_READY_SECONDS = 180
_LAUNCH_SECONDS = 60
_PROBE_SECONDS = 5
_START_LOCK_SECONDS = 900
_PORT_ATTEMPTS = 3
_POLL_SECONDS = 0.05

_log = logging.getLogger(__name__)


class LocalServer:
    """One process's use of the Neo4j of its home, or of the external one that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.home / "neo4j"
        self._run = self._folder / "run"
        self._lease: IO[bytes] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Connection:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> Connection:
        """Use the server, starting it when none runs for this home. Returns when it answers queries.

        Raises:
            ConfigurationError: a setting, the disk or the store needs a person.
            UnavailableError: a download or the start failed; the message has the reason.
        """
        if self._settings.neo4j_uri:
            return _external(self._settings, self._settings.neo4j_uri)
        if self._connection is not None:
            return self._connection
        if sys.platform == "win32":
            raise ConfigurationError(
                "The managed Neo4j runs on Linux and macOS only. Set TRIMATCH_NEO4J_URI to a Neo4j that runs."
            )
        try:
            for folder in (self._settings.home, self._folder, self._run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            self._lease = self._wait_for_lock("users.lock", fcntl.LOCK_SH, supervisor.STOP_SECONDS)
            with self._wait_for_lock("start.lock", fcntl.LOCK_EX, _START_LOCK_SECONDS):
                self._connection = self._reuse() or self._start()
        except OSError as error:
            self._drop_lease()
            raise ConfigurationError(
                f"{error.filename or self._folder} cannot be used: {error.strerror or error}. Make it "
                "writable and leave free space on its disk, or set TRIMATCH_HOME to another folder."
            ) from error
        except BaseException:
            self._drop_lease()
            raise
        return self._connection

    def release(self) -> None:
        """Stop using the server. The last user of it waits until it has stopped."""
        lease, self._lease, self._connection = self._lease, None, None
        if lease is None:
            return
        with lease, suppress(BlockingIOError):
            # Whoever turns the shared lock into the exclusive one is the last user.
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            state = self._state()
            if state is not None and not self._is_free("supervisor.lock"):
                _log.info("stopping Neo4j")
                os.kill(state["pid"], signal.SIGTERM)
            self._wait_until_free("supervisor.lock", supervisor.STOP_SECONDS)

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.close()
            self._lease = None

    def _wait_for_lock(self, name: str, operation: int, seconds: float) -> IO[bytes]:
        deadline = time.monotonic() + seconds
        while (lock := supervisor.try_lock(self._run / name, operation)) is None:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"Another process has held {self._run / name} for {seconds:.0f} s: it starts or stops "
                    "the Neo4j of this home. Wait for it or end it, then run the command again."
                )
            time.sleep(_POLL_SECONDS)
        return lock

    def _is_free(self, name: str) -> bool:
        lock = supervisor.try_lock(self._run / name, fcntl.LOCK_SH)
        if lock is None:
            return False
        lock.close()
        return True

    def _wait_until_free(self, name: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._is_free(name):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _state(self) -> dict[str, int] | None:
        """What the supervisor wrote, or None."""
        try:
            state: dict[str, int] = json.loads((self._run / "server.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return state

    def _reuse(self) -> Connection | None:
        """The server that runs for this home, or None when there is none; ends a JVM without supervisor."""
        deadline = time.monotonic() + supervisor.STOP_SECONDS
        while not self._is_free("supervisor.lock"):
            state = self._state()
            if state is not None:
                return self._wait_until_ready(state["port"])
            if time.monotonic() > deadline:
                raise UnavailableError(f"The Neo4j of {self._folder} does not stop. End it, then try again.")
            time.sleep(_POLL_SECONDS)
        if not self._is_free("server.lock"):
            self._end_orphan()
        return None

    def _end_orphan(self) -> None:
        state = self._state()
        for sent in (signal.SIGTERM, signal.SIGKILL):
            if state is not None:
                with suppress(ProcessLookupError):
                    os.kill(state["jvm_pid"], sent)
            if self._wait_until_free("server.lock", 30):
                return
        raise UnavailableError(
            f"A Java process still holds {self._run / 'server.lock'}. End it, then try again."
        )

    def _start(self) -> Connection:
        jars = ensure_jars(self._settings.cache)
        self._prepare_password(jars)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = _free_port()
            write_configuration(self._folder, port)
            _log.info("starting Neo4j on port %d", port)
            self._launch(port, jars)
            try:
                return self._wait_until_ready(port)
            except UnavailableError:
                # Another program may have taken the port between our look and the JVM's start.
                if attempt == _PORT_ATTEMPTS or not is_port_conflict(self._run):
                    raise
        raise AssertionError

    def _launch(self, port: int, jars: list[Path]) -> None:
        archive = startup_archive(self._settings.cache, jars)
        record = self._settings.neo4j_record_archive and claim_recording(archive)
        options = archive_options(archive, port, record=record)
        arguments = server_arguments(self._folder, self._settings.neo4j_heap_mb, jars, options)
        command = java_command(self._run / "server.args", arguments)
        (self._run / "console.log").unlink(missing_ok=True)
        launcher = [
            sys.executable,
            "-I",
            "-S",
            supervisor.__file__,
            str(self._run),
            str(port),
            str(archive) if record else "",
            *command,
        ]
        if code := run_logged(launcher, self._run / "supervisor.log", _LAUNCH_SECONDS):
            said = (self._run / "supervisor.log").read_text(errors="replace").strip()
            raise UnavailableError(f"Neo4j's supervisor could not start ({code}): {said}")

    def _prepare_password(self, jars: list[Path]) -> None:
        path = self._folder / "password"
        if (self._folder / "data" / "databases" / "system").exists():
            if not path.exists():
                raise ConfigurationError(
                    f"{path} is missing, and the store beside it cannot be opened without it. Put the file "
                    f"back, or move {self._folder} away and ingest again."
                )
            return
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:  # noqa: PTH123
            stream.write(new_password())
        set_initial_password(self._folder, jars, path.read_text())

    def _wait_until_ready(self, port: int) -> Connection:
        password = (self._folder / "password").read_text()
        connection = Connection(f"bolt://127.0.0.1:{port}", _USER, password)
        deadline = time.monotonic() + _READY_SECONDS
        while not _answers(connection, port, self._folder):
            if self._is_free("supervisor.lock"):
                raise explain_failure(self._folder, "Neo4j ended while it was starting.")
            if time.monotonic() > deadline:
                raise explain_failure(self._folder, f"Neo4j did not answer within {_READY_SECONDS} s.")
            time.sleep(_POLL_SECONDS)
        return connection


def new_password() -> str:
    """A random password of letters and digits: Neo4j's password tool takes a leading hyphen for an option."""
    return secrets.token_hex(24)


def _external(settings: Settings, uri: str) -> Connection:
    if settings.neo4j_password is None:
        raise ConfigurationError(
            f"TRIMATCH_NEO4J_URI is {uri}, but TRIMATCH_NEO4J_PASSWORD is not set. "
            "Set it, or unset TRIMATCH_NEO4J_URI to use the managed Neo4j."
        )
    password = settings.neo4j_password.get_secret_value()
    return Connection(uri, settings.neo4j_user, password, settings.neo4j_database)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(connection: Connection, port: int, folder: Path) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)):
            return False
    try:
        with (
            GraphDatabase.driver(
                connection.uri,
                auth=(connection.user, connection.password),
                connection_timeout=_PROBE_SECONDS,
                connection_acquisition_timeout=_PROBE_SECONDS,
            ) as driver,
            driver.session() as session,
        ):
            # Bolt is served before the database is: only an answer to a query shows that it is up.
            session.run(Query("RETURN 1", timeout=_PROBE_SECONDS)).consume()
    except AuthError as error:
        raise ConfigurationError(
            f"The store in {folder} refuses the password in {folder / 'password'}. Put the right file back, "
            f"or move {folder} away and ingest again."
        ) from error
    except (DriverError, Neo4jError, OSError):
        return False
    return True
