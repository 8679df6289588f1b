"""Hand-written Cypher; each function returns (query, parameters)."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph_model.derive.cypher import CHANGE_LABEL, COMMON_LABEL, COUNTER_LABEL, Query, model_text
from graph_model.nodes import Cluster, Country
from graph_model.relationships import BASED_IN, BROADER


def lock_change_counter() -> Query:
    """Take the write lock that puts every write into one order; returns the last sequence number."""
    return (
        model_text(
            f"MERGE (c:{COUNTER_LABEL} {{name: 'changes'}}) "
            f"SET c.value = coalesce(c.value, 0) RETURN c.value AS value"
        ),
        {},
    )


def append_changes(rows: Sequence[Mapping[str, Any]], last: int) -> Query:
    """Append to the change log. rows: properties of one change each, sequence included."""
    return (
        model_text(
            f"MATCH (c:{COUNTER_LABEL} {{name: 'changes'}}) SET c.value = $last "
            f"WITH c UNWIND $rows AS row CREATE (e:{CHANGE_LABEL}) SET e = row"
        ),
        {"rows": list(rows), "last": last},
    )


def last_sequence() -> Query:
    """The sequence number of the newest change, 0 in an empty graph."""
    return (
        model_text(
            f"OPTIONAL MATCH (c:{COUNTER_LABEL} {{name: 'changes'}}) RETURN coalesce(c.value, 0) AS value"
        ),
        {},
    )


def changes_after(sequence: int, limit: int, with_record: bool) -> Query:
    """Changes above a sequence number, oldest first."""
    keys = ["sequence", "ref", "type", "operation", "at", "published", "was_published", "content_hash"]
    keys += ["record"] if with_record else []
    return (
        model_text(
            f"MATCH (e:{CHANGE_LABEL}) WHERE e.sequence > $sequence WITH e ORDER BY e.sequence LIMIT $limit "
            f"RETURN {', '.join(f'e.{key} AS {key}' for key in keys)} ORDER BY sequence"
        ),
        {"sequence": sequence, "limit": limit},
    )


def states_of(refs: Sequence[str]) -> Query:
    """What the store knows of references, without their contents; unknown ones are left out."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) RETURN n.ref AS ref, n.type AS type, "
            f"n.status AS status, n.content_hash AS content_hash, n.created_at AS created_at, "
            f"n.modified_at AS modified_at, n.ever_published AS ever_published"
        ),
        {"refs": list(refs)},
    )


def withdrawal_of(ref: str) -> Query:
    """When a deleted record that had been published left, from the change log."""
    return (
        model_text(
            f"MATCH (e:{CHANGE_LABEL} {{ref: $ref}}) WHERE e.operation = 'delete' AND e.ever_published "
            f"RETURN e.at AS at ORDER BY e.sequence DESC LIMIT 1"
        ),
        {"ref": ref},
    )


def named_by_others(refs: Sequence[str]) -> Query:
    """Of these references, those that other records name, with one that does."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}})--(other:{COMMON_LABEL}) "
            f"WHERE NOT other.ref IN $refs RETURN n.ref AS ref, min(other.ref) AS other"
        ),
        {"refs": list(refs)},
    )


def neighbours_of(refs: Sequence[str]) -> Query:
    """References of the records next to these."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (:{COMMON_LABEL} {{ref: ref}})--(other:{COMMON_LABEL}) "
            f"RETURN DISTINCT other.ref AS ref"
        ),
        {"refs": list(refs)},
    )


def party_facts() -> Query:
    """Every stakeholder and country as a party: {ref, kind, country, developing, region, subregion}."""
    return (
        model_text(
            f"MATCH (p:{COMMON_LABEL}) WHERE p.type IN ['country', 'stakeholder'] "
            f"OPTIONAL MATCH (p)-[:{BASED_IN.name}]->(c:{Country.label}) "
            f"WITH p, CASE p.type WHEN 'country' THEN p ELSE c END AS c "
            f"RETURN p.ref AS ref, p.kind AS kind, c.ref AS country, c.developing AS developing, "
            f"c.region AS region, c.subregion AS subregion"
        ),
        {},
    )


def cluster_parents() -> Query:
    """Every cluster with its broader one: {ref, broader}."""
    return (
        model_text(
            f"MATCH (c:{Cluster.label}) OPTIONAL MATCH (c)-[:{BROADER.name}]->(b:{Cluster.label}) "
            f"RETURN c.ref AS ref, b.ref AS broader"
        ),
        {},
    )


def count_by_type() -> Query:
    """Number of records by type and status."""
    return (
        model_text(
            f"MATCH (n:{COMMON_LABEL}) RETURN n.type AS type, n.status AS status, count(*) AS records "
            f"ORDER BY type, status"
        ),
        {},
    )
