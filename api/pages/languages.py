"""The reader's language: which one a page is in, its direction, its translations and its formats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, dates, lists, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from starlette.requests import Request

from graph_model.text import UN_LANGUAGES, in_language

DEFAULT: Final = "en"
COOKIE: Final = "trimatch_language"
TRANSLATIONS: Final = Path(__file__).parent.parent / "translations"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


@dataclass(frozen=True, slots=True)
class ReaderLanguage:
    """One of the six languages as a reader of pages meets it."""

    code: str
    locale: Locale
    translations: Translations

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return str(self.locale.text_direction)

    @property
    def own_name(self) -> str:
        """The language's name in itself."""
        name = self.locale.get_display_name(self.code) or self.code
        return name[:1].upper() + name[1:]

    def gettext(self, text: str) -> str:
        """A string of the interface in this language."""
        return str(self.translations.gettext(text))

    def number(self, value: float) -> str:
        return numbers.format_decimal(value, locale=self.locale)

    def percent(self, value: float) -> str:
        return numbers.format_percent(value, locale=self.locale)

    def signed(self, value: float) -> str:
        """A number with two decimals and its sign: a contribution to a score."""
        return numbers.format_decimal(value, format="+0.00;-0.00", locale=self.locale)

    def day(self, value: date | datetime) -> str:
        return str(dates.format_date(value, format="medium", locale=self.locale))

    def partial_date(self, value: str) -> str:
        """YYYY, YYYY-MM or YYYY-MM-DD, as precise as it is."""
        if len(value) == 10:
            return self.day(date.fromisoformat(value))
        if len(value) == 7:
            month = date.fromisoformat(f"{value}-01")
            return str(dates.format_skeleton("yMMM", month, locale=self.locale))
        return value

    def joined(self, items: list[str]) -> str:
        """a, b and c."""
        return str(lists.format_list(items, locale=self.locale))

    def language_name(self, code: str) -> str:
        """The name of any language."""
        return str(Locale(self.code).languages.get(code, code))

    def text(self, texts: Mapping[str, str], original: str | None = None) -> tuple[str, str]:
        """The text that suits this reader best, and the language that it is in; empty where there is none."""
        return in_language(dict(texts), self.code, original) if texts else ("", self.code)


@cache
def reader_language(code: str) -> ReaderLanguage:
    """A language by its code, one of UN_LANGUAGES. Its catalogue is read once."""
    return ReaderLanguage(code, Locale.parse(code), _translations(code))


def catalogue_file(code: str) -> Path:
    """Where the interface's strings of a language stand; English is what the templates say."""
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


def _translations(code: str) -> Translations:
    path = catalogue_file(code)
    if code == DEFAULT or not path.is_file():
        catalogue = Catalog(locale=code)
    else:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def preferred_language(request: Request) -> str:
    """The language for a reader whose address names none: by choice (a cookie), then by Accept-Language."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in UN_LANGUAGES:
        return chosen
    return accepted_language(request.headers.get("accept-language", ""))


def accepted_language(header: str) -> str:
    """The best of the six languages for an Accept-Language header (RFC 9110, section 12.5.4)."""
    weights: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:1_000].split(",")):
        found = _RANGE.fullmatch(part)
        if found is not None and (weight := float(found[2] or 1)) > 0:
            weights.append((-weight, place, found[1].partition("-")[0].lower()))
    for _, _, language in sorted(weights):
        if language in UN_LANGUAGES:
            return language
    return DEFAULT
