"""Where everything stands in the picture of a triangle; the template draws it.

Lengths are in units of the picture's own coordinates, one a CSS pixel at its natural size. Right-to-left
languages change the sides of the two lower corners.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 340
_LOWER_WIDTH: Final = 144
_UPPER_WIDTH: Final = 216
_MARGIN: Final = 3
_BETWEEN: Final = 70
_PADDING: Final = 10
_ROLE_HEIGHT: Final = 15
_NAME_HEIGHT: Final = 18
_ORGANISATION_HEIGHT: Final = 14
_NAME_UNIT: Final = 7.5
_ORGANISATION_UNIT: Final = 6.3
_MOST_NAME_LINES: Final = 3
_MOST_ORGANISATIONS: Final = 2
_MOST_ORGANISATION_LINES: Final = 2
_KEPT_FORMAT_CHARACTERS: Final = "\u200c\u200d"
_PIECE = re.compile(r"\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff]+")


@dataclass(frozen=True, slots=True)
class CornerText:
    """What a corner says. role: beneficiary, pivotal or facilitating. more: for organisations left out."""

    role: str
    role_name: str
    name: str
    organisations: Sequence[str]
    more: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, centred at x, on the baseline y. kind: role, name or organisation."""

    kind: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """One corner."""

    role: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Line, ...]

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Side:
    """One side: a line between two boxes, and where its count of records stands."""

    start: tuple[float, float]
    end: tuple[float, float]
    thickness: float
    label: tuple[float, float]
    records: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    sides: tuple[Side, ...]


def picture_of(
    corners: Sequence[CornerText], sides: Sequence[tuple[str, float, str]], *, right_to_left: bool
) -> Picture:
    """The picture of two or three corners.

    corners: beneficiary, pivotal and, unless there are two corners, facilitating. sides: the two roles that
    each joins with a hyphen between, its thickness, and its count of records as shown.
    """
    upper = [_box(text, (WIDTH - _UPPER_WIDTH) / 2, _MARGIN, _UPPER_WIDTH) for text in corners[2:]]
    top = _MARGIN + (upper[0].height + _BETWEEN if upper else 0)
    places = [float(_MARGIN), float(WIDTH - _MARGIN - _LOWER_WIDTH)]
    if right_to_left:
        places.reverse()
    lower = [_box(text, x, top, _LOWER_WIDTH) for text, x in zip(corners[:2], places, strict=True)]
    boxes = {box.role: box for box in [*lower, *upper]}
    drawn = [_side(boxes, *side, top) for side in sides]
    height = top + max(box.height for box in lower) + _MARGIN
    return Picture(WIDTH, height, tuple(boxes.values()), tuple(drawn))


def _side(boxes: dict[str, Box], edge: str, thickness: float, records: str, top: float) -> Side:
    first, second = (boxes[role] for role in edge.split("-"))
    if "facilitating" not in edge:
        # The gap between the two lower boxes is level with the lower of their two middles.
        y = top + min(first.height, second.height) / 2
        start, end = (first.centre[0], y), (second.centre[0], y)
        return Side(start, end, thickness, ((start[0] + end[0]) / 2, y), records)
    low, high = (second, first) if first.role == "facilitating" else (first, second)
    start, end = (low.centre[0], low.y), (high.centre[0], high.y + high.height)
    inward = (high.centre[0] - low.centre[0]) * 0.45
    end = (high.centre[0] - inward, end[1])
    return Side(start, end, thickness, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), records)


def _box(text: CornerText, x: float, y: float, width: float) -> Box:
    middle = x + width / 2
    lines: list[Line] = []
    bottom = y + _PADDING / 2

    def add(kind: str, height: float, content: str) -> None:
        nonlocal bottom
        bottom += height
        lines.append(Line(kind, middle, bottom - height * 0.22, content))

    room = width - 2 * _PADDING
    add("role", _ROLE_HEIGHT, text.role_name)
    for line in wrapped(text.name, room / _NAME_UNIT, _MOST_NAME_LINES):
        add("name", _NAME_HEIGHT, line)
    for organisation in text.organisations[:_MOST_ORGANISATIONS]:
        for line in wrapped(organisation, room / _ORGANISATION_UNIT, _MOST_ORGANISATION_LINES):
            add("organisation", _ORGANISATION_HEIGHT, line)
    if len(text.organisations) > _MOST_ORGANISATIONS:
        add("organisation", _ORGANISATION_HEIGHT, text.more)
    return Box(text.role, x, y, width, bottom - y + _PADDING / 2, tuple(lines))


def most_named() -> int:
    """How many organisations a corner names; the others are counted."""
    return _MOST_ORGANISATIONS


def wrapped(text: str, room: float, most: int) -> list[str]:
    """The text in at most ``most`` lines of ``room`` letters, the last with an ellipsis where it is cut.

    Wide characters count twice, combining ones not at all; characters that turn the direction of the text
    are left out, so that a name cannot disturb the picture.
    """
    lines = [""]
    for piece in _pieces(_plain(text), room):
        if not piece.strip():
            lines[-1] += " " if lines[-1] else ""
        elif lines[-1] and _letters(lines[-1] + piece) > room:
            lines.append(piece)
        else:
            lines[-1] += piece
    lines = [line.rstrip() for line in lines]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while _letters(last) > room - 1:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + "…"]


def _pieces(text: str, room: float) -> Iterator[str]:
    """Words, spaces and single wide characters; a word longer than a line in parts."""
    for piece in _PIECE.findall(text):
        while _letters(piece) > room:
            cut = next(n for n in range(len(piece), 0, -1) if _letters(piece[:n]) <= room or n == 1)
            yield piece[:cut]
            piece = piece[cut:]
        if piece:
            yield piece


def _letters(text: str) -> int:
    return sum(_letter(character) for character in text)


def _letter(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _plain(text: str) -> str:
    return "".join(
        character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cc") or character in _KEPT_FORMAT_CHARACTERS
    )
