"""Recover past partnerships: hide each project, give its need, and see where its real partners rank.

Each project's text has all names of countries masked. What is hidden while it is scored: itself, every
near-duplicate (cosine above 0.8, linked in chains, so that follow-up phases and repeats are out of sight
too), and the whole test fold. Near-duplicates share a fold. Every ranker sees the same evidence and
candidates: all countries for the pivotal partner, all countries and multilaterals for the facilitating one.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench._metrics import first_rank, gini, interval, ndcg_at_10, order_of
from bench._recovery_data import NO_YEAR, PastProjects, load_projects
from bench._recovery_diversity import diversity_table
from bench._recovery_rankers import RANKERS
from search.evidence import Capacity
from search.fitting import calibrate, examples, feature_names, fit_weights

FOLDS: Final = 10
FOLD_SEED: Final = 20_261
TIME_SPLITS: Final = 5
FEWEST_TRAINING: Final = 30
MODEL: Final = "shipped model, fitted on the training folds"
_BINS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(slots=True)
class Outcome:
    """What one ranker did over all cases. probabilities and truth: of every candidate, the model alone."""

    ranks: list[int] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)
    recommended: NDArray[np.float64] | None = None
    probabilities: list[NDArray[np.float64]] = field(default_factory=list)
    truth: list[NDArray[np.bool_]] = field(default_factory=list)

    def add(self, scores: NDArray[np.float64], truth: NDArray[np.bool_], seed: int) -> None:
        """Count one case."""
        order = order_of(scores, seed)
        self.ranks.append(first_rank(order, truth))
        self.gains.append(ndcg_at_10(order, truth))
        if self.recommended is None:
            self.recommended = np.zeros(len(scores))
        self.recommended[order[:10]] += 1


Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def fold_splits(data: PastProjects) -> Iterator[Split]:
    """(training, test) places of ten folds; a group of near-duplicates is never divided."""
    groups = np.array([project.group for project in data.projects])
    names = np.random.default_rng(FOLD_SEED).permutation(np.unique(groups))
    for fold in range(FOLDS):
        test = np.isin(groups, names[fold::FOLDS])
        yield np.flatnonzero(~test), np.flatnonzero(test)


def time_splits(data: PastProjects) -> Iterator[Split]:
    """(earlier, later) places: train on projects that started before the test period; near-duplicates of
    test projects leave the training side. Projects without a start year only train."""
    years = np.array([project.year for project in data.projects])
    groups = np.array([project.group for project in data.projects])
    known = np.sort(years[years != NO_YEAR])
    bounds = np.unique(np.quantile(known, np.linspace(0.4, 1.0, TIME_SPLITS + 1)).astype(int))
    for first, last in pairwise(bounds):
        test = np.flatnonzero((years > first) & (years <= last))
        train = np.flatnonzero((years <= first) & ~np.isin(groups, groups[test]))
        if len(train) >= FEWEST_TRAINING and len(test):
            yield train, test


def recover(data: PastProjects, capacity: Capacity, splits: Iterator[Split]) -> dict[str, Outcome]:
    """Rank the partners of every test case by every ranker."""
    size = data.projection.corners.countries if capacity is Capacity.PIVOTAL else len(data.projection.corners)
    outcomes = {name: Outcome() for name in (*RANKERS, MODEL)}
    for train, test in splits:
        visible = np.zeros(len(data.projects), dtype=bool)
        visible[train] = True
        learned = [data.case(place, capacity, visible) for place in train if _usable(data, place, capacity)]
        asked = [data.case(place, capacity, visible) for place in test if _usable(data, place, capacity)]
        if not asked:
            continue
        known = examples(data.projection, learned, capacity, size)
        weights = fit_weights(known, feature_names(capacity))
        slope, baseline = calibrate((known.features @ weights).ravel(), known.truth.ravel())
        unknown = examples(data.projection, asked, capacity, size)
        for place, case in enumerate(asked):
            truth = unknown.truth[place]
            for name, ranker in RANKERS.items():
                outcomes[name].add(ranker(data.projection, case, capacity)[:size], truth, seed=place)
            scores = unknown.features[place] @ weights
            outcomes[MODEL].add(scores, truth, seed=place)
            outcomes[MODEL].probabilities.append(1 / (1 + np.exp(-(slope * scores + baseline))))
            outcomes[MODEL].truth.append(truth)
    return outcomes


def _usable(data: PastProjects, place: int, capacity: Capacity) -> bool:
    project = data.projects[place]
    partners = project.partners.get(capacity, frozenset())
    size = data.projection.corners.countries if capacity is Capacity.PIVOTAL else len(data.projection.corners)
    return bool(project.beneficiaries) and any(corner < size for corner in partners)


def summary(outcome: Outcome) -> dict[str, Any]:
    """Figures of one ranker; each rate as [value, lower, upper]."""
    ranks = np.array(outcome.ranks, dtype=np.float64)
    recommended = outcome.recommended if outcome.recommended is not None else np.zeros(1)

    def rate(values: NDArray[np.float64]) -> list[float]:
        return [round(float(values.mean()), 4), *(round(bound, 4) for bound in interval(values.tolist()))]

    return {
        "cases": len(ranks),
        "MRR": rate(1 / ranks),
        **{f"Hits@{k}": rate((ranks <= k).astype(np.float64)) for k in (1, 5, 10)},
        "nDCG@10": rate(np.array(outcome.gains)),
        "coverage": round(float((recommended > 0).mean()), 4),
        "Gini": round(gini(recommended), 4),
    }


def reliability(outcome: Outcome) -> dict[str, Any]:
    """Brier score, that of the base rate, and the reliability curve of the model's probabilities."""
    stated = np.concatenate(outcome.probabilities)
    truth = np.concatenate(outcome.truth)
    base = truth.mean()
    curve = []
    for low, high in pairwise(_BINS):
        inside = (stated >= low) & (stated < high)
        if inside.any():
            curve.append(
                {
                    "from": low,
                    "to": high,
                    "candidates": int(inside.sum()),
                    "stated": round(float(stated[inside].mean()), 4),
                    "happened": round(float(truth[inside].mean()), 4),
                }
            )
    return {
        "Brier": round(float(((stated - truth) ** 2).mean()), 6),
        "Brier of the base rate": round(float(base * (1 - base)), 6),
        "curve": curve,
    }


def measure(file: Path, source: str, home: Path) -> dict[str, Any]:
    """Every protocol and both partners."""
    data = load_projects(file, source, home)
    report: dict[str, Any] = {"source": source, "projects": len(data.projects)}
    tasks = [
        (protocol, capacity)
        for protocol in ("10-fold", "by time")
        for capacity in (Capacity.PIVOTAL, Capacity.FACILITATING)
    ]
    console = Console(stderr=True)
    for protocol, capacity in track(tasks, "ranking", console=console, disable=not console.is_terminal):
        splits = fold_splits(data) if protocol == "10-fold" else time_splits(data)
        outcomes = recover(data, capacity, splits)
        if outcomes[MODEL].ranks:
            report[f"{protocol}, {capacity.name.lower()} partner"] = {
                "rankers": {name: summary(outcome) for name, outcome in outcomes.items()},
                "calibration": reliability(outcomes[MODEL]),
            }
    report["diversity"] = diversity_table(data, fold_splits(data))
    return report


def _print(report: dict[str, Any], console: Console) -> None:
    for name, part in report.items():
        if not isinstance(part, dict):
            continue  # the source, the number of projects, the rows on diversity
        cases = part["rankers"][MODEL]["cases"]
        table = Table(title=f"{name}: {report['source']}, {cases} cases")
        columns = ("MRR", "Hits@1", "Hits@5", "Hits@10", "nDCG@10")
        for heading in ("ranker", *columns, "coverage", "Gini"):
            table.add_column(heading, justify="left" if heading == "ranker" else "right")
        for ranker, figures in part["rankers"].items():
            rates = [
                f"{figures[key][0]:.3f} [{figures[key][1]:.2f}, {figures[key][2]:.2f}]" for key in columns
            ]
            table.add_row(ranker, *rates, f"{figures['coverage']:.3f}", f"{figures['Gini']:.3f}")
        console.print(table)
        calibration = part["calibration"]
        console.print(
            f"Brier score {calibration['Brier']:.5f}, "
            f"of the base rate alone {calibration['Brier of the base rate']:.5f}; "
            + "; ".join(
                f"stated {row['stated']:.3f}: happened {row['happened']:.3f}" for row in calibration["curve"]
            )
        )


def _print_diversity(rows: list[dict[str, Any]], console: Console) -> None:
    table = Table(
        title=f"lists of ten triangles by the penalty for a repeated corner, {rows[0]['cases']} cases"
    )
    for heading in rows[0]:
        table.add_column(heading, justify="right")
    for row in rows:
        cells = (
            f"{value[0]:.3f} [{value[1]:.2f}, {value[2]:.2f}]" if isinstance(value, list) else f"{value:g}"
            for value in row.values()
        )
        table.add_row(*cells)
    console.print(table)


def _save_plots(report: dict[str, Any], folder: Path) -> None:
    """A reliability curve for each task, as SVG."""
    from bench._plots import reliability_curve  # its library is of the group bench

    folder.mkdir(parents=True, exist_ok=True)
    for name, part in report.items():
        if isinstance(part, dict):
            stem = f"reliability-{report['source']}-{name}".replace(", ", "-").replace(" ", "-")
            reliability_curve(part["calibration"]["curve"], title=name).save(folder / f"{stem}.svg")


def main(arguments: Sequence[str]) -> int:
    """Command line: FILE --source undp|iati [--json] [--plots FOLDER]."""
    parser = argparse.ArgumentParser(prog="python -m bench recovery", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--source", required=True, choices=["undp", "iati"])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--plots", type=Path, help="folder for the reliability curves as SVG")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        report = measure(options.file, options.source, Path(home))
    if options.plots:
        _save_plots(report, options.plots)
    if options.json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        _print(report, Console(width=200))
        _print_diversity(report["diversity"], Console(width=200))
    return 0
