"""Plots of measurements, as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart that can be saved."""

    chart: Any

    def save(self, path: Path) -> None:
        """Write as SVG."""
        self.chart.save(str(path), format="svg")


def lines(rows: Sequence[Mapping[str, Any]], *, x: str, y: str, series: str, title: str) -> Plot:
    """One line for each series over logarithmic axes. rows: {x, y, series} each."""
    axes = {name: altair.Scale(type="log") for name in (x, y)}
    chart = (
        altair.Chart(
            altair.InlineData(values=[dict(row) for row in rows]), title=title, width=560, height=340
        )
        .mark_line(point=True)
        .encode(
            x=altair.X(f"{x}:Q", scale=axes[x], axis=altair.Axis(format="~s")),
            y=altair.Y(f"{y}:Q", scale=axes[y]),
            color=altair.Color(f"{series}:N", legend=altair.Legend(labelLimit=400)),
        )
    )
    return Plot(chart)


def reliability_curve(rows: Sequence[Mapping[str, Any]], *, title: str) -> Plot:
    """What was stated against what happened, with the diagonal. rows: {stated, happened, candidates} each."""
    scale = altair.Scale(type="symlog", constant=0.01, domain=[0, 1])
    points = (
        altair.Chart(
            altair.InlineData(values=[dict(row) for row in rows]), title=title, width=360, height=360
        )
        .mark_line(point=True)
        .encode(
            x=altair.X("stated:Q", scale=scale, title="probability stated"),
            y=altair.Y("happened:Q", scale=scale, title="share that happened"),
        )
    )
    diagonal = (
        altair.Chart(altair.InlineData(values=[{"at": 0.0}, {"at": 1.0}]))
        .mark_line(strokeDash=[4, 4], color="gray")
        .encode(x=altair.X("at:Q", scale=scale), y=altair.Y("at:Q", scale=scale))
    )
    return Plot(diagonal + points)
