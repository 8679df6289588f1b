"""Entity resolution: one stakeholder for one real organisation, whatever it is called.

Equal merge keys are one organisation. So is a name above CERTAIN whose every differing word has a counterpart
(see known_organisations.similarity), and the owner of an unambiguous acronym. Each such spelling becomes an
alias of the stakeholder, so that the next run finds it by its key alone: running a file again resolves alike.
Names between DOUBTFUL and CERTAIN become new stakeholders and are listed for a person. ``Ministry of Health``
names nobody without a country: such names are told apart by theirs.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from graph_model.nodes import Stakeholder, StakeholderKind
from ingest.cleaning import one_line
from ingest.known_organisations import CERTAIN, KnownOrganisation, KnownOrganisations
from ingest.organisation_kinds import classify
from ingest.organisation_names import NameReader, ParsedName, merge_key

LONGEST_SLUG: Final = 70


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
        self._known = KnownOrganisations(reader, known)
        self._pending: dict[str, Stakeholder] = {}
        self._learned: dict[str, list[str]] = defaultdict(list)
        self._doubtful: list[DoubtfulMatch] = []
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
        exact = self._known.by_key(self._known.spelled(text, where)) or self._known.by_key(
            f"{key}|{where or ''}"
        )
        if exact is not None:
            return exact
        if national and where is None and not parsed.bare:
            return None
        found = self._known.named_otherwise(parsed, key, where)
        if found is None:
            best = self._known.nearest(key, where)
            found = best[1] if best is not None and best[0] >= CERTAIN else None
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
        near = self._known.nearest(key, home)
        if near is not None:
            shown = self._known[near[1]].names[0]
            self._doubtful.append(DoubtfulMatch(parsed.name, record.ref, near[1], shown, round(near[0], 1)))
        self._pending[record.ref] = record
        self._known.add(KnownOrganisation.from_record(record))
        return record.ref

    def _remember(self, ref: str, text: str, where: str | None, key: str) -> None:
        """Make a spelling an alias, unless the names that the stakeholder has are found by it already."""
        home = self._known[ref].country
        if key in self._known.keys_of(ref) or self._known.country_office(self.reader.parse(text)) == ref:
            return
        parsed = self.reader.parse(text)
        if where is not None and parsed.country is None and where != home:
            text = f"{text} ({self.reader.country_name(where)})"
        self._known.add_key(ref, key)
        self._known.add_key(ref, self._known.spelled(text, where))
        if ref in self._pending:
            record = self._pending[ref]
            aliases = list(dict.fromkeys((*record.aliases, text)))
            self._pending[ref] = record.model_copy(update={"aliases": aliases})
        else:
            self._learned[ref].append(text)

    def _with_country(self, parsed: ParsedName) -> str:
        """The name with its country, where the country stood apart from it: ``Kenya - Ministry of

        Health``.
        """
        if parsed.country is None or self.reader.parse(parsed.name).country == parsed.country:
            return parsed.name
        return f"{parsed.name} ({self.reader.country_name(parsed.country)})"

    def _plant(self, seed: Stakeholder) -> None:
        """Know a well-known organisation: by the graph's own record where one has a name of it already."""
        organisation = KnownOrganisation.from_record(seed)
        if not self._known.absorb(organisation):
            self._pending[seed.ref] = seed
            self._known.add(organisation)

    def _identifier(self, name: str, key: str, country: str | None) -> str:
        slug = slug_of(name, LONGEST_SLUG) or f"organisation-{_short_hash(key)}"
        if country and not slug.endswith(f"-{country.lower()}"):
            slug = f"{slug}-{country.lower()}"
        return (
            slug if f"stakeholder/{slug}" not in self._known else f"{slug}-{_short_hash(f'{key}|{country}')}"
        )


def slug_of(text: str, longest: int) -> str:
    """The text as an identifier of ``a-z0-9-``, cut between words; empty where it has no Latin letter."""
    folded = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    if len(slug) > longest:
        slug = slug[:longest].rpartition("-")[0] or slug[:longest]
    return slug


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
