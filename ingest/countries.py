"""Countries by code or by name in the six UN languages.

A text resolves only when a code or a known name matches it exactly, apart from case, accents, articles,
punctuation and Arabic vowel signs. What is merely similar is suggested in the error, never taken.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process

from graph_model.errors import FieldProblem, InvalidRecordError, NotFoundError
from graph_model.nodes import Country
from graph_model.text import UN_LANGUAGES

COUNTRIES_CSV: Final = Path(__file__).parent / "demo" / "country.csv"
NAMES_CSV: Final = Path(__file__).parent / "country_names.csv"

SUGGESTIONS: Final = 3
SUGGESTION_CUTOFF: Final = 80.0
"""Least rapidfuzz ratio, 0 to 100, of a suggestion: one or two wrong letters in a usual name."""
LONGEST_QUERY: Final = 120
"""Characters; no country's name is longer, and comparing a page of text with every name would be slow."""
_NAMES_KEPT: Final = 32_768
"""Folded names that are kept: a file says the same ones again and again."""
PARTS_OF_ONE_NAME: Final = 4
"""Parts between separators that one name may span: Bonaire, Sint Eustatius and Saba has three."""

_ELISION = re.compile(r"(?<![^\W_])([dl])['’ʼ`´](?=\w)")
_APOSTROPHE = re.compile(r"['’ʼ`´ʻ]")
_DOT_IN_ABBREVIATION = re.compile(r"\b(\w)\.(?=\w\b)")
_WORD = re.compile(r"[^\W_]+")
_INVERTED = re.compile(r"^([^,(\[]+)[,(\[]([^()\[\]]+)[)\]]?\s*$")
_M49 = re.compile(r"[0-9]{1,3}")
_CODE = re.compile(r"[A-Za-z]{2,3}")
_REFERENCE_PREFIX = "country/"
_LETTERS = str.maketrans({"ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": "", "&": " and ", "ø": "o", "ł": "l"})
_ARABIC_ARTICLE = "ال"
_UNSTRESSED = frozenset(
    {"the", "of", "le", "la", "les", "de", "du", "des", "el", "los", "las", "del", "l", "d"}
)
_EXPANSIONS: Final = {"st": "saint", "rep": "republic", "dem": "democratic", "is": "islands"}
_WORDS_NOT_CODES = frozenset({"no", "na", "and", "are", "can", "per"})
"""Everyday words that are also ISO codes: taken for a code only in upper case."""

_BETWEEN_LISTS = re.compile(r"[;|\n\r\t؛；•]+")
_BETWEEN_NAMES = re.compile(
    r"\s*[,،、，/+]\s*|\s*&\s*|\s+[-–—]\s+|\s+(?:and|et|y|e|и|و)\s+|\s+(?=و\w{3,})|[和与及]", re.IGNORECASE
)
_LEADING_CONJUNCTION = re.compile(r"^(?:(?:and|et|y|e|и)\s+|و)", re.IGNORECASE)


class NameKind(StrEnum):
    """How an extra name relates to its country; demonyms and places never resolve."""

    SHORT = "short"
    FORMAL = "formal"
    ALIAS = "alias"
    ABBREVIATION = "abbreviation"
    FORMER = "former"
    DEMONYM = "demonym"
    PLACE = "place"


_ONLY_MASKED = frozenset({NameKind.DEMONYM, NameKind.PLACE})


@dataclass(frozen=True, slots=True)
class CountryName:
    """One extra name of a country: ISO 3166-1 alpha-3 code, ISO 639-1 language, the name, its kind."""

    iso3: str
    language: str
    name: str
    kind: NameKind


@dataclass(frozen=True, slots=True)
class KnownCountry:
    """What the resolver needs of a country record."""

    iso3: str
    iso2: str | None
    m49: str | None
    names: Mapping[str, str]
    capital: str | None

    @classmethod
    def from_record(cls, country: Country) -> "KnownCountry":
        """The country of a record of the graph."""
        return cls(country.id, country.iso2, country.m49, country.name, country.capital)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text means: ``iso3`` when it is certain; otherwise the candidates and the suggestions.

    candidates: ISO alpha-3 codes of the countries that share the name. suggestions: at most three, as
    ``Niger (NER)``.
    """

    text: str
    iso3: str | None = None
    candidates: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    def problem(self, field: str) -> FieldProblem:
        """Why the text did not resolve, and what to write instead."""
        if self.candidates:
            reason = f"more than one country has this name: {', '.join(self.suggestions)}; give the ISO code"
        elif self.suggestions:
            reason = f"unknown country; did you mean {' or '.join(self.suggestions)}?"
        else:
            reason = "unknown country; give an ISO 3166 code, an M49 code or a name in a UN language"
        return FieldProblem(field=field, value=self.text, reason=reason)


class UnknownCountryError(InvalidRecordError):
    """A text names no country, or more than one."""

    def __init__(self, resolution: Resolution, field: str) -> None:
        self.resolution = resolution
        super().__init__([resolution.problem(field)])


@dataclass(frozen=True, slots=True)
class CountryList:
    """The countries of a cell, in its order and once each (ISO alpha-3), and the parts that are none."""

    resolved: tuple[str, ...]
    unresolved: tuple[Resolution, ...]


@lru_cache(maxsize=_NAMES_KEPT)
def fold_name(text: str) -> str:
    """A name without case, accents, articles, punctuation and Arabic vowel signs: equal for equal names."""
    text = _without_marks(text.casefold()).translate(_LETTERS)
    text = _DOT_IN_ABBREVIATION.sub(r"\1", _ELISION.sub(" ", text))
    words = _WORD.findall(_APOSTROPHE.sub("", text))
    return " ".join([_bare(word) for word in words if word not in _UNSTRESSED])


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join([character for character in decomposed if not unicodedata.combining(character)])


def _bare(word: str) -> str:
    if word.startswith(_ARABIC_ARTICLE) and len(word) > len(_ARABIC_ARTICLE) + 2:
        return word[len(_ARABIC_ARTICLE) :]
    return _EXPANSIONS.get(word, word)


class CountryResolver:
    """Finds countries in texts. Its index is built at the first question."""

    def __init__(self, countries: Iterable[KnownCountry], extra_names: Iterable[CountryName] = ()) -> None:
        self._countries = {country.iso3: country for country in countries}
        self._extra: dict[str, list[CountryName]] = {}
        for extra in extra_names:
            self._extra.setdefault(extra.iso3, []).append(extra)

    @classmethod
    def from_csv(cls, countries: Path = COUNTRIES_CSV, names: Path = NAMES_CSV) -> "CountryResolver":
        """From country records and extra names (columns iso3, language, name, kind) in CSV files."""
        return cls(_read_countries(countries), _read_names(names))

    def resolve(self, text: str) -> Resolution:
        """The country that a code or a name means. Never raises; never takes what is only similar."""
        found = sorted(self._find(text))
        if len(found) == 1:
            return Resolution(text, iso3=found[0])
        if found:
            return Resolution(text, None, tuple(found), tuple(map(self._describe, found[:SUGGESTIONS])))
        return Resolution(text, suggestions=tuple(map(self._describe, self._similar(text))))

    def require(self, text: str, field: str = "country") -> str:
        """The ISO alpha-3 code of the country. Raises UnknownCountryError naming field and value."""
        resolution = self.resolve(text)
        if resolution.iso3 is None:
            raise UnknownCountryError(resolution, field)
        return resolution.iso3

    def split_list(self, text: str) -> CountryList:
        """The countries of a cell such as ``AFG,BTN, KHM`` or ``Kenya; Uganda and Tanzania``."""
        resolved: dict[str, None] = {}
        unresolved: list[Resolution] = []
        for segment in filter(None, (part.strip() for part in _BETWEEN_LISTS.split(text))):
            for resolution in self._read_segment(segment):
                if resolution.iso3 is None:
                    unresolved.append(resolution)
                else:
                    resolved[resolution.iso3] = None
        return CountryList(tuple(resolved), tuple(unresolved))

    def names(self, iso3: str) -> tuple[str, ...]:
        """Its names in every language, the record's own first. Raises NotFoundError for an unknown code."""
        country = self._country(iso3)
        extra = (name.name for name in self._extra.get(iso3, ()) if name.kind not in _ONLY_MASKED)
        return tuple(dict.fromkeys((*country.names.values(), *extra)))

    def names_to_mask(self, iso3: str) -> tuple[str, ...]:
        """Names, English demonyms (also in the plural), capital and well-known cities; the longest first.

        For hiding a country in a text; each also stands without its accents. Abbreviations are in capitals:
        match them as they are written. Raises NotFoundError for an unknown code.
        """
        names = [*self.names(iso3)]
        for extra in self._extra.get(iso3, ()):
            if extra.kind in _ONLY_MASKED:
                names.append(extra.name)
            if extra.kind is NameKind.DEMONYM and not extra.name.endswith(("ese", "s", "sh", "ch", "x")):
                names.append(f"{extra.name}s")
        if capital := self._country(iso3).capital:
            names.append(capital)
        plain = (_without_marks(name).replace("’", "'") for name in names)
        names.extend(name for name in list(plain) if name.isascii())
        return tuple(sorted(dict.fromkeys(names), key=lambda name: (-len(name), name)))

    @cached_property
    def _by_code(self) -> dict[str, str]:
        codes: dict[str, str] = {}
        for country in self._countries.values():
            for code in (country.iso3, country.iso2, country.m49):
                if code:
                    codes[code] = country.iso3
        return codes

    @cached_property
    def _by_name(self) -> dict[str, frozenset[str]]:
        own: dict[str, set[str]] = {}
        any_name: dict[str, set[str]] = {}
        for iso3, country in self._countries.items():
            for name in country.names.values():
                own.setdefault(fold_name(name), set()).add(iso3)
            for name in self.names(iso3):
                any_name.setdefault(fold_name(name), set()).add(iso3)
        # The name that a country's record gives outranks the same word as an alias of another country.
        holders = {name: frozenset(iso3s) for name, iso3s in (any_name | own).items()}
        holders.pop("", None)
        return holders

    def _country(self, iso3: str) -> KnownCountry:
        try:
            return self._countries[iso3]
        except KeyError:
            raise NotFoundError(f"No country has the ISO alpha-3 code {iso3!r}; check the code.") from None

    def _describe(self, iso3: str) -> str:
        names = self._countries[iso3].names
        return f"{names.get('en') or next(iter(names.values()))} ({iso3})"

    def _find(self, text: str) -> frozenset[str]:
        text = text.strip().removeprefix(_REFERENCE_PREFIX)
        if len(text) > LONGEST_QUERY:
            return frozenset()
        code = self._code(text)
        if code in self._by_code:
            return frozenset({self._by_code[code]})
        found = self._by_name.get(fold_name(text))
        if found is None and (inverted := _INVERTED.match(text)):
            found = self._by_name.get(fold_name(f"{inverted[2]} {inverted[1]}"))
        return found or frozenset()

    @staticmethod
    def _code(text: str) -> str:
        if _M49.fullmatch(text):
            return text.zfill(3)
        if _CODE.fullmatch(text) and (text.isupper() or text.casefold() not in _WORDS_NOT_CODES):
            return text.upper()
        return ""

    def _similar(self, text: str) -> list[str]:
        key = fold_name(text[:LONGEST_QUERY])
        if len(key) < len("Mali") or len(text) > LONGEST_QUERY:
            return []
        matches = process.extract(
            key,
            self._by_name.keys(),
            scorer=fuzz.ratio,
            score_cutoff=SUGGESTION_CUTOFF,
            limit=4 * SUGGESTIONS,
        )
        similar = (iso3 for name, _, _ in matches for iso3 in sorted(self._by_name[name]))
        return list(dict.fromkeys(similar))[:SUGGESTIONS]

    def _read_segment(self, segment: str) -> Iterator[Resolution]:
        parts = _parts(segment)
        position = 0
        while position < len(parts):
            for end in range(min(len(parts), position + PARTS_OF_ONE_NAME), position, -1):
                resolution = self._exact(segment[parts[position][0] : parts[end - 1][1]])
                if resolution:
                    break
            else:
                end = position + 1
                resolution = self.resolve(segment[parts[position][0] : parts[position][1]])
            if resolution.text.strip():
                yield resolution
            position = end

    def _exact(self, text: str) -> Resolution | None:
        for candidate in dict.fromkeys((text, _LEADING_CONJUNCTION.sub("", text))):
            found = self._find(candidate)
            if len(found) == 1:
                return Resolution(text, iso3=next(iter(found)))
        return None


def _parts(segment: str) -> list[tuple[int, int]]:
    """Start and end of every part between the separators of names.

    One may be empty, and belong to a name all the same: 埃及 (Egypt) ends in a word for "and".
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for separator in _BETWEEN_NAMES.finditer(segment):
        spans.append((start, separator.start()))
        start = separator.end()
    spans.append((start, len(segment)))
    return spans


def _read_countries(path: Path) -> Iterator[KnownCountry]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = {
                language: row[f"name_{language}"] for language in UN_LANGUAGES if row[f"name_{language}"]
            }
            yield KnownCountry(
                row["id"], row["iso2"] or None, row["m49"] or None, names, row["capital"] or None
            )


def _read_names(path: Path) -> Iterator[CountryName]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield CountryName(row["iso3"], row["language"], row["name"], NameKind(row["kind"]))


@cache
def default_resolver() -> CountryResolver:
    """The resolver over the country records that come with Trimatch, made once a process."""
    return CountryResolver.from_csv()
