"""What is known of countries and themes, counted; kept in memory as long as the graph does not change."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Query, Request

from api.dependencies import StoreDependency
from api.pages.reference import Reference, ReferenceDependency
from graph_model import atlas_queries
from graph_model.record import Authenticity
from graph_model.relationships import Role
from graph_model.store import Store

NEEDS: Final = "need"
UNMET: Final = "unmet"
OFFERS: Final = "offer"
PRACTICES: Final = "practice"
PARTNERSHIPS: Final = "partnership"
MEASURES_OF_COUNTRY: Final = (
    NEEDS,
    UNMET,
    OFFERS,
    PRACTICES,
    *(role.value for role in (Role.BENEFICIARY, Role.PIVOTAL, Role.FACILITATING)),
)
MEASURES_OF_CLUSTER: Final = (NEEDS, UNMET, OFFERS, PRACTICES, PARTNERSHIPS)
MOST_RECORDS: Final = 10
_ALL: Final = tuple(each.value for each in Authenticity)
_FACTS: Final = tuple(each.value for each in Authenticity if each is not Authenticity.ILLUSTRATIVE)


class Tally(NamedTuple):
    """How many records: those that state facts, and illustrative ones."""

    facts: int = 0
    illustrative: int = 0

    @property
    def total(self) -> int:
        return self.facts + self.illustrative

    def plus(self, facts: int, illustrative: int) -> "Tally":
        """This tally with more in it."""
        return Tally(self.facts + facts, self.illustrative + illustrative)


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Flow:
    """Partnerships in which one country was pivotal and another one beneficiary; both as codes."""

    pivotal: str
    beneficiary: str
    partnerships: Tally


class Atlas:
    """Counts by country, cluster and region. A record in a sub-cluster counts in those above it as well."""

    def __init__(self, counts: Mapping[tuple[str, ...], Tally]) -> None:
        """counts: by ("country", code, measure), ("cluster", id, measure), ("cell", id, region, measure),
        ("holder", id, measure, code) and ("flow", pivotal, beneficiary)."""
        self._counts = counts
        self._holders: dict[tuple[str, str], list[tuple[str, Tally]]] = defaultdict(list)
        flows: list[Flow] = []
        for key, tally in counts.items():
            if key[0] == "holder":
                self._holders[key[1], key[2]].append((key[3], tally))
            elif key[0] == "flow":
                flows.append(Flow(key[1], key[2], tally))
        for holders in self._holders.values():
            holders.sort(key=lambda each: (-each[1].total, each[0]))
        self.flows: Sequence[Flow] = sorted(
            flows, key=lambda each: (-each.partnerships.total, each.pivotal, each.beneficiary)
        )

    def country(self, code: str) -> dict[str, Tally]:
        """The counts of MEASURES_OF_COUNTRY for a country."""
        return {name: self._counts.get(("country", code, name), NOTHING) for name in MEASURES_OF_COUNTRY}

    def cluster(self, id_: str) -> dict[str, Tally]:
        """The counts of MEASURES_OF_CLUSTER for a cluster and those beneath it."""
        return {name: self._counts.get(("cluster", id_, name), NOTHING) for name in MEASURES_OF_CLUSTER}

    def cell(self, cluster: str, region: str) -> dict[str, Tally]:
        """Needs, unmet needs and offers of a cluster from a region of M49."""
        return {
            name: self._counts.get(("cell", cluster, region, name), NOTHING)
            for name in (NEEDS, UNMET, OFFERS)
        }

    def leading(self, cluster: str, measure: str, most: int) -> Sequence[tuple[str, Tally]]:
        """Codes of the countries with most of a measure of MEASURES_OF_COUNTRY in a cluster."""
        return self._holders.get((cluster, measure), [])[:most]


class AtlasCache:
    """Counts once for each state of the graph. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reference: Reference | None = None
        self._kept: dict[bool, Atlas] = {}

    def get(self, store: Store, reference: Reference, *, illustrative: bool) -> Atlas:
        """The counts as they are now; with illustrative records, or as if there were none.

        reference: as ReferenceCache gives it, a new one whenever the graph has changed.
        """
        with self._lock:
            if self._reference is not reference:
                rows = store.run(atlas_queries.counted_records())[0]["records"]
                self._kept = {
                    shown: Atlas(_counted(rows, reference, _ALL if shown else _FACTS))
                    for shown in (True, False)
                }
                self._reference = reference
            return self._kept[illustrative]


def _counted(
    rows: Iterable[Sequence[Any]], reference: Reference, authenticities: Sequence[str]
) -> dict[tuple[str, ...], Tally]:
    counts: dict[tuple[str, ...], Tally] = defaultdict(Tally)
    above = _clusters_above(reference)
    for type_name, authenticity, clusters, countries, answers in rows:
        if authenticity not in authenticities:
            continue
        themes = {broader for ref in clusters for broader in above.get(ref, ())}
        parties = {
            (ref.partition("/")[2], role)
            for ref, role in countries
            if ref.partition("/")[2] in reference.countries
        }
        unmet = type_name == NEEDS and not any(answer in authenticities for answer in answers)
        measures = (type_name, UNMET) if unmet else (type_name,)
        illustrative = authenticity == Authenticity.ILLUSTRATIVE
        # A set: a country with two organisations in one record counts it once.
        for key in set(_keys(measures, themes, parties, reference)):
            counts[key] = counts[key].plus(not illustrative, illustrative)
    return counts


def _keys(
    measures: tuple[str, ...], themes: set[str], parties: set[tuple[str, str | None]], reference: Reference
) -> Iterator[tuple[str, ...]]:
    """What one record counts for, in the keys of Atlas."""
    for measure in measures:
        for cluster in themes:
            yield "cluster", cluster, measure
            for code, _ in parties:
                yield "cell", cluster, reference.countries[code].region, measure
        for code, role in parties:
            yield "country", code, role or measure
            for cluster in themes:
                yield "holder", cluster, role or measure, code
    givers = [code for code, role in parties if role == Role.PIVOTAL]
    takers = [code for code, role in parties if role == Role.BENEFICIARY]
    for giver in givers:
        for taker in takers:
            if giver != taker:
                yield "flow", giver, taker


def _clusters_above(reference: Reference) -> dict[str, frozenset[str]]:
    """By the reference of a cluster: the ids of itself and of all that it is part of."""
    above: dict[str, frozenset[str]] = {}
    for id_ in reference.clusters:
        found: list[str] = []
        place: str | None = id_
        while place is not None and place in reference.clusters and place not in found:
            found.append(place)
            broader = reference.clusters[place].broader
            place = broader.partition("/")[2] if broader else None
        above[f"cluster/{id_}"] = frozenset(found)
    return above


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A need, offer or practice of a country. title: by language. unmet: only of a need."""

    ref: str
    title: Mapping[str, str]
    original_language: str
    authenticity: str
    unmet: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Records of one type that a country has: how many, and the newest of them."""

    tally: Tally = NOTHING
    records: Sequence[HeldRecord] = ()


@dataclass(slots=True)
class Partner:
    """Who took part in a country's partnerships: a country, or an organisation that belongs to none.

    name: by language. roles: its own roles in them, with how many partnerships each.
    """

    ref: str
    name: Mapping[str, str]
    original_language: str
    roles: dict[str, Tally] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """By which partners are ordered: partnerships, one in two roles counted twice."""
        return sum(tally.total for tally in self.roles.values())


@dataclass(frozen=True, slots=True)
class Cooperation:
    """What a country needs, offers and shares, and with whom it has worked; most frequent partners first."""

    country: str
    needs: Held
    offers: Held
    practices: Held
    partners: Sequence[Partner]


def cooperation_of(store: Store, country: str, *, illustrative: bool = True) -> Cooperation:
    """The cooperation of a country, published records only. country: a reference, ``country/KEN``."""
    authenticities = _ALL if illustrative else _FACTS
    rows = store.run(atlas_queries.records_held_by(country, MOST_RECORDS, authenticities))
    held = {row["type"]: _held(row) for row in rows}
    partners: dict[str, Partner] = {}
    for row in store.run(atlas_queries.partners_of(country, authenticities)):
        ref = row["partner"]
        partner = partners.setdefault(ref, Partner(ref, _texts(row["texts"]), row["original_language"]))
        known = partner.roles.get(row["role"], NOTHING)
        records, made_up = row["records"], row["illustrative"]
        partner.roles[row["role"]] = known.plus(0 if made_up else records, records if made_up else 0)
    ordered = sorted(partners.values(), key=lambda each: (-each.weight, each.ref))
    nothing = Held()
    return Cooperation(
        country, held.get(NEEDS, nothing), held.get(OFFERS, nothing), held.get(PRACTICES, nothing), ordered
    )


def _held(row: Mapping[str, Any]) -> Held:
    records = [
        HeldRecord(
            ref=each["ref"],
            title=_texts(each["texts"]),
            original_language=each["original_language"],
            authenticity=each["authenticity"],
            unmet=each["unmet"],
        )
        for each in row["records"]
    ]
    return Held(Tally(row["total"] - row["illustrative"], row["illustrative"]), records)


def _texts(pairs: Iterable[Sequence[str]]) -> dict[str, str]:
    """Texts by language. pairs: [``title_en``, text]."""
    return {key.rpartition("_")[2]: text for key, text in pairs}


def _atlas(
    request: Request,
    store: StoreDependency,
    reference: ReferenceDependency,
    illustrative: Annotated[str, Query(pattern="^(yes|no)$")] = "yes",
) -> Atlas:
    cache: AtlasCache = request.app.state.atlas
    return cache.get(store, reference, illustrative=illustrative == "yes")


AtlasDependency = Annotated[Atlas, Depends(_atlas)]
"""The counts, without illustrative records where the address says ``illustrative=no``."""
