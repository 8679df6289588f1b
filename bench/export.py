"""Dumps against rdflib alone: triples a second and peak memory, each export in a process of its own.

Both read the same records in the same way from a real Neo4j; rdflib fills a graph and serializes that.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import neo4j
from rich.console import Console
from rich.table import Table

from bench._export_work import ENGINES
from bench._synthetic import SyntheticGraph
from bench._synthetic_load import GraphLoader
from graph_model.connection import Connection
from graph_model.local_server import LocalServer
from graph_model.settings import Settings
from graph_model.store import Store

BASE: Final = "http://127.0.0.1:8000"
GOAL: Final = 10.0
MOST_GROWTH: Final = 1.2
FORMATS_MEASURED: Final = ("nquads", "turtle")
_HEAP_MB: Final = 2_048


@dataclass(frozen=True, slots=True)
class Measured:
    """One export. peak: largest resident memory of its processes, in bytes."""

    nodes: int
    format: str
    engine: str
    records: int
    triples: int
    seconds: float
    peak: int

    @property
    def rate(self) -> float:
        """Triples a second."""
        return self.triples / self.seconds


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where a dump is less than ten times as fast as rdflib's, or memory grows."""
    options = _options(arguments)
    sizes = sorted(set(options.nodes))
    graph = SyntheticGraph(sizes[-1])
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-", dir=options.folder) as folder:
        settings = Settings(home=Path(folder) / "home", neo4j_uri=None, neo4j_heap_mb=_HEAP_MB)
        server = LocalServer(settings)
        try:
            connection = server.acquire()
            store = Store(connection)
            store.ensure_schema()
            with neo4j.GraphDatabase.driver(
                connection.uri, auth=(connection.user, connection.password)
            ) as driver:
                loader = GraphLoader(graph, driver)
                loader.load_fixed(store)
                for nodes in sizes:
                    loader.load_to(nodes - graph.fixed)
                    _say(f"{nodes} nodes loaded")
                    measured += _measure_all(connection, nodes, options, Path(folder))
            store.close()
        finally:
            server.release()
    return _report(measured)


def _measure_all(
    connection: Connection, nodes: int, options: argparse.Namespace, folder: Path
) -> list[Measured]:
    found = []
    # The first reading of a graph fills the database's cache.
    _run("trimatch", "nquads", connection, folder)
    triples = _lines(folder / "nquads-trimatch")
    for name in options.formats:
        for engine in ENGINES:
            if engine == "rdflib" and nodes > options.most_rdflib:
                _say(f"rdflib is left out above {options.most_rdflib} nodes: it holds the graph in memory")
                continue
            took = _run(engine, name, connection, folder)
            each = Measured(nodes, name, engine, took["records"], triples, took["seconds"], took["peak"])
            _say(f"{name} by {engine}: {each.seconds:.1f} s")
            found.append(each)
    return found


def _run(engine: str, name: str, connection: Connection, folder: Path) -> dict[str, Any]:
    output = folder / f"{name}-{engine}"
    done = subprocess.run(
        [sys.executable, "-m", "bench._export_work", engine, name, BASE, str(output)],
        input=json.dumps(asdict(connection)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    took: dict[str, Any] = json.loads(done.stdout)
    return took


def _lines(path: Path) -> int:
    """Statements of a file of N-Quads."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _report(measured: list[Measured]) -> int:
    table = Table(title="Export of the whole graph, reading from Neo4j included")
    for heading in ("nodes", "format", "engine", "records", "triples", "s", "triples/s", "peak MiB", "ratio"):
        table.add_column(heading, justify="left" if heading in ("format", "engine") else "right")
    missed = False
    for each in measured:
        rival = next(
            (
                other
                for other in measured
                if (other.nodes, other.format) == (each.nodes, each.format) and other.engine == "rdflib"
            ),
            None,
        )
        ratio = rival.seconds / each.seconds if rival else None
        missed |= each.engine == "trimatch" and ratio is not None and ratio < GOAL
        table.add_row(
            f"{each.nodes:,}",
            each.format,
            each.engine,
            f"{each.records:,}",
            f"{each.triples:,}",
            f"{each.seconds:.1f}",
            f"{each.rate:,.0f}",
            f"{each.peak / 2**20:.0f}",
            f"{ratio:.1f}" if ratio else "",
        )
    output = Console(width=120)
    output.print(table)
    growth = _growth(measured)
    if growth is not None:
        output.print(f"peak memory at the largest size over that at the smallest: {growth:.2f}")
    return int(missed or (growth is not None and growth > MOST_GROWTH))


def _growth(measured: list[Measured]) -> float | None:
    ours = [each for each in measured if each.engine == "trimatch"]
    sizes = sorted({each.nodes for each in ours})
    if len(sizes) < 2:
        return None
    peaks = [max(each.peak for each in ours if each.nodes == size) for size in (sizes[0], sizes[-1])]
    return peaks[1] / peaks[0]


def _say(message: str) -> None:
    Console(stderr=True).print(message)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench export", description=__doc__)
    parser.add_argument("--nodes", type=int, action="append", help="size of the graph; may be repeated")
    parser.add_argument(
        "--formats",
        nargs="+",
        default=list(FORMATS_MEASURED),
        choices=("nquads", "trig", "turtle", "ntriples"),
    )
    parser.add_argument("--most-rdflib", type=int, default=200_000, help="largest graph that rdflib gets")
    parser.add_argument("--folder", type=Path, default=None, help="where the stores stand while it runs")
    options = parser.parse_args(arguments)
    options.nodes = options.nodes or [170_000]
    return options
