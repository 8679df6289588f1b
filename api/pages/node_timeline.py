"""The partnerships of a record on a common scale of years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.languages import ReaderLanguage
from api.pages.node_text import NamedRecord, named_record


@dataclass(frozen=True, slots=True)
class Span:
    """One partnership. x, width: of its bar, in hundredths of the scale. end: empty where it is not known."""

    record: NamedRecord
    start: str
    end: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The latest partnerships and how many there are. first, last: years at the ends of the scale."""

    first: int
    last: int
    total: int
    spans: Sequence[Span]


def timeline(row: Mapping[str, Any] | None, reader: ReaderLanguage) -> Timeline | None:
    """The timeline from a row of partnership_periods; None where no partnership is dated.

    Bars run from right to left for readers of a language that does.
    """
    rows = row["partnerships"] if row else []
    if not rows:
        return None
    begins = [_fraction(each["start"], at_end=False) for each in rows]
    # Where no end is known the bar covers the time that the start names, and no more.
    ends = [_fraction(each["end"] or each["start"], at_end=True) for each in rows]
    first, last = int(min(begins)), max(int(end - 0.001) for end in ends)
    scale = 100 / (last + 1 - first)
    spans = []
    for each, begin, end in zip(rows, begins, ends, strict=True):
        x, width = (begin - first) * scale, max((end - begin) * scale, 1.0)
        x = min(x, 100 - width)
        if reader.direction == "rtl":
            x = 100 - x - width
        until = reader.partial_date(each["end"]) if each["end"] else ""
        start = reader.partial_date(each["start"])
        spans.append(Span(named_record(each, reader), start, until, round(x, 2), round(width, 2)))
    return Timeline(first, last, row["total"] if row else 0, spans)


def _fraction(value: str, *, at_end: bool) -> float:
    """A partial date in years, at the beginning or the end of what it names."""
    year, month, day = (*(int(part) for part in value.split("-")), 0, 0)[:3]
    if not month:
        return float(year + at_end)
    if not day:
        return year + (month - 1 + at_end) / 12
    return year + (date(year, month, day) - date(year, 1, 1)).days / 365.25
