"""Reading the names of organisations: merge keys, acronyms, the country in a name."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ingest.cleaning import one_line
from ingest.countries import NAMES_CSV, CountryResolver, NameKind, fold_name

_WORD = re.compile(r"[^\W_]+")
_UNSTRESSED: Final = frozenset(
    [
        "the",
        "of",
        "for",
        "and",
        "on",
        "in",
        "to",
        "a",
        "an",
        "at",
        "le",
        "la",
        "les",
        "de",
        "du",
        "des",
        "et",
        "pour",
        "en",
        "l",
        "d",
        "el",
        "los",
        "las",
        "del",
        "y",
        "e",
        "para",
        "da",
        "do",
        "das",
        "dos",
        "und",
        "der",
        "die",
        "das",
        "für",
        "et",
        "al",
    ]
)
_SPELLINGS: Final = {
    "organisation": "organization",
    "organisations": "organizations",
    "programme": "program",
    "programmes": "programs",
    "centre": "center",
    "centres": "centers",
    "labour": "labor",
    "defence": "defense",
    "utilisation": "utilization",
    "saint": "st",
    "govt": "government",
    "dept": "department",
    "min": "ministry",
    "intl": "international",
    "natl": "national",
    "univ": "university",
}
_ACRONYM = re.compile(r"[A-Za-z][A-Za-z0-9&.\-]{1,14}")
_BRACKETED = re.compile(r"^(?P<before>[^()]+?)\s*\((?P<inside>[^()]+)\)\s*$")
_BESIDE = re.compile(r"^(?P<left>.+?)(?:\s+[-–—]\s*|\s*[-–—]\s+|\s*/\s*|\s*:\s+)(?P<right>.+)$")
_BEFORE_COUNTRY = re.compile(r",\s*|\s+(?:of|for|in|de|du|des|do|da|from)\s+(?:the\s+)?", re.IGNORECASE)
_COUNTRY_FIRST = re.compile(r"^(?P<country>[^,]{3,60}),\s*(?P<base>.+)$")
LEADING_WORDS: Final = re.compile(r"^(?:the|and|including|also|with|through|by)\s+", re.IGNORECASE)
_GOVERNMENT = re.compile(
    r"^(?:the\s+)?(?:national\s+|federal\s+|royal\s+)?(?:governments?|gouvernement|gobierno|governo|state|regierung)"
    r"\s+(?:of|de|du|da|do|d')\s*(?:the\s+)?(?P<country>.+)$|^(?P<adjective>.+?)\s+government$",
    re.IGNORECASE,
)
# fmt: off
_NATIONAL: Final = frozenset({
    "ministry", "ministries", "ministere", "ministerio", "ministerstvo", "ministerium", "government",
    "parliament", "department", "secretariat", "embassy", "cabinet", "presidency", "treasury",
    "municipality", "senate", "council", "commission", "authority", "bureau", "directorate", "agency",
    "office", "national", "state", "federal", "general", "public", "central", "administration", "board",
    "committee", "police", "ombudsman",
})
# fmt: on
"""Words that every country has an organisation of: alone they name none."""


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What the name of an organisation says.

    name: as it is shown. base: without acronym and country. acronym. country: ISO alpha-3 code of the country
    that the name itself gives. bare: the name is an acronym and nothing else.
    """

    name: str
    base: str
    acronym: str | None = None
    country: str | None = None
    bare: bool = False


@lru_cache(maxsize=20_000)
def merge_key(name: str) -> str:
    """What equal names have in common: no case, accents, punctuation, articles, and one spelling.

    Letters of an abbreviation written apart are joined, so that ``U.S.`` equals ``US``.
    """
    key = _without_variants(name)
    # Letters may come to stand side by side when what was between them is left out.
    while (again := _without_variants(key)) != key:
        key = again
    return key


def _without_variants(text: str) -> str:
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"['’ʼ`´]s\b|['’ʼ`´]", "", text)
    words = _joined_letters(_WORD.findall(text))
    kept = [_SPELLINGS.get(word, word) for word in words if word not in _UNSTRESSED]
    return " ".join(kept or words)


def _joined_letters(words: Iterable[str]) -> list[str]:
    joined: list[str] = []
    letters = ""
    for word in words:
        if len(word) == 1 and word.isascii() and word.isalpha():
            letters += word
            continue
        if letters:
            joined.append(letters)
            letters = ""
        joined.append(word)
    return [*joined, letters] if letters else joined


class NameReader:
    """Reads names with the help of the names of countries."""

    def __init__(self, countries: CountryResolver, iso3_codes: Iterable[str]) -> None:
        self._by_name: dict[str, str | None] = {}
        self._words: set[str] = set()
        self._names: dict[str, str] = {}
        for iso3 in iso3_codes:
            self._names[iso3] = countries.names(iso3)[0]
            for name in countries.names(iso3):
                key = fold_name(name)
                self._by_name[key] = iso3 if self._by_name.get(key, iso3) == iso3 else None
            for name in countries.names_to_mask(iso3):
                words = merge_key(name).split()
                if len(words) == 1 and len(words[0]) > 2:
                    self._words.add(words[0])
        self._demonyms = _demonyms(self._names)
        self.parse = lru_cache(maxsize=20_000)(self._parse)

    def country(self, text: str) -> str | None:
        """ISO alpha-3 code of the country that the whole text names, or None."""
        return self._by_name.get(fold_name(text)) if len(text) <= 80 else None

    def country_name(self, iso3: str) -> str:
        """The usual name of a country, as ``country`` reads it."""
        return self._names[iso3]

    def government_of(self, text: str) -> str | None:
        """ISO alpha-3 code where the text is a country or its government, ``Government of Kenya``."""
        found = self.country(text)
        if found is None and (match := _GOVERNMENT.match(text.strip())):
            found = self.country(match["country"] or match["adjective"] or "")
        return found

    def is_national(self, base: str) -> bool:
        """Whether every country may have an organisation of this name, so that only its country tells

        which.
        """
        key = merge_key(base)
        return any(word in _NATIONAL for word in key.split()[:2]) and not self.country_words(key)

    def home_by_demonym(self, name: str) -> str | None:
        """ISO alpha-3 code of the one country whose name or demonym is in the name, ``Italian Agency``."""
        found = {self._demonyms[word] for word in merge_key(name).split() if word in self._demonyms}
        return next(iter(found)) if len(found) == 1 else None

    def country_words(self, key: str) -> frozenset[str]:
        """Names, demonyms and capitals of countries among the words of a merge key."""
        return frozenset(word for word in key.split() if word in self._words)

    def _parse(self, text: str) -> ParsedName:
        name = LEADING_WORDS.sub("", one_line(text).strip(" .;,\"“”'«»"))
        acronym: str | None = None
        country: str | None = None
        if match := _BRACKETED.match(name):
            inside = match["inside"].strip()
            if (found := self.country(inside)) is not None:
                name, country = match["before"], found
            elif self.government_of(match["before"]) is not None:
                return self._with_country(self._parse(inside), self.government_of(match["before"]))
            elif is_acronym(inside):
                name, acronym = match["before"], inside
        if acronym is None and (match := _BESIDE.match(name)):
            name, acronym, country = self._beside(name, match, country)
        if country is None and (match := _COUNTRY_FIRST.match(name)):
            found = self.country(match["country"])
            if found is not None and self.country(match["base"]) is None:
                return self._with_country(self._parse(match["base"]), found)
        base = name
        if country is None:
            base, country = self._before_country(name)
        bare = acronym is None and is_acronym(name)
        return ParsedName(name, base, name if bare else acronym, country, bare)

    def _before_country(self, name: str) -> tuple[str, str | None]:
        """``Ministry of Commerce`` and CHN of ``Ministry of Commerce of China``."""
        for separator in _BEFORE_COUNTRY.finditer(name):
            country = self.country(name[separator.end() :])
            if country is not None and separator.start():
                return name[: separator.start()], country
        return name, None

    def _beside(
        self, name: str, match: Mapping[str, str] | re.Match[str], country: str | None
    ) -> tuple[str, str | None, str | None]:
        """Name, acronym, country of ``UNDP/United Nations Development Programme`` or ``Kenya - Ministry``."""
        left, right = match["left"].strip(), match["right"].strip()
        if (found := self.country(left)) is not None and country is None:
            return right, None, found
        if (found := self.country(right)) is not None and country is None:
            return left, None, found
        if is_acronym(left) and " " in right:
            return right, left, country
        if is_acronym(right) and " " in left:
            return left, right, country
        return name, None, country

    @staticmethod
    def _with_country(parsed: ParsedName, country: str | None) -> ParsedName:
        return ParsedName(parsed.name, parsed.base, parsed.acronym, parsed.country or country, parsed.bare)


def _demonyms(iso3_codes: Iterable[str]) -> dict[str, str]:
    """Demonyms of one word, by merge key."""
    known = set(iso3_codes)
    found: dict[str, set[str]] = {}
    with NAMES_CSV.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == NameKind.DEMONYM and row["iso3"] in known:
                found.setdefault(merge_key(row["name"]), set()).add(row["iso3"])
    return {word: min(codes) for word, codes in found.items() if len(codes) == 1 and " " not in word}


def is_acronym(text: str) -> bool:
    """Whether a word is written as an acronym: short, one word, half of it capitals or digits."""
    capitals = sum(each.isupper() or each.isdigit() for each in text)
    return _ACRONYM.fullmatch(text) is not None and capitals >= 2 and 2 * capitals >= len(text)
