"""Languages, language maps and other value types that node properties are made of."""

import re
import unicodedata
from datetime import date
from enum import Enum, auto
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints
from pyoxigraph import NamedNode

UN_LANGUAGES: Final = ("en", "fr", "es", "ar", "ru", "zh")
"""The six official languages of the United Nations, as ISO 639-1 codes."""

EARLIEST_YEAR: Final = 1945
LATEST_YEARS_AHEAD: Final = 30


class ValueForm(Enum):
    """What a text stands for, where its type alone does not say it: a mark in the type's annotation."""

    LANGUAGE = auto()
    PARTIAL_DATE = auto()
    WEB_ADDRESS = auto()


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Normalise to NFC, drop control characters except tab and line feed, trim."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()


def _plain(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise ValueError("is empty; give a text or leave the field out")
    return cleaned


def _partial_date(value: str) -> str:
    year = int(value[:4])
    latest = date.today().year + LATEST_YEARS_AHEAD
    if not EARLIEST_YEAR <= year <= latest:
        raise ValueError(f"year {year} is outside {EARLIEST_YEAR} to {latest}")
    padded = value + "-01-01"[len(value) - 4 :] if len(value) < 10 else value
    date.fromisoformat(padded)
    return value


def _iri(value: str) -> str:
    try:
        NamedNode(value)
    except ValueError as problem:
        raise ValueError(f"is no valid web address ({problem}); copy it from a browser") from None
    return value


def _one_text_at_least(texts: dict[str, str]) -> dict[str, str]:
    if not texts:
        raise ValueError("needs a text in at least one language")
    return dict(sorted(texts.items()))


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$"), ValueForm.LANGUAGE]
ShortText = Annotated[str, StringConstraints(max_length=500), AfterValidator(_plain)]
LongText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_plain)]
Title = Annotated[dict[LanguageCode, ShortText], AfterValidator(_one_text_at_least)]
"""A short text in one language or more."""
Description = dict[LanguageCode, LongText]
"""A long text in any number of languages."""
PartialDate = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"),
    AfterValidator(_partial_date),
    ValueForm.PARTIAL_DATE,
]
"""A date as precise as its source: YYYY, YYYY-MM or YYYY-MM-DD."""
WebAddress = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s<>\"{}|\\^`]+$", max_length=2_000),
    AfterValidator(_iri),
    ValueForm.WEB_ADDRESS,
]
IDENTIFIER_PATTERN = r"[A-Za-z0-9](\.?[A-Za-z0-9_-])*"
"""A dot stands between two other characters: two dots mark the period in a participation's IRI, and not every
reader of Turtle takes a name that ends in one."""
LONGEST_IDENTIFIER = 128
_LONGEST_TYPE = 32
Identifier = Annotated[
    str, StringConstraints(pattern=f"^{IDENTIFIER_PATTERN}$", max_length=LONGEST_IDENTIFIER)
]
Reference = Annotated[
    str,
    StringConstraints(
        pattern=f"^[a-z]+/{IDENTIFIER_PATTERN}$", max_length=_LONGEST_TYPE + LONGEST_IDENTIFIER
    ),
]
"""``type/id``: how one record names another; also the path of its IRI."""
Year = Annotated[int, Field(ge=EARLIEST_YEAR)]


def in_language(texts: dict[str, str], wanted: str, original: str | None = None) -> tuple[str, str]:
    """The text in the wanted language, else in the original one, else English, else the first.

    Returns (text, language of that text). Raises KeyError on an empty map.
    """
    for language in (wanted, original, "en"):
        if language is not None and language in texts:
            return texts[language], language
    if not texts:
        raise KeyError(wanted)
    language = next(iter(texts))
    return texts[language], language
