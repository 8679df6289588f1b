"""Clients that ask a service all at once, each as a person would: search, refine, read, find paths, read."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from bench.latency import questions

ROUTES: Final = ("/api/search", "/api/paths", "/{type}/{id}")
_OK: Final = 200
_TIMEOUT_SECONDS: Final = 30
_TYPES: Final = ("offer", "practice", "partnership", "need")
_QUESTIONS: Final = 20_000
_APART_SECONDS: Final = 0.06
"""Between the first requests of two clients: with 32 of them, about the length of one visit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One request. at: when it was answered, on the monotonic clock; problem: empty where it went well."""

    route: str
    at: float
    seconds: float
    problem: str = ""


@dataclass
class Crowd:
    """Clients of one service, each on a connection of its own and without a pause between requests."""

    port: int
    clients: int
    answers: list[Answer] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float, watch: Callable[[], None], every: float) -> None:
        """Ask for so long, calling watch at the interval; returns when the last answers are in."""
        asked = _Turns(_QUESTIONS)
        threads = [
            threading.Thread(target=self._client, args=(asked, place), name=f"client-{place}")
            for place in range(self.clients)
        ]
        end = time.monotonic() + seconds
        for thread in threads:
            thread.start()
            # Clients that begin together would all ask for paths in the same moment, for ever.
            time.sleep(_APART_SECONDS)
        try:
            watch()
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(every, left))
                watch()
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def _client(self, asked: "_Turns", place: int) -> None:
        visitor = Visitor(self.port, self.answers.append)
        try:
            for turn in itertools.count(place):
                text, language, country = asked.next()
                for _step in visitor.visit(text, language, country, _TYPES[turn % len(_TYPES)]):
                    if self._stopping.is_set():
                        return
        finally:
            visitor.close()


class Visitor:
    """One connection, kept alive, that is opened again after a failure."""

    def __init__(self, port: int, note: Callable[[Answer], None]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        self._note = note

    def visit(self, text: str, language: str, country: str, type_name: str) -> Iterator[None]:
        """Five requests: a search, the same by type, a result, paths, the pivotal partner of the first."""
        found = self.get("/api/search", "/api/search", q=text, lang=language)
        yield
        self.get("/api/search", "/api/search", q=text, lang=language, type=type_name)
        yield
        results = (found or {}).get("results") or []
        self.get("/{type}/{id}", f"/{results[0]['ref']}" if results else f"/country/{country}")
        yield
        found = self.get("/api/paths", "/api/paths", q=text, lang=language, beneficiary=country)
        yield
        paths = (found or {}).get("paths") or []
        self.get("/{type}/{id}", f"/{paths[0]['pivotal']['id']}" if paths else f"/country/{country}")
        yield

    def get(self, route: str, path: str, **parameters: str) -> dict[str, Any] | None:
        """Ask, note how it went, and return the JSON of a good answer."""
        begun = time.monotonic()
        problem, body = "", b""
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        try:
            self._connection.request("GET", target, headers={"Accept": "application/json"})
            response = self._connection.getresponse()
            body = response.read()
            if response.status != _OK:
                problem = f"{response.status} {body[:200].decode(errors='replace')}"
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            problem = f"{type(error).__name__}: {error}"
        now = time.monotonic()
        self._note(Answer(route, now, now - begun, problem))
        if problem:
            return None
        parsed: dict[str, Any] = json.loads(body)
        return parsed

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class _Turns:
    """Hands out questions, each once; from the start again when none is left."""

    def __init__(self, number: int) -> None:
        self._questions = itertools.cycle(questions(number))
        self._lock = threading.Lock()

    def next(self) -> tuple[str, str, str]:
        with self._lock:
            return next(self._questions)
