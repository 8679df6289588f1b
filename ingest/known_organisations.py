"""The organisations known so far, found by name, by acronym and by likeness of names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from graph_model.nodes import Stakeholder, StakeholderKind
from ingest.organisation_names import NameReader, ParsedName, merge_key

CERTAIN: Final = 94.0
DOUBTFUL: Final = 86.0
"""Similarities, 0 to 100, from which two names are one organisation, and from which a person is asked."""
SIMILAR_WORD: Final = 85.0
LONG_WORD: Final = 6
ACRONYM_SUPPORT: Final = 60.0
MOST_CANDIDATES: Final = 400
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class KnownOrganisation:
    """What the resolver needs of a stakeholder. country: ISO alpha-3 code. names: with aliases."""

    ref: str
    kind: StakeholderKind
    country: str | None
    acronym: str | None
    names: tuple[str, ...]

    @classmethod
    def from_record(cls, record: Stakeholder) -> "KnownOrganisation":
        """The organisation of a stakeholder record."""
        country = record.country.partition("/")[2] if record.country else None
        names = (*record.name.values(), *record.aliases)
        return cls(record.ref, record.kind, country, record.acronym, names)


class KnownOrganisations:
    """An index of organisations by the merge keys of their names. Not safe to share between threads."""

    def __init__(self, reader: NameReader, known: Iterable[KnownOrganisation] = ()) -> None:
        self._reader = reader
        self._known: dict[str, KnownOrganisation] = {}
        self._by_key: dict[str, str] = {}
        self._by_acronym: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for organisation in known:
            self.add(organisation)

    def __contains__(self, ref: str) -> bool:
        return ref in self._known

    def __getitem__(self, ref: str) -> KnownOrganisation:
        """The organisation. Raises KeyError."""
        return self._known[ref]

    def by_key(self, key: str) -> str | None:
        """Reference of the organisation that has this key."""
        return self._by_key.get(key)

    def add_key(self, ref: str, key: str) -> None:
        """A further key of an organisation, unless another one has it."""
        self._by_key.setdefault(key, ref)

    def add(self, organisation: KnownOrganisation) -> None:
        """Find an organisation by its names from now on; what has a key already keeps it."""
        self._known[organisation.ref] = organisation
        for name in organisation.names:
            for key in self._keys(name, organisation.country):
                if self._by_key.setdefault(key, organisation.ref) == organisation.ref:
                    if key.startswith("="):
                        continue
                    for word in set(key.partition("|")[0].split()):
                        self._by_word[word].append(key)
        for acronym in self._acronyms(organisation):
            self._by_acronym[acronym].add(organisation.ref)

    def absorb(self, organisation: KnownOrganisation) -> bool:
        """Give an organisation's names to the known one that it is; False where none of them is known."""
        keys = [key for name in organisation.names for key in self._keys(name, organisation.country)]
        owner = (
            organisation.ref
            if organisation.ref in self._known
            else next((self._by_key[key] for key in keys if key in self._by_key), None)
        )
        if owner is None:
            return False
        known = self._known[owner]
        self.add(
            KnownOrganisation(
                owner, known.kind, known.country, known.acronym, (*known.names, *organisation.names)
            )
        )
        for acronym in self._acronyms(organisation):
            self._by_acronym[acronym].add(owner)
        return True

    def spelled(self, text: str, where: str | None) -> str:
        """Key of a text as it is written; of one that every country may have, with its country."""
        parsed = self._reader.parse(text)
        qualified = parsed.country is None and self._reader.is_national(parsed.base)
        return f"={merge_key(text)}|{(where or '') if qualified else ''}"

    def keys_of(self, ref: str) -> set[str]:
        """The keys by which an organisation's own names find it."""
        known = self._known[ref]
        return {
            key
            for name in known.names
            for key in self._keys(name, known.country)
            if self._by_key.get(key) == ref
        }

    def named_otherwise(self, parsed: ParsedName, key: str, where: str | None) -> str | None:
        """The organisation that another form of its name means: without its country, short, of an office."""
        if parsed.country is not None:
            unqualified = self._by_key.get(f"{key}|")
            if unqualified is not None and self._fits_country(unqualified, parsed.country):
                return unqualified
        if (owner := self._acronym_owner(parsed, key, where)) is not None:
            return owner
        return self.country_office(parsed)

    def nearest(self, key: str, where: str | None) -> tuple[float, str, str] | None:
        """Similarity, reference and merge key of the known name that is most like this one."""
        best: tuple[float, str, str] | None = None
        for other in self._candidates(key):
            words, _, qualifier = other.partition("|")
            ref = self._by_key[other]
            theirs = qualifier or self._known[ref].country
            if where and theirs and where != theirs:
                continue
            score = similarity(key, words, self._reader)
            if score >= DOUBTFUL and (best is None or (score, ref) > best[:2]):
                best = (score, ref, words)
        return best

    def _fits_country(self, ref: str, country: str) -> bool:
        """A multilateral is at home everywhere, anyone else in one country."""
        known = self._known[ref]
        return known.kind is StakeholderKind.MULTILATERAL or known.country in (None, country)

    def _acronym_owner(self, parsed: ParsedName, key: str, where: str | None) -> str | None:
        if parsed.acronym is None:
            return None
        owners = self._by_acronym.get(_acronym_key(parsed.acronym), set())
        owners = {ref for ref in owners if where is None or self._fits_country(ref, where)}
        if len(owners) != 1:
            return None
        ref = next(iter(owners))
        if parsed.bare:
            return ref
        names = (merge_key(self._reader.parse(name).base) for name in self._known[ref].names)
        supported = any(fuzz.token_set_ratio(key, name) >= ACRONYM_SUPPORT for name in names)
        return ref if supported else None

    def country_office(self, parsed: ParsedName) -> str | None:
        """The multilateral of ``UNDP Pakistan`` or ``UNICEF-Brazil``: its country offices are not apart."""
        words = re.split(r"[\s\-–]+", parsed.name)
        for cut in range(1, len(words)):
            head, tail = " ".join(words[:cut]), " ".join(words[cut:])
            if self._reader.country(tail) is None:
                continue
            owners = self._by_acronym.get(_acronym_key(head), set()) | {
                self._by_key.get(f"{merge_key(head)}|", "")
            }
            offices = {ref for ref in owners if ref and self._known[ref].kind is StakeholderKind.MULTILATERAL}
            if len(offices) == 1:
                return next(iter(offices))
        return None

    def _candidates(self, key: str) -> set[str]:
        """Keys that share a word with this one, by its rarest words first."""
        found: set[str] = set()
        for word in sorted(set(key.split()), key=lambda each: len(self._by_word.get(each, ()))):
            holders = self._by_word.get(word, [])
            if found and len(holders) > MOST_CANDIDATES:
                break
            found.update(holders[:MOST_CANDIDATES])
        return found

    def _keys(self, name: str, country: str | None) -> Iterator[str]:
        parsed = self._reader.parse(name)
        where = parsed.country or (country if self._reader.is_national(parsed.base) else None)
        yield self.spelled(name, where)
        yield f"{merge_key(parsed.base)}|{where or ''}"
        if country and not where:
            yield f"{merge_key(parsed.base)}|{country}"

    def _acronyms(self, organisation: KnownOrganisation) -> Iterator[str]:
        if organisation.acronym:
            yield _acronym_key(organisation.acronym)
        for name in organisation.names:
            acronym = self._reader.parse(name).acronym
            if acronym:
                yield _acronym_key(acronym)


def similarity(one: str, other: str, reader: NameReader) -> float:
    """How alike two merge keys are, 0 to 100; the same in both directions.

    0 where they differ in a number or in a word for a country. Below CERTAIN where a word of one has neither
    an equal nor, if long, a nearly equal one in the other: ``university kent`` is not ``university ghent``.
    """
    if one == other:
        return 100.0
    left, right = set(one.split()), set(other.split())
    if 2 * len(left & right) < min(len(left), len(right)):
        return 0.0
    if _numbers(left) != _numbers(right) or reader.country_words(one) != reader.country_words(other):
        return 0.0
    score = max(fuzz.token_sort_ratio(one, other), fuzz.token_sort_ratio(other, one))
    if not (_paired(left - right, right - left) and _paired(right - left, left - right)):
        return min(score, CERTAIN - 0.1)
    return score


def _paired(words: set[str], others: set[str]) -> bool:
    return all(
        any(
            min(len(word), len(other)) >= LONG_WORD and fuzz.ratio(word, other) >= SIMILAR_WORD
            for other in others
        )
        for word in words
    )


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if _DIGIT.search(word)}


def _acronym_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
