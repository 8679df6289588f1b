"""Cypher for those who register records: what is theirs to edit, and for whom they may register.

Each function returns (query, parameters).
"""

from collections.abc import Sequence
from typing import Final

from graph_model.derive.cypher import Query, model_text
from graph_model.nodes import Country, Need, Offer, Practice, Stakeholder
from graph_model.record import Status
from graph_model.relationships import BASED_IN, HAS_NEED, MAKES_OFFER, SHARES

_REGISTERED: Final = "|".join(kind.label for kind in (Need, Offer, Practice))
_HOLDS: Final = f"{HAS_NEED.name}|{MAKES_OFFER.name}|{SHARES.name}"


def registered_records(owner: str | None, statuses: Sequence[str], offset: int, limit: int) -> Query:
    """Needs, offers and practices of these statuses, last changed first.

    owner: reference of the stakeholder that they name; None for those of everyone. One row {total, records};
    a record is {ref, type, status, texts, original_language, authenticity, modified_at, owners}, its texts
    pairs [key, title], its owners {texts, original_language}.
    """
    owned = f"<-[:{_HOLDS}]-({{ref: $owner}})" if owner is not None else ""
    return (
        model_text(
            f"MATCH (n:{_REGISTERED}){owned} WHERE n.status IN $statuses "
            f"WITH DISTINCT n ORDER BY n.modified_at DESC, n.ref WITH collect(n) AS found "
            f"RETURN size(found) AS total, [n IN found[$offset..$offset + $limit] | {{ref: n.ref, "
            f"type: n.type, status: n.status, texts: {_texts('n', 'title_')}, "
            f"original_language: n.original_language, authenticity: n.authenticity, "
            f"modified_at: n.modified_at, owners: [(n)<-[:{_HOLDS}]-(p) | "
            f"{{texts: {_texts('p', 'name_')}, original_language: p.original_language}}]}}] AS records"
        ),
        {"owner": owner, "statuses": list(statuses), "offset": offset, "limit": limit},
    )


def parties_named(text: str, limit: int) -> Query:
    """Published countries and stakeholders with this text in a name, acronym or alias; countries first.

    A row is {ref, texts, original_language, country}; texts are pairs [key, name], country is a reference.
    """
    names = "[key IN keys(p) WHERE key STARTS WITH 'name_' | p[key]]"
    return (
        model_text(
            f"MATCH (p:{Country.label}|{Stakeholder.label}) WHERE p.status = $published "
            f"WITH p, {names} + coalesce(p.aliases, []) + coalesce([p.acronym], []) AS names "
            f"WHERE any(name IN names WHERE toLower(name) CONTAINS toLower($text)) "
            f"WITH p, any(name IN names WHERE toLower(name) STARTS WITH toLower($text)) AS starts "
            f"ORDER BY NOT starts, p.type, p.ref LIMIT $limit "
            f"OPTIONAL MATCH (p)-[:{BASED_IN.name}]->(c:{Country.label}) "
            f"RETURN p.ref AS ref, {_texts('p', 'name_')} AS texts, "
            f"p.original_language AS original_language, c.ref AS country"
        ),
        {"text": text, "limit": limit, "published": Status.PUBLISHED.value},
    )


def _texts(node: str, prefix: str) -> str:
    return f"[key IN keys({node}) WHERE key STARTS WITH '{prefix}' | [key, {node}[key]]]"
