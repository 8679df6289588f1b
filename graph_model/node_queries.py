"""Cypher for the page of one node: what stands next to it, and when its partnerships were.

Each function returns (query, parameters). Only published records are told of.
"""

from typing import Final

from graph_model.derive.cypher import COMMON_LABEL, Query, model_text
from graph_model.nodes import Cluster, Partnership
from graph_model.record import Status
from graph_model.relationships import BASED_IN, BROADER, IN_CLUSTER, PARTICIPATES_IN

_TEXTS: Final = (
    "[key IN keys({0}) WHERE key STARTS WITH 'name_' OR key STARTS WITH 'title_' | [key, {0}[key]]]"
)


def neighbours_by_relationship(ref: str, limit: int) -> Query:
    """The published neighbours of a node, by relationship, newest first, at most ``limit`` of each group.

    A row is {relationship, outgoing, role, type, total, neighbours}: outgoing where the node is the
    relationship's start, role that of a participation, type the neighbours'. A neighbour is {ref, texts,
    original_language, authenticity, periods}: texts are pairs [key, name or title], periods the pairs
    [from, to] of participations, either of which may be null.
    """
    return (
        model_text(
            f"MATCH (n:{COMMON_LABEL} {{ref: $ref}})-[r]-(m:{COMMON_LABEL}) WHERE m.status = $status "
            f"WITH type(r) AS relationship, startNode(r) = n AS outgoing, r.role AS role, m, "
            f"collect([r.from, r.to]) AS periods ORDER BY m.modified_at DESC, m.ref "
            f"WITH relationship, outgoing, role, m.type AS type, count(m) AS total, "
            f"collect([m, periods])[..$limit] AS found "
            f"RETURN relationship, outgoing, role, type, total, [pair IN found | {{ref: pair[0].ref, "
            f"texts: {_TEXTS.format('pair[0]')}, original_language: pair[0].original_language, "
            f"authenticity: pair[0].authenticity, periods: pair[1]}}] AS neighbours"
        ),
        {"ref": ref, "status": Status.PUBLISHED.value, "limit": limit},
    )


def partnership_periods(ref: str, limit: int) -> Query:
    """The dated partnerships of a country, organisation or cluster, the latest first, at most ``limit``.

    A country takes part through itself and the organisations based in it; a cluster has what is in it and
    in its sub-clusters. One row {total, partnerships}; a partnership is {ref, texts, original_language,
    authenticity, start, end}, its texts pairs [key, title], its end null where it is not known.
    """
    taking_part = f"(n)<-[:{BASED_IN.name}*0..1]-(p:{COMMON_LABEL})-[:{PARTICIPATES_IN.name}]->"
    inside = f"(n)<-[:{BROADER.name}*0..4]-(p:{Cluster.label})<-[:{IN_CLUSTER.name}]-"
    way = inside if ref.startswith(f"{Cluster.type_name}/") else taking_part
    return (
        model_text(
            f"MATCH (n:{COMMON_LABEL} {{ref: $ref}}) MATCH {way}(m:{Partnership.label}) "
            f"WHERE m.status = $status AND p.status = $status AND m.start IS NOT NULL "
            f"WITH DISTINCT m ORDER BY m.start DESC, m.ref "
            f"WITH count(m) AS total, collect(m)[..$limit] AS found "
            f"RETURN total, [m IN found | {{ref: m.ref, texts: {_TEXTS.format('m')}, "
            f"original_language: m.original_language, authenticity: m.authenticity, "
            f"start: m.start, end: m.end}}] AS partnerships"
        ),
        {"ref": ref, "status": Status.PUBLISHED.value, "limit": limit},
    )
