"""Cypher that says who needs, offers and shares what, by country and theme.

Each function returns (query, parameters). Only published records count, through published parties. A party
counts for itself where it is a country, else for the country it is based in. A need is unmet where no
partnership that counts addresses it. ``authenticities``: of the records that count.
"""

from collections.abc import Sequence
from typing import Any, Final

from graph_model.derive.cypher import COMMON_LABEL, Query, model_text
from graph_model.nodes import Cluster, Country, Need, Offer, Partnership, Practice
from graph_model.record import Authenticity, Status
from graph_model.relationships import (
    ADDRESSES,
    BASED_IN,
    HAS_NEED,
    IN_CLUSTER,
    MAKES_OFFER,
    PARTICIPATES_IN,
    SHARES,
)

_HOLDS: Final = f"{HAS_NEED.name}|{MAKES_OFFER.name}|{SHARES.name}"
_COUNTS: Final = "n.status = $status AND n.authenticity IN $authenticities"
_SHOWN_PARTY: Final = "c.status = $status AND p.status = $status"
_PARTY_OF: Final = f"(c:{Country.label})<-[:{BASED_IN.name}*0..1]-(p:{COMMON_LABEL})"
_ADDRESSED_BY: Final = f"(n)<-[:{ADDRESSES.name}]-(answer:{Partnership.label})"
_UNMET: Final = (
    f"n:{Need.label} AND NOT EXISTS {{ {_ADDRESSED_BY} "
    f"WHERE answer.status = $status AND answer.authenticity IN $authenticities }}"
)


def counted_records() -> Query:
    """Every published need, offer, practice and partnership with what it counts for: one row {records}.

    A record is [type, authenticity, clusters, countries, answers]: clusters by reference, countries as
    [reference, role in a partnership or null], answers as the authenticity of each partnership that addresses
    it. One row costs a client far less than one a record.
    """
    kinds = (Need, Offer, Practice, Partnership)
    return (
        model_text(
            f"MATCH (n:{'|'.join(kind.label for kind in kinds)}) WHERE n.status = $status "
            f"RETURN collect([n.type, n.authenticity, "
            f"[(n)-[:{IN_CLUSTER.name}]->(k:{Cluster.label}) WHERE k.status = $status | k.ref], "
            f"[(n)<-[r:{_HOLDS}|{PARTICIPATES_IN.name}]-(p:{COMMON_LABEL})"
            f"-[:{BASED_IN.name}*0..1]->(c:{Country.label}) WHERE {_SHOWN_PARTY} | [c.ref, r.role]], "
            f"[{_ADDRESSED_BY} WHERE answer.status = $status | answer.authenticity]]) AS records"
        ),
        {"status": Status.PUBLISHED.value},
    )


def records_held_by(country: str, limit: int, authenticities: Sequence[str]) -> Query:
    """The needs, offers and practices of a country, newest first, at most ``limit`` of each type.

    country: a reference. A row is {type, total, illustrative, records}; a record is
    {ref, texts, original_language, authenticity, unmet}, its texts pairs [key, title].
    """
    return (
        model_text(
            f"MATCH {_PARTY_OF}-[:{_HOLDS}]->(n:{COMMON_LABEL}) "
            f"WHERE c.ref = $country AND {_COUNTS} AND {_SHOWN_PARTY} "
            f"WITH DISTINCT n ORDER BY n.modified_at DESC, n.ref WITH n.type AS type, collect(n) AS found "
            f"RETURN type, size(found) AS total, "
            f"size([n IN found WHERE n.authenticity = $illustrative]) AS illustrative, "
            f"[n IN found[..$limit] | {{ref: n.ref, texts: {_texts('n', 'title_')}, "
            f"original_language: n.original_language, authenticity: n.authenticity, unmet: {_UNMET}}}] "
            f"AS records"
        ),
        _parameters(authenticities) | {"country": country, "limit": limit},
    )


def partners_of(country: str, authenticities: Sequence[str]) -> Query:
    """Who took part in the partnerships of a country: countries, and organisations without one.

    country: a reference. A row is {partner, texts, original_language, role, illustrative, records}; role is
    the partner's, texts are pairs [key, name].
    """
    return (
        model_text(
            f"MATCH {_PARTY_OF}-[:{PARTICIPATES_IN.name}]->(n:{Partnership.label}) "
            f"WHERE c.ref = $country AND {_COUNTS} AND {_SHOWN_PARTY} WITH DISTINCT c, n "
            f"MATCH (n)<-[r:{PARTICIPATES_IN.name}]-(q:{COMMON_LABEL}) WHERE q.status = $status "
            f"OPTIONAL MATCH (q)-[:{BASED_IN.name}]->(d:{Country.label}) WHERE d.status = $status "
            f"WITH c, n, r.role AS role, coalesce(d, q) AS partner WHERE partner <> c "
            f"WITH partner, role, n.authenticity = $illustrative AS illustrative, "
            f"count(DISTINCT n) AS records "
            f"RETURN partner.ref AS partner, {_texts('partner', 'name_')} AS texts, "
            f"partner.original_language AS original_language, role, illustrative, records"
        ),
        _parameters(authenticities) | {"country": country},
    )


def _texts(node: str, prefix: str) -> str:
    return f"[key IN keys({node}) WHERE key STARTS WITH '{prefix}' | [key, {node}[key]]]"


def _parameters(authenticities: Sequence[str]) -> dict[str, Any]:
    return {
        "status": Status.PUBLISHED.value,
        "authenticities": list(authenticities),
        "illustrative": Authenticity.ILLUSTRATIVE.value,
    }
