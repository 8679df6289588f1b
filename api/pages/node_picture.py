"""Where everything stands in the small picture of a record among its neighbours; the template draws it.

The record stands in the middle, its neighbours in a column on either side; up to three on one side.
Lengths are in units of the picture's own coordinates, one a CSS pixel at its natural size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from api.pages.node_neighbours import NeighbourGroup
from api.pages.node_text import NamedRecord, Text
from api.pages.triangle_picture import wrapped
from graph_model.record import Authenticity

MOST_NEIGHBOURS: Final = 10
_BOX_WIDTH: Final = 196
_BOX_HEIGHT: Final = 60
_PITCH: Final = 70
_MIDDLE_WIDTH: Final = 172
_MARGIN: Final = 3
_BETWEEN: Final = 46
_MOST_IN_ONE_COLUMN: Final = 3
_LETTER: Final = 7.5
_SMALL_LETTER: Final = 6.2
_LINE: Final = 16
_MOST_LINES: Final = 2
_MOST_MIDDLE_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Box:
    """One record. relation: what it is to the middle one. name: as a whole. made_up: illustrative."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    relation: str
    lines: Sequence[tuple[float, str]]
    name: Text
    made_up: bool

    @property
    def caption(self) -> str:
        """What it is to the middle one, as far as one line has room for it."""
        room = (self.width - 16) / _SMALL_LETTER - (len("◇ ") if self.made_up else 0)
        return wrapped(self.relation, room, 1)[0]

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class NodePicture:
    """All of it. edges: (x1, y1, x2, y2) from the middle to a neighbour. words: the same as text."""

    width: float
    height: float
    middle: Box
    neighbours: Sequence[Box]
    edges: Sequence[tuple[float, float, float, float]]
    words: Sequence[tuple[str, str]]


def node_picture(
    name: Text, type_label: str, *, made_up: bool, groups: Sequence[NeighbourGroup]
) -> NodePicture | None:
    """The picture of a record, from every group as there is room; None where it has no neighbours."""
    chosen = [pair for pair, _ in zip(_in_turn(groups), range(MOST_NEIGHBOURS), strict=False)]
    if not chosen:
        return None
    columns = 1 if len(chosen) <= _MOST_IN_ONE_COLUMN else 2
    name_lines = wrapped(name.text, (_MIDDLE_WIDTH - 16) / _LETTER, _MOST_MIDDLE_LINES)
    middle_height = _LINE * (len(name_lines) + 1) + 18
    height = max(_column_height(-(-len(chosen) // columns)), middle_height) + 2 * _MARGIN
    middle_x, top = _MARGIN + _BOX_WIDTH + _BETWEEN, (height - middle_height) / 2
    middle = Box(
        middle_x,
        top,
        _MIDDLE_WIDTH,
        middle_height,
        "middle",
        type_label,
        _placed(name_lines, top),
        name,
        made_up,
    )
    right_x = middle_x + _MIDDLE_WIDTH + _BETWEEN
    boxes = [
        _box(group, record, right_x if column else _MARGIN, y)
        for (column, y), (group, record) in zip(_places(len(chosen), columns, height), chosen, strict=True)
    ]
    return NodePicture(
        (right_x + _BOX_WIDTH if columns == 2 else middle_x + _MIDDLE_WIDTH) + _MARGIN,
        height,
        middle,
        boxes,
        [(*middle.centre, *box.centre) for box in boxes],
        [(box.relation, box.name.text) for box in boxes],
    )


def _in_turn(groups: Sequence[NeighbourGroup]) -> Iterator[tuple[NeighbourGroup, NamedRecord]]:
    """The first of every group, then the second of every group, and so on; each record once."""
    seen: set[str] = set()
    for layer in zip_longest(*([(group, record) for record in group.records] for group in groups)):
        for pair in layer:
            if pair is not None and pair[1].ref not in seen:
                seen.add(pair[1].ref)
                yield pair


def _places(count: int, columns: int, height: float) -> Iterator[tuple[int, float]]:
    """The column and top of every box: left and right in turn, each column in the middle."""
    tops = [(height - _column_height((count + columns - 1 - each) // columns)) / 2 for each in range(columns)]
    for place in range(count):
        row, column = divmod(place, columns)
        yield column, tops[column] + row * _PITCH


def _column_height(boxes: int) -> float:
    return boxes * _PITCH - (_PITCH - _BOX_HEIGHT)


def _box(group: NeighbourGroup, record: NamedRecord, x: float, y: float) -> Box:
    lines = wrapped(record.name.text, (_BOX_WIDTH - 16) / _LETTER, _MOST_LINES)
    made_up = record.authenticity == Authenticity.ILLUSTRATIVE
    return Box(
        x, y, _BOX_WIDTH, _BOX_HEIGHT, group.tone, group.single, _placed(lines, y), record.name, made_up
    )


def _placed(lines: Sequence[str], top: float) -> list[tuple[float, str]]:
    """Baselines below that of the relation."""
    return [(top + 16 + _LINE * (place + 1), line) for place, line in enumerate(lines)]
