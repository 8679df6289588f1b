"""Text and dates in the forms that readers of XML and of spreadsheets take."""

import re
from calendar import monthrange
from datetime import date
from typing import Final

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def without_unwritable(text: str) -> str:
    """The text without what XML 1.0 forbids and no text holds: controls, half surrogates."""
    return _UNWRITABLE.sub("", text)


def is_writable(text: str) -> bool:
    """Whether without_unwritable would leave the text as it is."""
    return _UNWRITABLE.search(text) is None


def whole_date(partial: str, *, last: bool) -> date:
    """The first or the last day of a year, month or day."""
    year, month, day = (*map(int, partial.split("-")), 0, 0)[:3]
    month = month or (12 if last else 1)
    return date(year, month, day or (monthrange(year, month)[1] if last else 1))
