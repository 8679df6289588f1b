"""Ingest against the embedder alone: the rate of a whole ingest over that of embedding the same texts."""

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from graph_model.derive.payload import indexed_text
from graph_model.settings import Settings
from graph_model.store import Store
from ingest.demo_graph import ensure_reference_records
from ingest.pipeline import ingest_file
from ingest.summary import IngestSummary
from search.embedder import LoadedEmbedder
from search.instance import Instance
from search.universal_sentence_encoder import UniversalSentenceEncoder

SHARED_DATA: Final = Path(__file__).parents[2] / "shared" / "data"
GOAL: Final = 0.8
WARM_UP_ROWS: Final = 400
_TYPES: Final = ("stakeholder", "need", "offer", "practice", "partnership")
_SUBJECTS: Final = (
    "geographical indications for coffee, tea, cocoa, honey, spices, pepper, vanilla and saffron",
    "examination of patent applications in chemistry, biotechnology, mechanics and software",
    "licensing of medicines, vaccines, diagnostics, seeds, plant varieties and irrigation technology",
    "collective management of music, film, books, broadcasts, crafts and folklore",
    "solar pumps, wind power, biogas, batteries, desalination, cold storage and early warning",
)
_ACTIONS: Final = [
    "train",
    "register",
    "examine",
    "license",
    "digitise",
    "market",
    "protect",
    "transfer",
    "assess",
    "draft",
]
_PARTIES: Final = [
    "KEN",
    "BRA",
    "VNM",
    "IND",
    "CHN",
    "ZAF",
    "MAR",
    "PER",
    "FJI",
    "NPL",
    "SEN",
    "COL",
    "EGY",
    "IDN",
    "MWI",
    "UGA",
]


@dataclass(frozen=True)
class Measured:
    """One file: texts embedded by its ingest; seconds of the ingest and of the embedder alone.

    The embedder alone runs in this process; an ingest hands its bulk to a process of its own, as in use.
    """

    name: str
    texts: int
    ingest_seconds: float
    embedder_seconds: float

    @property
    def ratio(self) -> float:
        """Rate of the ingest over the rate of the embedder."""
        return self.embedder_seconds / self.ingest_seconds


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where the ingest of all files together misses the goal."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder:
        generated = Path(folder) / "partnership-generated.csv"
        write_partnerships(generated, options.rows)
        files = [(path, source) for path, source in _real_files(options.data) if path.is_file()]
        files.append((generated, "csv"))
        texts = _texts_of(Path(folder) / "rehearsal", files)
        with Instance(_settings(Path(folder) / "home")) as instance:
            ensure_reference_records(instance.store)
            instance.catch_up()
            _warm_up(instance, Path(folder))
            measured = [_measure(instance, *file, texts[file[0]]) for file in files]
    return _report(measured)


def _warm_up(instance: Instance, folder: Path) -> None:
    """Let the database's just-in-time compiler see every query, as the embedder is warm too."""
    partnerships = folder / "partnership-warm-up.csv"
    write_partnerships(partnerships, WARM_UP_ROWS, name="warm-up")
    organisations = folder / "stakeholder-warm-up.csv"
    _write_organisations(organisations, WARM_UP_ROWS // 4)
    for path in (partnerships, organisations):
        ingest_file(instance.settings, instance.store, path, "csv", indexer=instance.indexer)


def _settings(home: Path) -> Settings:
    return Settings(home=home, neo4j_uri=None, qdrant_url=None)


def _texts_of(home: Path, files: list[tuple[Path, str]]) -> dict[Path, list[str]]:
    """What the ingest of each file embeds, from a home that has nothing else and no vector index."""
    texts = {}
    with Instance(_settings(home)) as instance:
        ensure_reference_records(instance.store)
        for path, source in files:
            before = _hashes(instance.store)
            ingest_file(instance.settings, instance.store, path, source)
            texts[path] = _new_texts(instance.store, before)
    return texts


def write_partnerships(path: Path, rows: int, name: str = "generated") -> None:
    """A file in Trimatch's own format with made-up partnerships, the same for the same number of rows."""
    choose = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "id",
                "title_en",
                "description_en",
                "beneficiary",
                "pivotal",
                "sdgs",
                "start",
                "source",
                "authenticity",
            ]
        )
        for number in range(rows):
            beneficiary, pivotal = choose.sample(_PARTIES, 2)
            title = f"{choose.choice(_ACTIONS).capitalize()} {choose.choice(_SUBJECTS)}: phase {number}"
            text = " ".join(_sentence(choose) for _ in range(choose.randint(3, 8)))
            cells = [
                f"{name}-{number}",
                f"{title} of {name}",
                text,
                f"country/{beneficiary}",
                f"country/{pivotal}",
            ]
            writer.writerow([*cells, "9; 17", str(choose.randint(1990, 2025)), "benchmark", "illustrative"])


def _write_organisations(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name_en", "kind", "country", "source", "authenticity"])
        for number in range(rows):
            country = f"country/{_PARTIES[number % len(_PARTIES)]}"
            writer.writerow(
                [
                    f"warm-up-{number}",
                    f"Made-up office {number}",
                    "government",
                    country,
                    "benchmark",
                    "illustrative",
                ]
            )


def _sentence(choose: random.Random) -> str:
    words = choose.choice(_SUBJECTS).replace(",", "").split()
    return f"The office will {choose.choice(_ACTIONS)} {' '.join(choose.sample(words, len(words) - 2))}."


def _measure(instance: Instance, path: Path, source: str, texts: list[str]) -> Measured:
    with instance.active.use() as opened:
        alone = replace(opened.embedder, embedder=UniversalSentenceEncoder())
        first = _embed(alone, texts)
        started = time.perf_counter()
        summary = ingest_file(instance.settings, instance.store, path, source, indexer=instance.indexer)
        seconds = time.perf_counter() - started
        second = _embed(alone, texts)
    _say(summary, len(texts))
    return Measured(path.name, len(texts), seconds, (first + second) / 2)


def _hashes(store: Store) -> dict[str, str]:
    return {row["ref"]: row["content_hash"] for name in _TYPES for row in store.states(name)}


def _new_texts(store: Store, before: dict[str, str]) -> list[str]:
    return [
        indexed_text(stored.record)
        for name in _TYPES
        for stored in store.records(name)
        if before.get(stored.record.ref) != stored.content_hash
    ]


def _embed(embedder: LoadedEmbedder, texts: list[str]) -> float:
    """Seconds. All texts in one call: the embedder divides them as suits it best."""
    started = time.perf_counter()
    embedder.encode_document(texts)
    return time.perf_counter() - started


def _say(summary: IngestSummary, texts: int) -> None:
    Console(stderr=True).print(
        f"{summary.file}: {summary.loaded} rows loaded, {summary.quarantined} in quarantine; "
        f"{texts} texts, {summary.embedded} embedded"
    )


def _report(measured: list[Measured]) -> int:
    total = Measured(
        "together",
        sum(each.texts for each in measured),
        sum(each.ingest_seconds for each in measured),
        sum(each.embedder_seconds for each in measured),
    )
    table = Table(title="Ingest (to the graph and the vector index) against the embedder alone, same texts")
    for heading in ("file", "texts", "embedder, texts/s", "ingest, texts/s", "ratio"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    for each in (*measured, total):
        rates = (f"{each.texts / seconds:.0f}" for seconds in (each.embedder_seconds, each.ingest_seconds))
        table.add_row(each.name, str(each.texts), *rates, f"{each.ratio:.0%}")
    Console().print(table)
    return 0 if total.ratio >= GOAL else 1


def _real_files(data: Path) -> Iterator[tuple[Path, str]]:
    yield data / "undp_south_south" / "projects_2023-06-21.csv", "undp"
    yield data / "iati_south_south" / "activities.jsonl", "iati"


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench ingest", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000, help="rows of the generated file")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    return parser.parse_args(arguments)
