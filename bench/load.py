"""Many clients at once against one process of the service: answers a second, errors, latency and memory.

Every client visits as a person would and never pauses: a search, the same search for one type, the first
result's record, paths for the same words, the first path's pivotal partner. Two of five requests are
searches, one is for paths, two are for records. The clients are threads of this process, on the same machine.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from bench._load_clients import ROUTES, Answer, Crowd
from bench._load_service import Service, fill, serving
from bench.latency import SHARED_DATA

LEAST_ANSWERS_A_SECOND: Final = 80.0
LONGEST_P99_MILLISECONDS: Final = 500.0
_SAMPLE_SECONDS: Final = 2.0
_FEWEST_SAMPLES: Final = 10


@dataclass
class Watched:
    """What was seen of the service's process. memory: (seconds on the monotonic clock, MiB)."""

    service: Service
    memory: list[tuple[float, float]] = field(default_factory=list)

    def look(self) -> None:
        """Note the memory now."""
        self.memory.append((time.monotonic(), self.service.memory()))


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where a target is missed."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder:
        home = options.home or Path(folder)
        sources = fill(home, options.data)
        with serving(home) as service:
            found = measure(service, options.clients, options.warm_up, options.seconds)
    found = {"clients": options.clients, "sources": sources, **found}
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found)
    return 0 if found["targets met"] else 1


def measure(service: Service, clients: int, warm_up: float, seconds: float) -> dict[str, Any]:
    """Load the service without a break for the warm-up, which is not counted, and the seconds after it."""
    at_start = service.memory()
    watched = Watched(service)
    crowd = Crowd(service.port, clients)
    # A collection in this process, which holds every question, would stop all clients for up to 0.3 s.
    gc.collect()
    gc.freeze()
    gc.disable()
    load_before, cpu_before, begun = os.getloadavg()[0], service.cpu_seconds(), time.monotonic()
    crowd.run(warm_up + seconds, watched.look, _SAMPLE_SECONDS)
    cpu = (service.cpu_seconds() - cpu_before) / (time.monotonic() - begun)
    counted = [each for each in crowd.answers if warm_up <= each.at - begun <= warm_up + seconds]
    warm = [(at - begun, size) for at, size in watched.memory if at - begun >= warm_up]
    found = {
        "seconds": seconds,
        "load average before": load_before,
        "load average after": os.getloadavg()[0],
        "service, CPU cores": cpu,
        **summary(counted, seconds),
        "memory at start, MiB": at_start,
        "memory after warm-up, MiB": warm[0][1],
        "memory at end, MiB": warm[-1][1],
        "memory every minute, MiB": [round(size, 1) for _at, size in _each_minute(warm)],
        "growth": growth(warm),
    }
    return found | {"targets met": _targets_met(found)}


def summary(answers: Sequence[Answer], seconds: float) -> dict[str, Any]:
    """Answers a second, problems by kind, and milliseconds by route. An answer that failed counts as none."""
    good = [each for each in answers if not each.problem]
    routes = {"all": good} | {route: [each for each in good if each.route == route] for route in ROUTES}
    return {
        "answers": len(good),
        "answers a second": len(good) / seconds,
        "errors": len(answers) - len(good),
        "problems": dict(Counter(each.problem for each in answers if each.problem).most_common(5)),
        "milliseconds": {route: _milliseconds(each) for route, each in routes.items()},
    }


def growth(memory: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    """MiB in ten minutes with its 95 % interval: the median of the slopes between samples (Theil and Sen).

    memory: (seconds, MiB). None where the samples are too few to say.
    """
    if len(memory) < _FEWEST_SAMPLES:
        return None
    from scipy.stats import theilslopes  # its import is a second that only this figure needs

    at, size = np.array(memory).T
    slope, _start, low, high = theilslopes(size, at)
    return {"MiB in 10 minutes": 600 * slope, "low": 600 * low, "high": 600 * high}


def _each_minute(memory: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The first sample of each minute, and the last of all."""
    first: dict[int, tuple[float, float]] = {}
    for at, size in memory:
        first.setdefault(int((at - memory[0][0]) // 60), (at, size))
    return [*first.values(), memory[-1]]


def _milliseconds(answers: Sequence[Answer]) -> dict[str, float]:
    if not answers:
        return {"answers": 0}
    times = [1_000 * each.seconds for each in answers]
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    return {"answers": len(times), "p50": p50, "p95": p95, "p99": p99, "longest": max(times)}


def _targets_met(found: dict[str, Any]) -> bool:
    return bool(
        found["answers"]
        and not found["errors"]
        and found["answers a second"] >= LEAST_ANSWERS_A_SECOND
        and found["milliseconds"]["all"]["p99"] <= LONGEST_P99_MILLISECONDS
    )


def _print(found: dict[str, Any]) -> None:
    console = Console()
    table = Table(title=f"Milliseconds, {found['clients']} clients for {found['seconds']:.0f} s")
    for heading in ("route", "answers", "p50", "p95", "p99", "longest"):
        table.add_column(heading, justify="left" if heading == "route" else "right")
    for route, times in found["milliseconds"].items():
        table.add_row(route, *(f"{value:.0f}" for value in times.values()))
    console.print(table)
    console.print(
        f"{found['answers a second']:.1f} answers a second, "
        f"{found['errors']} errors {found['problems'] or ''}".rstrip()
    )
    console.print(
        f"the service used {found['service, CPU cores']:.2f} CPU cores; "
        f"load average {found['load average before']:.1f} before, {found['load average after']:.1f} after"
    )
    sizes = (found[f"memory {when}, MiB"] for when in ("at start", "after warm-up", "at end"))
    console.print("memory: {:.0f} MiB at the start, {:.0f} after warm-up, {:.0f} at the end".format(*sizes))
    minutes = found["memory every minute, MiB"]
    console.print(f"memory every minute, MiB: {', '.join(f'{size:.0f}' for size in minutes)}")
    if found["growth"]:
        grown = found["growth"]
        console.print(
            f"growth: {grown['MiB in 10 minutes']:+.1f} MiB in 10 minutes "
            f"(95 % interval {grown['low']:+.1f} to {grown['high']:+.1f})"
        )
    console.print(f"targets {'met' if found['targets met'] else 'missed'}: {', '.join(found['sources'])}")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench load", description=__doc__)
    parser.add_argument("--clients", type=int, default=32, help="clients that ask at the same time")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long is measured")
    parser.add_argument("--minutes", type=float, help="the same in minutes, as for the growth of memory")
    parser.add_argument("--warm-up", type=float, default=20.0, help="seconds of load before, not counted")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    parser.add_argument("--home", type=Path, help="home to load and keep; default: one that is removed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if options.minutes is not None:
        options.seconds = 60 * options.minutes
    return options
