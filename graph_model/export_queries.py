"""Cypher of exports: pages and counts of the published records that pass a filter.

Each function returns (query, parameters). The conditions come from the model: a type that has nothing to do
with clusters or countries has no record that passes such a filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from graph_model.derive.cypher import (
    CHANGE_LABEL,
    COMMON_LABEL,
    COUNTER_LABEL,
    Query,
    model_text,
    owned_arrow,
)
from graph_model.nodes import Cluster, Country, Partnership
from graph_model.record import Record, Status, owned_relationships
from graph_model.relationships import BASED_IN, BROADER, PARTY_TYPES

_DEEPEST_CLUSTER: Final = 8
_LEAVES: Final = "{0}.status = $status AND {0}.authenticity IN $authenticities"


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What a published record must be to pass; None asks nothing.

    authenticities: those that pass. clusters: references of clusters, in one of which it must be. country:
    reference of a country that it must concern. language: in which it was written. since: when it was
    changed last, at the earliest.
    """

    authenticities: Sequence[str]
    clusters: Sequence[str] | None = None
    country: str | None = None
    language: str | None = None
    since: datetime | None = None

    def parameters(self) -> dict[str, Any]:
        """Of every query that filters."""
        return {
            "status": Status.PUBLISHED.value,
            "authenticities": list(self.authenticities),
            "clusters": list(self.clusters or ()),
            "country": self.country,
            "language": self.language,
            # Neo4j orders equal moments by their zones; the store writes UTC.
            "since": self.since and self.since.astimezone(UTC),
        }


def page_of_selected(kind: type[Record], wanted: RecordFilter, after: str, limit: int) -> Query | None:
    """The next records of one type that pass, in the order of references; None where none can pass.

    Gives one list of [properties, owned], as the driver takes several times as long for rows. created_at and
    modified_at are ISO 8601 texts, which arrive four times as fast as date-times do; owned has a list for
    each owning field in the model's order, of [reference, whether it may be named, properties of the
    relationship].
    """
    where = _conditions(kind, wanted)
    if where is None:
        return None
    owned = ", ".join(
        f"[(n){owned_arrow(owns, 'r')}(end:{COMMON_LABEL}) | "
        f"[end.ref, {_LEAVES.format('end')}, properties(r)]]"
        for owns in owned_relationships(kind).values()
    )
    return (
        model_text(
            f"MATCH (n:{kind.label}) WHERE n.ref > $after AND {where} WITH n ORDER BY n.ref LIMIT $limit "
            f"RETURN collect([n{{.*, created_at: toString(n.created_at), "
            f"modified_at: toString(n.modified_at)}}, [{owned}]]) AS records"
        ),
        wanted.parameters() | {"after": after, "limit": limit},
    )


def count_selected(kind: type[Record], wanted: RecordFilter) -> Query | None:
    """How many records of one type pass; None where none can pass."""
    where = _conditions(kind, wanted)
    if where is None:
        return None
    return (
        model_text(f"MATCH (n:{kind.label}) WHERE {where} RETURN count(n) AS records"),
        wanted.parameters(),
    )


def cluster_with_narrower(ref: str, authenticities: Sequence[str]) -> Query:
    """A published cluster and those beneath it: {ref}."""
    return (
        model_text(
            f"MATCH path = (c:{Cluster.label})-[:{BROADER.name}*0..{_DEEPEST_CLUSTER}]->"
            f"(:{Cluster.label} {{ref: $ref}}) WHERE all(each IN nodes(path) WHERE {_LEAVES.format('each')}) "
            f"RETURN DISTINCT c.ref AS ref ORDER BY ref"
        ),
        {"ref": ref, "status": Status.PUBLISHED.value, "authenticities": list(authenticities)},
    )


def last_change() -> Query:
    """The newest change: {sequence, at}; sequence is 0 and at null in an empty graph."""
    return (
        model_text(
            f"OPTIONAL MATCH (c:{COUNTER_LABEL} {{name: 'changes'}}) "
            f"OPTIONAL MATCH (e:{CHANGE_LABEL} {{sequence: c.value}}) "
            f"RETURN coalesce(c.value, 0) AS sequence, e.at AS at"
        ),
        {},
    )


def coverage(authenticities: Sequence[str]) -> Query:
    """What published partnerships span: {earliest, latest}, partial dates or null."""
    return (
        model_text(
            f"MATCH (n:{Partnership.label}) WHERE {_LEAVES.format('n')} "
            f"RETURN min(n.start) AS earliest, max(coalesce(n.end, n.start)) AS latest"
        ),
        {"status": Status.PUBLISHED.value, "authenticities": list(authenticities)},
    )


def countries_concerned(authenticities: Sequence[str]) -> Query:
    """Published countries that a published record names: {ref}."""
    return (
        model_text(
            f"MATCH (c:{Country.label}) WHERE {_LEAVES.format('c')} "
            f"AND EXISTS {{ (c)--(n:{COMMON_LABEL}) WHERE {_LEAVES.format('n')} }} RETURN c.ref AS ref "
            f"ORDER BY ref"
        ),
        {"status": Status.PUBLISHED.value, "authenticities": list(authenticities)},
    )


def licences(authenticities: Sequence[str]) -> Query:
    """Licences of published records: {licence, records}, null for those that name none."""
    return (
        model_text(
            f"MATCH (n:{COMMON_LABEL}) WHERE {_LEAVES.format('n')} "
            f"RETURN n.licence AS licence, count(n) AS records ORDER BY licence"
        ),
        {"status": Status.PUBLISHED.value, "authenticities": list(authenticities)},
    )


def _conditions(kind: type[Record], wanted: RecordFilter) -> str | None:
    parts: list[str | None] = [_LEAVES.format("n")]
    if wanted.clusters is not None:
        parts.append(_in_clusters(kind))
    if wanted.country is not None:
        parts.append(_concerns_country(kind))
    if wanted.language is not None:
        parts.append("n.original_language = $language")
    if wanted.since is not None:
        parts.append("n.modified_at >= $since")
    known = [part for part in parts if part is not None]
    return " AND ".join(known) if len(known) == len(parts) else None


def _in_clusters(kind: type[Record]) -> str | None:
    if kind is Cluster:
        return "n.ref IN $clusters"
    for owns in owned_relationships(kind).values():
        if owns.targets == (Cluster.type_name,):
            return f"EXISTS {{ (n){owned_arrow(owns, '')}(c:{Cluster.label}) WHERE c.ref IN $clusters }}"
    return None


def _concerns_country(kind: type[Record]) -> str | None:
    if kind is Country:
        return "n.ref = $country"
    for owns in owned_relationships(kind).values():
        if set(owns.targets) <= set(PARTY_TYPES):
            return (
                f"EXISTS {{ (n){owned_arrow(owns, '')}(p:{COMMON_LABEL}) WHERE p.ref = $country OR "
                f"({_LEAVES.format('p')} AND "
                f"EXISTS {{ (p)-[:{BASED_IN.name}]->(:{Country.label} {{ref: $country}}) }}) }}"
            )
    return None
