"""Themes by region: needs, unmet needs and offers; the more needs are unmet, the deeper a cell's colour."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.pages.atlas import UNMET, Atlas, Tally
from api.pages.page import Page
from api.pages.reference import Reference

LEVELS: Final = 5


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One theme in one region. region: of M49, empty for all of them. level: 0 to LEVELS."""

    region: str
    counts: Mapping[str, Tally]
    level: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One theme. depth: 0 for a cluster of its own, 1 for a sub-cluster."""

    cluster: str
    name: str
    depth: int
    cells: Sequence[HeatCell]
    total: HeatCell


@dataclass(frozen=True, slots=True)
class HeatTable:
    """All of it. regions: (region, name). legend: (level, fewest, most unmet needs)."""

    regions: Sequence[tuple[str, str]]
    rows: Sequence[HeatRow]
    legend: Sequence[tuple[int, int, int]]


def heat_table(page: Page, reference: Reference, atlas: Atlas) -> HeatTable:
    """The table in the reader's language; without regions and themes of which nothing is known."""
    tree = [
        (id_, name, depth)
        for id_, name, depth in reference.clusters_as_tree(page.language)
        if any(tally.total for tally in atlas.cluster(id_).values())
    ]
    regions = [
        (region, page.label("region", region))
        for region in sorted({country.region for country in reference.countries.values()})
        if any(tally.total for id_, _, _ in tree for tally in atlas.cell(id_, region).values())
    ]
    most = max(
        (atlas.cell(id_, region)[UNMET].total for id_, _, _ in tree for region, _ in regions), default=0
    )
    rows = [
        HeatRow(
            id_,
            name,
            depth,
            [_cell(region, atlas.cell(id_, region), most) for region, _ in regions],
            HeatCell("", atlas.cluster(id_), 0),
        )
        for id_, name, depth in tree
    ]
    return HeatTable(regions, rows, _legend(most))


def _cell(region: str, counts: Mapping[str, Tally], most: int) -> HeatCell:
    return HeatCell(region, counts, math.ceil(LEVELS * counts[UNMET].total / most) if most else 0)


def _legend(most: int) -> list[tuple[int, int, int]]:
    """The levels that occur between none and ``most``, with the whole numbers that fall into each."""
    bounds = [
        (level, most * (level - 1) // LEVELS + 1, most * level // LEVELS) for level in range(1, LEVELS + 1)
    ]
    return [(0, 0, 0), *((level, low, high) for level, low, high in bounds if low <= high)]
