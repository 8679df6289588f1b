"""The figures of the path benchmark as JSON, as a Markdown fragment, and as a plot of cost by size."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

ENGINE: Final = "engine, text to explained triangles"
RANKING: Final = "engine, ranking alone"


def milliseconds(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and number."""
    return {
        "median": round(float(np.median(times)), 2),
        "p95": round(float(np.percentile(times, 95)), 2),
        "questions": len(times),
    }


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write paths-NODES.json, .md and .svg into the folder."""
    from bench._plots import lines  # its library is of the group bench, which not every measurement needs

    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"paths-{report['sizes'][-1]['nodes']}"
    stem.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(markdown(report), encoding="utf-8")
    rows = [
        {"nodes": point["nodes"], "ms": found["median"], "work": name}
        for point in report["sizes"]
        for name, found in point["times"].items()
    ]
    lines(rows, x="nodes", y="ms", series="work", title="Path finding: median by size of the graph").save(
        stem.with_suffix(".svg")
    )


def markdown(report: dict[str, Any]) -> str:
    """Tables of one run."""
    machine = report["machine"]
    head = (
        f"`{report['command']}`, {report['date']}, {machine['processor']}, {machine['cores']} cores, "
        f"Python {machine['python']}.\n"
    )
    return "\n".join([head, *(_times(point) for point in report["sizes"]), _sizes(report["sizes"])])


def _times(point: dict[str, Any]) -> str:
    compared = [name for name in (RANKING, ENGINE) if name in point["times"]]
    rows = [
        [
            name,
            f"{found['median']:.1f}",
            f"{found['p95']:.1f}",
            found["questions"],
            *(f"{found['median'] / point['times'][other]['median']:.1f}" for other in compared),
        ]
        for name, found in point["times"].items()
    ]
    related = f", {point['relationships']:,} relationships" if "relationships" in point else ""
    heading = f"**{point['nodes']:,} nodes{related}**, load average {point['load average']}"
    names = {RANKING: "times the ranking", ENGINE: "times the whole engine"}
    columns = ["work", "median, ms", "p95, ms", "questions", *(names[name] for name in compared)]
    return f"{heading}\n\n{_table(columns, rows)}"


def _sizes(points: list[dict[str, Any]]) -> str:
    rows = []
    for point in points:
        exact, ranking = point["exact"], point["times"][RANKING]
        agree = point.get("rivals agree", {"equal": "", "compared": ""})
        rows.append(
            [
                f"{point['nodes']:,}",
                f"{point['indexed']:,}" if "indexed" in point else "",
                f"{ranking['median']:.1f} / {ranking['p95']:.1f}",
                f"{point['build s']:.1f}",
                f"{point['arrays MiB']:.1f}",
                f"{point['process MiB']:.0f}",
                f"{exact['same first 20 in the same order']} of {exact['questions']}",
                f"{exact['largest gap']:.0e}",
                f"{agree['equal']} of {agree['compared']}" if "rivals agree" in point else "",
            ]
        )
    columns = [
        "nodes",
        "texts indexed",
        "ranking, median / p95, ms",
        "build, s",
        "arrays, MiB",
        "growth of the process, MiB",
        "first 20 equal brute force",
        "largest gap of scores",
        "Cypher's 20 equal the engine's",
    ]
    return _table(columns, rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)
