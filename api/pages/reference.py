"""Countries, themes and goals as pages name them, kept in memory as long as the graph does not change."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request

from api.dependencies import StoreDependency
from api.pages.languages import ReaderLanguage
from graph_model.nodes import Cluster, Country, SustainableDevelopmentGoal
from graph_model.record import Authenticity, Record
from graph_model.store import Store

COUNTRY_GROUPS: Final[Mapping[str, Callable[[Country], bool]]] = {
    "developing": lambda country: country.developing,
    "least_developed": lambda country: country.least_developed,
    "landlocked_developing": lambda country: country.landlocked_developing,
    "small_island_developing": lambda country: country.small_island_developing,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """The published countries, clusters and SDGs by id."""

    countries: Mapping[str, Country]
    clusters: Mapping[str, Cluster]
    sdgs: Mapping[str, SustainableDevelopmentGoal]

    def name(self, ref: str, language: ReaderLanguage) -> str:
        """The name of a country, cluster or SDG by reference or, for a country, by code; else its id."""
        type_name, _, id_ = ref.rpartition("/")
        by_type: Mapping[str, Mapping[str, Record]] = {"cluster": self.clusters, "sdg": self.sdgs}
        record = by_type.get(type_name, self.countries).get(id_)
        return language.text(record.heading, record.original_language)[0] if record else id_

    def countries_by_name(self, language: ReaderLanguage) -> list[tuple[str, str]]:
        """(code, name) in the alphabetical order of the names."""
        return _sorted((code, self.name(code, language)) for code in self.countries)

    def clusters_as_tree(self, language: ReaderLanguage) -> list[tuple[str, str, int]]:
        """(id, name, depth) with every sub-cluster behind its cluster."""
        rows: list[tuple[str, str, int]] = []

        def add(broader: str | None, depth: int) -> None:
            children = [id_ for id_, each in self.clusters.items() if each.broader == broader]
            for id_, name in _sorted((id_, self.name(f"cluster/{id_}", language)) for id_ in children):
                rows.append((id_, name, depth))
                add(f"cluster/{id_}", depth + 1)

        add(None, 0)
        return rows

    def goals(self, language: ReaderLanguage) -> list[tuple[str, str]]:
        """(number, name) of the seventeen goals, in their order."""
        goals = [id_ for id_, each in self.sdgs.items() if each.broader is None]
        return [(id_, self.name(f"sdg/{id_}", language)) for id_ in sorted(goals, key=int)]

    def in_group(self, group: str) -> tuple[str, ...]:
        """Codes of the countries of a group of COUNTRY_GROUPS."""
        belongs = COUNTRY_GROUPS[group]
        return tuple(code for code, country in self.countries.items() if belongs(country))


class ReferenceCache:
    """Reads the reference records again whenever the graph has changed. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = -1
        self._kept = Reference({}, {}, {})

    def get(self, store: Store) -> Reference:
        """The reference records as they are now."""
        sequence = store.last_sequence()
        with self._lock:
            if sequence != self._sequence:
                self._kept = Reference(
                    _all(store, Country), _all(store, Cluster), _all(store, SustainableDevelopmentGoal)
                )
                self._sequence = sequence
            return self._kept


_Kind = TypeVar("_Kind", bound=Record)


def _all(store: Store, kind: type[_Kind]) -> dict[str, _Kind]:
    return {
        stored.record.id: stored.record
        for page in store.published(kind.type_name, tuple(Authenticity))
        for stored in page
        if isinstance(stored.record, kind)
    }


def _sorted(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(rows, key=lambda row: row[1].casefold())


def _reference(request: Request, store: StoreDependency) -> Reference:
    cache: ReferenceCache = request.app.state.reference
    return cache.get(store)


ReferenceDependency = Annotated[Reference, Depends(_reference)]
