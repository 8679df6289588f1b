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
