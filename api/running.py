"""Where the service of a home listens, so that commands of the same home can ask it.

With Qdrant Edge one process holds the vector index; while a service runs, it is that process.
"""

import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graph_model.errors import ConfigurationError
from graph_model.settings import Settings

_SECONDS: Final = 2.0
_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 -- compared, not bound
_BACKLOG: Final = 1_024
_LAST_PORT: Final = 65_535


def bind(settings: Settings) -> socket.socket:
    """Take the service's port before anything slow begins; nothing is answered on it yet.

    Raises ConfigurationError where the port is in use or may not be used.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: answers then wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        other = settings.port + 1 if settings.port < _LAST_PORT else 8000
        raise ConfigurationError(
            f"port {settings.port} of {settings.host} cannot be used: {problem.strerror}. End the program "
            f"that uses it, or choose another port: TRIMATCH_PORT={other}"
        ) from problem
    return listener


@contextmanager
def announced(settings: Settings) -> Iterator[str]:
    """While the block runs, commands of this home find the service; gives the key that /healthz answers."""
    key = secrets.token_hex(8)
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"address": _address(settings), "key": key}), encoding="utf-8")
    part.replace(path)
    try:
        yield key
    finally:
        path.unlink(missing_ok=True)


def running_service(settings: Settings) -> str | None:
    """Address of the service that runs for this home, None where there is none."""
    import httpx

    try:
        known = json.loads(_path(settings).read_text(encoding="utf-8"))
        answer = httpx.get(f"{known['address']}/healthz", timeout=_SECONDS, trust_env=False)
        return str(known["address"]) if answer.json().get("key") == known["key"] else None
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None


def _address(settings: Settings) -> str:
    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def _path(settings: Settings) -> Path:
    return settings.home / "service.json"
