"""The whole HTTP answer to a question for paths, over loopback."""

import time
from collections.abc import Sequence

import httpx

from search.requests import PathRequest


def timed_answers(port: int, requests: Sequence[PathRequest], warm_up: int) -> list[float]:
    """Milliseconds of each GET /api/paths after the first ``warm_up``, over one connection."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        for request in requests:
            began = time.perf_counter()
            answer = client.get(
                "/api/paths", params={"q": request.q or "", "beneficiary": request.beneficiary or ""}
            )
            times.append(1_000 * (time.perf_counter() - began))
            answer.raise_for_status()
    return times[warm_up:]
