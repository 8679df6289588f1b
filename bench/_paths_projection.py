"""Ranking over the synthetic graph without any store, and what every path measurement shares."""

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench._paths_reference import Reference
from bench._paths_report import milliseconds
from bench._synthetic import SyntheticGraph, counted
from search.path_features import Question
from search.path_model import SHIPPED_MODEL, PathModel
from search.projection import Projection
from search.question import HITS
from search.ranking import Admissible, Triangle, admissible, best_triangles, score_pairs

SIZES: Final = (20_000, 50_000, 170_000, 500_000, 1_000_000)
TOP: Final = 20
WARM_UP: Final = 10


def sizes(nodes: int) -> list[int]:
    """The sizes to measure on the way to a number of nodes, that included."""
    return [*(size for size in SIZES if size < nodes), nodes]


def measure_projection(
    nodes: int, questions: int, checked: int, command: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Build projections from the synthetic records themselves and rank over them, at every size."""
    graph = SyntheticGraph(nodes)
    # What the graph itself keeps is made before memory is measured.
    _ = graph.members, graph.topics, graph.party_corner
    points = []
    for size in sizes(nodes):
        stop = size - graph.fixed
        gc.collect()
        before, began = resident(), time.perf_counter()
        projection = Projection(graph.countries, graph.parties(stop))
        projection.load(graph.evidence(0, stop))
        seconds = time.perf_counter() - began
        gc.collect()
        point: dict[str, Any] = {
            "nodes": size,
            "build s": round(seconds, 2),
            "arrays MiB": round(projection.nbytes / 2**20, 1),
            "process MiB": round(resident() - before, 1),
            "load average": round(os.getloadavg()[0], 2),
        }
        model, reference = PathModel.load(SHIPPED_MODEL), Reference(graph, stop)
        asked = invented_questions(graph, projection, stop, WARM_UP + questions)
        times, processor = [], []
        for question in asked:
            began, worked = time.perf_counter(), time.thread_time()
            rank(projection, question, model)
            times.append(1_000 * (time.perf_counter() - began))
            processor.append(1_000 * (time.thread_time() - worked))
        point["times"] = {
            "engine, ranking alone": milliseconds(times[WARM_UP:]),
            "of ranking: processor time": milliseconds(processor[WARM_UP:]),
        }
        point["exact"] = compared(projection, asked[:checked], reference, model)
        points.append(point)
        say(f"{size:,} nodes: {json.dumps(point)}")
        del projection
    return {
        **circumstances(command),
        "sizes": points,
    }


def invented_questions(
    graph: SyntheticGraph, projection: Projection, stop: int, number: int
) -> list[Question]:
    """Questions whose similar records are drawn at random, as many as a search gives."""
    random = np.random.default_rng(graph.made)
    countries = [place for place, country in enumerate(graph.countries) if country.developing]
    nodes = np.array(counted(graph, 0, stop))
    found = []
    for _ in range(number):
        drawn = random.choice(nodes, (2, HITS), replace=False)
        cosines = np.sort(random.uniform(0.3, 0.9, (2, HITS)))[:, ::-1]
        hits = [
            [(row_of(projection, graph.ref(node)), float(value)) for node, value in zip(*pair, strict=True)]
            for pair in zip(drawn.tolist(), cosines, strict=True)
        ]
        clusters = {int(place): 0.5 for place in random.choice(len(projection.clusters), 2, replace=False)}
        sdgs = {int(place): 0.5 for place in random.choice(len(projection.sdgs), 2, replace=False)}
        found.append(Question(hits[0], hits[1], [int(random.choice(countries))], clusters, sdgs))
    return found


def circumstances(command: str) -> dict[str, Any]:
    """Machine, date and command of a run."""
    return {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "command": command,
    }


def rank(projection: Projection, question: Question, model: PathModel) -> list[Triangle]:
    """The same for triangular cooperation, without a request."""
    with projection.lock:
        return best(
            projection, question, model, admissible(projection, "triangular", question.beneficiaries, ())
        )


def best(projection: Projection, question: Question, model: PathModel, allowed: Admissible) -> list[Triangle]:
    """The first triangles, without diversity."""
    return best_triangles(score_pairs(projection, question, model, allowed), model, TOP, diversity=0.0)


def compared(
    projection: Projection, questions: Sequence[Question], reference: Reference, model: PathModel
) -> dict[str, Any]:
    """The engine's first triangles beside those of the brute-force reference, over some questions."""
    same, difference = 0, 0.0
    place = {ref: index for index, ref in enumerate(reference.corner_refs)}
    for question in questions:
        mine = rank(projection, question, model)
        pairs = reference.pairs(_in_nodes(projection, question, reference), model)
        mapped = [
            (each.pivotal, place[projection.corners.refs[each.facilitating]])
            for each in mine
            if each.facilitating is not None
        ]
        order = np.argsort(-pairs, axis=None, kind="stable")[:TOP]
        wanted = [divmod(int(flat), pairs.shape[1]) for flat in order]
        same += mapped == wanted
        gaps = [abs(each.score - pairs[pair]) for each, pair in zip(mine, wanted, strict=True)]
        difference = max(difference, *gaps)
    return {
        "questions": len(questions),
        "same first 20 in the same order": same,
        "largest gap": float(difference),
    }


def _in_nodes(projection: Projection, question: Question, reference: Reference) -> dict[str, Any]:
    """A question in the numbers of the synthetic graph and not in those of the projection."""
    clusters = {index: reference.graph.clusters.index(ref) for ref, index in projection.clusters.items()}
    sdgs = {index: reference.graph.sdgs.index(ref) for ref, index in projection.sdgs.items()}
    return {
        "meaning": {_node(projection, row): score for row, score in question.meaning},
        "words": {_node(projection, row): score for row, score in question.words},
        "beneficiary": question.beneficiaries[0],
        "clusters": {clusters[index]: weight for index, weight in question.clusters.items()},
        "sdgs": {sdgs[index]: weight for index, weight in question.sdgs.items()},
    }


def row_of(projection: Projection, ref: str) -> int:
    """The row of a record that is there."""
    row = projection.row(ref)
    if row is None:
        raise LookupError(ref)
    return row


def _node(projection: Projection, row: int) -> int:
    return int(projection.ref(row).partition("/")[2])


def resident() -> float:
    """MiB of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
