"""Entity resolution: one stakeholder for one real organisation, whatever it is called.

Equal merge keys are one organisation. So is a name above CERTAIN whose every differing word has a counterpart
(see similarity), and the owner of an unambiguous acronym. Each such spelling becomes an alias of the
stakeholder, so that the next run finds it by its key alone: running a file again resolves alike. Names
between DOUBTFUL and CERTAIN become new stakeholders and are listed for a person. ``Ministry of Health`` names
nobody without a country: such names are told apart by theirs.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from graph_model.nodes import Stakeholder, StakeholderKind
from ingest.cleaning import one_line
from ingest.organisation_kinds import classify
from ingest.organisation_names import NameReader, ParsedName, merge_key

CERTAIN: Final = 94.0
DOUBTFUL: Final = 86.0
"""Similarities, 0 to 100, from which two names are one organisation, and from which a person is asked."""
SIMILAR_WORD: Final = 85.0
LONG_WORD: Final = 6
ACRONYM_SUPPORT: Final = 60.0
MOST_CANDIDATES: Final = 400
LONGEST_SLUG: Final = 70
MOST_REVIEWS_A_NAME: Final = 1


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


@dataclass(frozen=True, slots=True)
class DoubtfulMatch:
    """A name that may be a known stakeholder: nothing was merged, a person decides. score: 0 to 100."""

    name: str
    new_ref: str
    candidate_ref: str
    candidate_name: str
    score: float


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a name was read: the feed's source, the language of the name."""

    source: str
    language: str = "en"


class OrganisationResolver:
    """Finds the stakeholder of a name, or makes one. Not safe to share between threads."""

    def __init__(
        self,
        reader: NameReader,
        known: Iterable[KnownOrganisation],
        seeds: Iterable[Stakeholder] = (),
    ) -> None:
        """known: what the graph has. seeds: well-known organisations, put into the graph when first named."""
        self.reader = reader
        self._known: dict[str, KnownOrganisation] = {}
        self._by_key: dict[str, str] = {}
        self._by_acronym: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        self._pending: dict[str, Stakeholder] = {}
        self._learned: dict[str, list[str]] = defaultdict(list)
        self._doubtful: list[DoubtfulMatch] = []
        for organisation in known:
            self._register(organisation)
        for seed in seeds:
            self._plant(seed)

    def resolve(
        self,
        text: str,
        origin: Origin,
        country: str | None = None,
        iati_type: str | None = None,
        home: str | None = None,
    ) -> str | None:
        """Reference of the stakeholder that a name means, a new one where none is known.

        home: ISO alpha-3 code of the country that the organisation is known to be of. country: the country
        that it must be of if its name is one that every country has, ``Ministry of Health``. Returns None for
        such a name without any country.
        """
        text = one_line(text)
        parsed = self.reader.parse(text)
        key = merge_key(parsed.base)
        if not any(character.isalpha() for character in key):
            return None
        national = self.reader.is_national(parsed.base)
        where = parsed.country or ((home or country) if national else None)
        exact = self._by_key.get(self._spelled(text, where)) or self._by_key.get(f"{key}|{where or ''}")
        if exact is not None:
            return exact
        if national and where is None and not parsed.bare:
            return None
        found = self._by_other_means(parsed, key, where)
        if found is None:
            found = self._new(parsed, where or home, origin, iati_type)
        self._remember(found, text, where, f"{key}|{where or ''}")
        return found

    def kind_of(self, ref: str) -> StakeholderKind:
        """The sort of a known organisation. Raises KeyError."""
        return self._known[ref].kind

    def country_of(self, ref: str) -> str | None:
        """ISO alpha-3 code of the country of a known organisation. Raises KeyError."""
        return self._known[ref].country

    def knows(self, ref: str) -> bool:
        """Whether the reference is a known stakeholder, in the graph or to be written."""
        return ref in self._known

    def pending(self, refs: Iterable[str]) -> Iterator[Stakeholder]:
        """Of these references, the records that the graph does not have yet."""
        for ref in refs:
            if ref in self._pending:
                yield self._pending[ref]

    def written(self, refs: Iterable[str]) -> None:
        """Tell the resolver that the graph has these now."""
        for ref in refs:
            self._pending.pop(ref, None)

    def take_learned(self) -> dict[str, list[str]]:
        """New spellings of stakeholders that the graph has, by reference; each is handed out once."""
        ready = {ref: names for ref, names in self._learned.items() if ref not in self._pending}
        for ref in ready:
            del self._learned[ref]
        return ready

    def take_doubtful(self) -> list[DoubtfulMatch]:
        """Doubtful matches since the last call."""
        taken, self._doubtful = self._doubtful, []
        return taken

    def _by_other_means(self, parsed: ParsedName, key: str, where: str | None) -> str | None:
        if parsed.country is not None:
            unqualified = self._by_key.get(f"{key}|")
            if unqualified is not None and self._fits_country(unqualified, parsed.country):
                return unqualified
        if (owner := self._acronym_owner(parsed, key, where)) is not None:
            return owner
        if (office := self._country_office(parsed)) is not None:
            return office
        best = self._nearest(key, where)
        return best[1] if best is not None and best[0] >= CERTAIN else None

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
        names = (merge_key(self.reader.parse(name).base) for name in self._known[ref].names)
        supported = any(fuzz.token_set_ratio(key, name) >= ACRONYM_SUPPORT for name in names)
        return ref if supported else None

    def _country_office(self, parsed: ParsedName) -> str | None:
        """The multilateral of ``UNDP Pakistan`` or ``UNICEF-Brazil``: its country offices are not apart."""
        words = re.split(r"[\s\-–]+", parsed.name)
        for cut in range(1, len(words)):
            head, tail = " ".join(words[:cut]), " ".join(words[cut:])
            if self.reader.country(tail) is None:
                continue
            owners = self._by_acronym.get(_acronym_key(head), set()) | {
                self._by_key.get(f"{merge_key(head)}|", "")
            }
            offices = {ref for ref in owners if ref and self._known[ref].kind is StakeholderKind.MULTILATERAL}
            if len(offices) == 1:
                return next(iter(offices))
        return None

    def _nearest(self, key: str, where: str | None) -> tuple[float, str, str] | None:
        """Similarity, reference and merge key of the known name that is most like this one."""
        best: tuple[float, str, str] | None = None
        for other in self._candidates(key):
            words, _, qualifier = other.partition("|")
            ref = self._by_key[other]
            theirs = qualifier or self._known[ref].country
            if where and theirs and where != theirs:
                continue
            score = similarity(key, words, self.reader)
            if score >= DOUBTFUL and (best is None or (score, ref) > best[:2]):
                best = (score, ref, words)
        return best

    def _candidates(self, key: str) -> set[str]:
        """Keys that share a word with this one, by its rarest words first."""
        found: set[str] = set()
        for word in sorted(set(key.split()), key=lambda each: len(self._by_word.get(each, ()))):
            holders = self._by_word.get(word, [])
            if found and len(holders) > MOST_CANDIDATES:
                break
            found.update(holders[:MOST_CANDIDATES])
        return found

    def _new(self, parsed: ParsedName, country: str | None, origin: Origin, iati_type: str | None) -> str:
        key = merge_key(parsed.base)
        kind = classify(parsed.name, iati_type)
        known = country or self.reader.home_by_demonym(parsed.name)
        home = None if kind is StakeholderKind.MULTILATERAL else known
        record = Stakeholder(
            id=self._identifier(parsed.name, key, home),
            name={origin.language: self._with_country(parsed)},
            kind=kind,
            acronym=parsed.acronym,
            country=f"country/{home}" if home else None,
            source=origin.source,
            original_language=origin.language,
        )
        near = self._nearest(key, home)
        if near is not None:
            shown = self._known[near[1]].names[0]
            self._doubtful.append(DoubtfulMatch(parsed.name, record.ref, near[1], shown, round(near[0], 1)))
        self._pending[record.ref] = record
        self._register(KnownOrganisation.from_record(record))
        return record.ref

    def _remember(self, ref: str, text: str, where: str | None, key: str) -> None:
        """Make a spelling an alias, unless the names that the stakeholder has are found by it already."""
        home = self._known[ref].country
        if key in self._keys_of(ref) or self._country_office(self.reader.parse(text)) == ref:
            return
        parsed = self.reader.parse(text)
        if where is not None and parsed.country is None and where != home:
            text = f"{text} ({self.reader.country_name(where)})"
        self._by_key.setdefault(key, ref)
        self._by_key.setdefault(self._spelled(text, where), ref)
        if ref in self._pending:
            record = self._pending[ref]
            aliases = list(dict.fromkeys((*record.aliases, text)))
            self._pending[ref] = record.model_copy(update={"aliases": aliases})
        else:
            self._learned[ref].append(text)

    def _keys_of(self, ref: str) -> set[str]:
        known = self._known[ref]
        return {
            key
            for name in known.names
            for key in self._keys(name, known.country)
            if self._by_key.get(key) == ref
        }

    def _spelled(self, text: str, where: str | None) -> str:
        """Key of a text as it is written; of one that every country may have, with its country."""
        parsed = self.reader.parse(text)
        qualified = parsed.country is None and self.reader.is_national(parsed.base)
        return f"={merge_key(text)}|{(where or '') if qualified else ''}"

    def _with_country(self, parsed: ParsedName) -> str:
        """The name with its country, where the country stood apart from it: ``Kenya - Ministry of

        Health``.
        """
        if parsed.country is None or self.reader.parse(parsed.name).country == parsed.country:
            return parsed.name
        return f"{parsed.name} ({self.reader.country_name(parsed.country)})"

    def _register(self, organisation: KnownOrganisation) -> None:
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

    def _keys(self, name: str, country: str | None) -> Iterator[str]:
        parsed = self.reader.parse(name)
        where = parsed.country or (country if self.reader.is_national(parsed.base) else None)
        yield self._spelled(name, where)
        yield f"{merge_key(parsed.base)}|{where or ''}"
        if country and not where:
            yield f"{merge_key(parsed.base)}|{country}"

    def _acronyms(self, organisation: KnownOrganisation) -> Iterator[str]:
        if organisation.acronym:
            yield _acronym_key(organisation.acronym)
        for name in organisation.names:
            acronym = self.reader.parse(name).acronym
            if acronym:
                yield _acronym_key(acronym)

    def _plant(self, seed: Stakeholder) -> None:
        """Know a well-known organisation: by the graph's own record where one has a name of it already."""
        organisation = KnownOrganisation.from_record(seed)
        keys = [key for name in organisation.names for key in self._keys(name, organisation.country)]
        owner = (
            seed.ref
            if seed.ref in self._known
            else next((self._by_key[key] for key in keys if key in self._by_key), None)
        )
        if owner is None:
            self._pending[seed.ref] = seed
            self._register(organisation)
            return
        known = self._known[owner]
        self._register(
            KnownOrganisation(
                owner, known.kind, known.country, known.acronym, (*known.names, *organisation.names)
            )
        )
        for acronym in self._acronyms(organisation):
            self._by_acronym[acronym].add(owner)

    def _identifier(self, name: str, key: str, country: str | None) -> str:
        slug = slug_of(name, LONGEST_SLUG) or f"organisation-{_short_hash(key)}"
        if country and not slug.endswith(f"-{country.lower()}"):
            slug = f"{slug}-{country.lower()}"
        return (
            slug if f"stakeholder/{slug}" not in self._known else f"{slug}-{_short_hash(f'{key}|{country}')}"
        )


def similarity(one: str, other: str, reader: NameReader) -> float:
    """How alike two merge keys are, 0 to 100; the same in both directions.

    0 where they differ in a number or in a word for a country. Below CERTAIN where a word of one has neither
    an equal nor, if long, a nearly equal one in the other: ``university kent`` is not ``university ghent``.
    """
    if one == other:
        return 100.0
    left, right = set(one.split()), set(other.split())
    if _numbers(left) != _numbers(right) or reader.country_words(one) != reader.country_words(other):
        return 0.0
    if 2 * len(left & right) < min(len(left), len(right)):
        return 0.0
    score = max(fuzz.token_sort_ratio(one, other), fuzz.token_sort_ratio(other, one))
    if not (_paired(left - right, right - left) and _paired(right - left, left - right)):
        return min(score, CERTAIN - 0.1)
    return score


def slug_of(text: str, longest: int) -> str:
    """The text as an identifier of ``a-z0-9-``, cut between words; empty where it has no Latin letter."""
    folded = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    if len(slug) > longest:
        slug = slug[:longest].rpartition("-")[0] or slug[:longest]
    return slug


def _paired(words: set[str], others: set[str]) -> bool:
    return all(
        any(
            min(len(word), len(other)) >= LONG_WORD and fuzz.ratio(word, other) >= SIMILAR_WORD
            for other in others
        )
        for word in words
    )


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if any(character.isdigit() for character in word)}


def _acronym_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
