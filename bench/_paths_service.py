"""The whole HTTP answer: the application under uvicorn in a thread, asked over loopback."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import uvicorn

from api.app import create_app
from api.commands.service import spare_the_collector
from search.instance import Instance
from search.requests import PathRequest

_START_SECONDS = 30


@contextmanager
def serving(instance: Instance) -> Iterator[str]:
    """The address of the service while the block runs, once it is ready, with the collector set as in use."""
    # As api.running does: only a socket that is a TCP one by name gets its small answers sent at once.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(create_app(instance.settings, instance), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    spare_the_collector()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_SECONDS
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    while not (server.started and _is_ready(address)) and time.monotonic() < deadline:
        time.sleep(0.2)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()


def _is_ready(address: str) -> bool:
    return httpx.get(f"{address}/readyz", trust_env=False).status_code == httpx.codes.OK


def timed_answers(address: str, requests: Sequence[PathRequest], warm_up: int) -> list[float]:
    """Milliseconds of each GET /api/paths after the first ``warm_up``, over one connection."""
    times = []
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for request in requests:
            began = time.perf_counter()
            answer = client.get(
                "/api/paths", params={"q": request.q or "", "beneficiary": request.beneficiary or ""}
            )
            times.append(1_000 * (time.perf_counter() - began))
            answer.raise_for_status()
    return times[warm_up:]
