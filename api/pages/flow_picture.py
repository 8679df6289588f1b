"""Where everything stands in the picture of flows between countries; the template draws it.

Two columns: countries that shared their experience, and countries that received it, each by region, joined by
ribbons as thick as the partnerships are many. Lengths are in units of the picture's own coordinates, one unit
a CSS pixel at its natural size. In right-to-left languages the columns change sides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from api.pages.triangle_picture import wrapped

WIDTH: Final = 640
_LABEL: Final = 172
_BLOCK: Final = 10
_AFTER_BLOCK: Final = 6
_LETTER: Final = 6.9
_LINE: Final = 15
_MOST_LINES: Final = 2
_BETWEEN: Final = 6
_REGION: Final = 26
_TALLEST_RIBBONS: Final = 480
_THICKEST: Final = 5.0
_ROOM_FOR_COUNT: Final = 4


@dataclass(frozen=True, slots=True)
class Thread:
    """What is drawn as one ribbon. giver, taker: keys of the countries. text: what it says in words."""

    giver: str
    taker: str
    partnerships: int
    illustrative: bool
    text: str


@dataclass(frozen=True, slots=True)
class CountryText:
    """What the picture says of a country."""

    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on the baseline y; it ends, or begins, at x by the column that it is in."""

    kind: str
    x: float
    y: float
    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One country in one column. side: giver or taker."""

    side: str
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One flow as the outline of a closed path."""

    path: str
    text: str
    illustrative: bool
    giver: str


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """All of it. texts: by side."""

    width: float
    height: float
    block_width: float
    blocks: Sequence[Block]
    ribbons: Sequence[Ribbon]
    texts: Sequence[tuple[str, Text]]


@dataclass(slots=True)
class _Column:
    """Countries of one side from the top down. starts: where the next ribbon of each country begins."""

    blocks: list[Block]
    texts: list[Text]
    starts: dict[str, float]
    height: float


def flow_picture(
    threads: Sequence[Thread], country: Callable[[str], CountryText], *, right_to_left: bool
) -> FlowPicture:
    """The picture of flows. country: what to say of a key."""
    total = sum(thread.partnerships for thread in threads)
    unit = min(_THICKEST, _TALLEST_RIBBONS / total) if total else 0.0
    givers = _column("giver", [(each.giver, each.partnerships) for each in threads], country, unit)
    takers = _column("taker", [(each.taker, each.partnerships) for each in threads], country, unit)
    height = max(givers.height, takers.height)
    drawn = _ribbons(threads, givers, takers, unit, right_to_left)
    blocks = [_mirrored(block, right_to_left) for column in (givers, takers) for block in column.blocks]
    texts = [
        (side, Text(text.kind, _across(text.x, right_to_left), text.y, text.text, text.count))
        for side, column in (("giver", givers), ("taker", takers))
        for text in column.texts
    ]
    return FlowPicture(WIDTH, height, _BLOCK, blocks, drawn, texts)


def _column(
    side: str, ends: Sequence[tuple[str, int]], country: Callable[[str], CountryText], unit: float
) -> _Column:
    sums: dict[str, int] = {}
    for key, partnerships in ends:
        sums[key] = sums.get(key, 0) + partnerships
    ordered = sorted(sums, key=lambda key: (country(key).region, -sums[key], country(key).name))
    x = float(_LABEL if side == "giver" else WIDTH - _LABEL - _BLOCK)
    text_x = x - _AFTER_BLOCK if side == "giver" else x + _BLOCK + _AFTER_BLOCK
    column = _Column([], [], {}, 0.0)
    for region, keys in groupby(ordered, lambda key: country(key).region):
        column.height += _REGION
        (heading,) = wrapped(region, _LABEL / _LETTER, 1)
        column.texts.append(Text("region", text_x, column.height - 8, heading))
        for key in keys:
            _add_country(column, key, side, (x, text_x), country(key).name, sums[key], unit)
    return column


def _add_country(
    column: _Column, key: str, side: str, x: tuple[float, float], name: str, partnerships: int, unit: float
) -> None:
    lines = wrapped(name, _LABEL / _LETTER - _ROOM_FOR_COUNT, _MOST_LINES)
    thickness = partnerships * unit
    room = max(thickness, _LINE * len(lines))
    top = column.height + (room - thickness) / 2
    column.blocks.append(Block(side, x[0], top, thickness))
    column.starts[key] = top
    baseline = column.height + (room - _LINE * len(lines)) / 2 + _LINE * 0.78
    for place, line in enumerate(lines):
        count = partnerships if place == len(lines) - 1 else None
        column.texts.append(Text("name", x[1], baseline + place * _LINE, line, count))
    column.height += room + _BETWEEN


def _ribbons(
    threads: Sequence[Thread], givers: _Column, takers: _Column, unit: float, right_to_left: bool
) -> list[Ribbon]:
    """Ribbons leave and arrive in the order of the countries at their other end, so that few cross."""
    starts = dict(givers.starts)
    ends = dict(takers.starts)
    begin: dict[tuple[str, str], float] = {}
    for thread in sorted(threads, key=lambda each: takers.starts[each.taker]):
        begin[thread.giver, thread.taker] = starts[thread.giver]
        starts[thread.giver] += thread.partnerships * unit
    drawn: list[Ribbon] = []
    for thread in sorted(threads, key=lambda each: givers.starts[each.giver]):
        y = (begin[thread.giver, thread.taker], ends[thread.taker])
        ends[thread.taker] += thread.partnerships * unit
        path = _outline(y, thread.partnerships * unit, right_to_left)
        drawn.append(Ribbon(path, thread.text, thread.illustrative, thread.giver))
    return drawn


def _outline(y: tuple[float, float], thickness: float, right_to_left: bool) -> str:
    left, right = (
        _across(at, right_to_left) for at in (float(_LABEL + _BLOCK), float(WIDTH - _LABEL - _BLOCK))
    )
    middle = (left + right) / 2
    (start, end), (start_below, end_below) = y, (y[0] + thickness, y[1] + thickness)
    return (
        f"M{left:g},{start:.1f}C{middle:g},{start:.1f} {middle:g},{end:.1f} {right:g},{end:.1f}"
        f"V{end_below:.1f}C{middle:g},{end_below:.1f} {middle:g},{start_below:.1f} "
        f"{left:g},{start_below:.1f}Z"
    )


def _across(x: float, right_to_left: bool) -> float:
    return WIDTH - x if right_to_left else x


def _mirrored(block: Block, right_to_left: bool) -> Block:
    x = WIDTH - block.x - _BLOCK if right_to_left else block.x
    return Block(block.side, x, block.y, block.height)
