"""What the conversion of rows needs to know of the graph that they go into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graph_model import queries
from graph_model.nodes import Cluster, Stakeholder, StakeholderKind, SustainableDevelopmentGoal
from graph_model.store import Store
from ingest.countries import CountryResolver, default_resolver
from ingest.known_organisations import KnownOrganisation
from ingest.organisation_names import NameReader
from ingest.organisations import OrganisationResolver


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Facts about countries, the organisations known so far, and which subjects the graph has.

    developing: by ISO alpha-3 code, whether the country is a developing one; the countries of the graph.
    subjects: references of the clusters and SDGs in the graph: a feed is not turned away because a graph
    lacks a subject that we derive. retrieved_at: when the file was taken from its source.
    """

    countries: CountryResolver
    organisations: OrganisationResolver
    developing: Mapping[str, bool]
    subjects: frozenset[str]
    retrieved_at: datetime | None = None

    def at(self, retrieved_at: datetime) -> "Knowledge":
        """The same, for a file taken at another time."""
        return replace(self, retrieved_at=retrieved_at)


def knowledge_of(store: Store, seeds: Iterable[Stakeholder] = ()) -> Knowledge:
    """What the graph knows now. seeds: well-known organisations that join it when a row names them."""
    countries = default_resolver()
    developing = {
        row["ref"].partition("/")[2]: bool(row["developing"])
        for row in store.run(queries.party_facts())
        if row["ref"].startswith("country/")
    }
    reader = NameReader(countries, _known_codes(countries, developing))
    kinds = (Cluster.type_name, SustainableDevelopmentGoal.type_name)
    return Knowledge(
        countries=countries,
        organisations=OrganisationResolver(
            reader, map(_organisation, store.stream(queries.stakeholder_names())), seeds
        ),
        developing=developing,
        subjects=frozenset(row["ref"] for kind in kinds for row in store.states(kind)),
    )


def _known_codes(countries: CountryResolver, codes: Iterable[str]) -> list[str]:
    return [code for code in codes if countries.resolve(code).iso3 == code]


def _organisation(row: Mapping[str, Any]) -> KnownOrganisation:
    country = row["country"]
    return KnownOrganisation(
        ref=row["ref"],
        kind=StakeholderKind(row["kind"]),
        country=country.partition("/")[2] if country else None,
        acronym=row["acronym"],
        names=(*row["names"], *row["aliases"]),
    )
