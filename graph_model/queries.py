"""Hand-written Cypher; each function returns (query, parameters)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from graph_model.derive.cypher import (
    CHANGE_LABEL,
    COMMON_LABEL,
    COUNTER_LABEL,
    Query,
    model_text,
    returned,
)
from graph_model.nodes import RECORD_TYPES, Cluster, Country, Stakeholder
from graph_model.record import Status, owned_relationships
from graph_model.relationships import BASED_IN, BROADER, CONTRIBUTES_TO, IN_CLUSTER

CURSOR_LABEL: Final = "IndexCursor"

TOKEN_LABEL: Final = "Token"  # noqa: S105 -- a label, no secret


def lock_change_counter() -> Query:
    """Take the write lock that puts every write into one order; returns the last sequence number."""
    return (
        model_text(
            f"MERGE (c:{COUNTER_LABEL} {{name: 'changes'}}) "
            f"SET c.value = coalesce(c.value, 0) RETURN c.value AS value"
        ),
        {},
    )


def append_changes(rows: Sequence[Mapping[str, Any]], last: int, at: datetime) -> Query:
    """Append to the change log. rows: properties of one change each, sequence included; at: when."""
    return (
        model_text(
            f"MATCH (c:{COUNTER_LABEL} {{name: 'changes'}}) SET c.value = $last "
            f"WITH c UNWIND $rows AS row CREATE (e:{CHANGE_LABEL}) SET e = row, e.at = $at"
        ),
        {"rows": list(rows), "last": last, "at": at},
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
            f"{returned({key: f'e.{key}' for key in keys})}"
        ),
        {"sequence": sequence, "limit": limit},
    )


def states_of(refs: Sequence[str]) -> Query:
    """What the store knows of references, without their contents; unknown ones are left out.

    modified_at: milliseconds since 1970, far cheaper to read than a date-time.
    """
    columns = {key: f"n.{key}" for key in ("ref", "type", "status", "content_hash", "ever_published")}
    columns["modified_at"] = "n.modified_at.epochMillis"
    return (
        model_text(f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) {returned(columns)}"),
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


_PARTY_FACTS: Final = (
    f"OPTIONAL MATCH (p)-[:{BASED_IN.name}]->(c:{Country.label}) "
    f"WITH p, CASE p.type WHEN 'country' THEN p ELSE c END AS c "
    + returned(
        {"ref": "p.ref", "kind": "p.kind", "country": "c.ref"}
        | {key: f"c.{key}" for key in ("developing", "region", "subregion")}
    )
)


def party_facts() -> Query:
    """Every stakeholder and country as a party: {ref, kind, country, developing, region, subregion}."""
    return (
        model_text(f"MATCH (p:{COMMON_LABEL}) WHERE p.type IN ['country', 'stakeholder'] {_PARTY_FACTS}"),
        {},
    )


def cluster_parents() -> Query:
    """Every cluster with its broader one: {ref, broader}."""
    return (
        model_text(
            f"MATCH (c:{Cluster.label}) OPTIONAL MATCH (c)-[:{BROADER.name}]->(b:{Cluster.label}) "
            f"{returned({'ref': 'c.ref', 'broader': 'b.ref'})}"
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


def token_constraint() -> Query:
    """Make token ids unique; safe to run again."""
    return (
        model_text(
            f"CREATE CONSTRAINT token_id IF NOT EXISTS FOR (t:{TOKEN_LABEL}) REQUIRE t.public_id IS UNIQUE"
        ),
        {},
    )


def create_token(properties: Mapping[str, Any]) -> Query:
    """Keep one access token: its id, the hash of its secret and what it allows."""
    return (model_text(f"CREATE (t:{TOKEN_LABEL}) SET t = $properties"), {"properties": dict(properties)})


def token_with_id(public_id: str) -> Query:
    """The token with this id, revoked or expired ones included."""
    return (
        model_text(f"MATCH (t:{TOKEN_LABEL} {{public_id: $public_id}}) RETURN properties(t) AS token"),
        {"public_id": public_id},
    )


def all_tokens() -> Query:
    """Every token, oldest first."""
    return (
        model_text(f"MATCH (t:{TOKEN_LABEL}) RETURN properties(t) AS token ORDER BY t.created_at"),
        {},
    )


def revoke_tokens(key: str, value: str, at: datetime) -> Query:
    """Revoke the tokens that are not revoked yet and whose key ('public_id' or 'purpose') has this value."""
    return (
        model_text(
            f"MATCH (t:{TOKEN_LABEL}) WHERE t[$key] = $value AND t.revoked_at IS NULL "
            f"SET t.revoked_at = $at RETURN t.public_id AS public_id"
        ),
        {"key": key, "value": value, "at": at},
    )


def published_among(refs: Sequence[str], authenticities: Sequence[str]) -> Query:
    """Those of these references whose records are published and of these authenticities: {ref}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) WHERE n.status = $status "
            f"AND n.authenticity IN $authenticities {returned({'ref': 'n.ref'})}"
        ),
        {"refs": list(refs), "status": Status.PUBLISHED.value, "authenticities": list(authenticities)},
    )


def party_facts_of(refs: Sequence[str]) -> Query:
    """These stakeholders and countries as parties, as party_facts gives them."""
    return (
        model_text(f"UNWIND $refs AS ref MATCH (p:{COMMON_LABEL} {{ref: ref}}) {_PARTY_FACTS}"),
        {"refs": list(refs)},
    )


def dependents_of(refs: Sequence[str]) -> Query:
    """References of the records whose facets depend on these parties and clusters: {ref}.

    A country reaches the organisations based in it and what they take part in; a cluster reaches its
    sub-clusters and what is in them.
    """
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) "
            f"MATCH (n)<-[:{BASED_IN.name}|{BROADER.name}*0..4]-(:{COMMON_LABEL})--(other:{COMMON_LABEL}) "
            f"WHERE n.type IN ['country', 'stakeholder', 'cluster'] "
            f"AND NOT other.type IN ['country', 'sdg'] RETURN DISTINCT other.ref AS ref"
        ),
        {"refs": list(refs)},
    )


def recent_changes(before: int, limit: int) -> Query:
    """References of the changes below a sequence number, newest first: {sequence, ref}."""
    return (
        model_text(
            f"MATCH (e:{CHANGE_LABEL}) WHERE e.sequence < $before AND e.sequence >= $before - $limit "
            f"RETURN e.sequence AS sequence, e.ref AS ref ORDER BY sequence DESC"
        ),
        {"before": before, "limit": limit},
    )


def index_cursor_constraint() -> Query:
    """One cursor an index; safe to run again."""
    return (
        model_text(
            f"CREATE CONSTRAINT index_cursor_key IF NOT EXISTS FOR (n:{CURSOR_LABEL}) REQUIRE n.key IS UNIQUE"
        ),
        {},
    )


def index_cursors(place: str) -> Query:
    """How far each vector index in one place has followed the change log."""
    keys = ("index", "embedder", "layout", "sequence", "complete")
    return (
        model_text(
            f"MATCH (c:{CURSOR_LABEL} {{place: $place}}) "
            f"RETURN {', '.join(f'c.{key} AS {key}' for key in keys)} ORDER BY index"
        ),
        {"place": place},
    )


def put_index_cursor(place: str, index: str, properties: Mapping[str, Any]) -> Query:
    """Create or replace a cursor. properties: embedder, layout, sequence, complete."""
    return (
        model_text(
            f"MERGE (c:{CURSOR_LABEL} {{key: $key}}) SET c.place = $place, c.index = $index, c += $properties"
        ),
        {"key": f"{place} {index}", "place": place, "index": index, "properties": dict(properties)},
    )


def advance_index_cursor(place: str, index: str, sequence: int) -> Query:
    """Move a cursor forward, never back: several processes may follow for one index."""
    return (
        model_text(
            f"MATCH (c:{CURSOR_LABEL} {{key: $key}}) WHERE c.sequence < $sequence SET c.sequence = $sequence"
        ),
        {"key": f"{place} {index}", "sequence": sequence},
    )


def remove_index_cursor(place: str, index: str) -> Query:
    """Forget a cursor, whose index is gone."""
    return (
        model_text(f"MATCH (c:{CURSOR_LABEL} {{key: $key}}) DELETE c"),
        {"key": f"{place} {index}"},
    )


def records_by_source(source: str, identifiers: Sequence[str]) -> Query:
    """Records that came from a source under these identifiers: {ref, source_identifier}."""
    return (
        model_text(
            f"MATCH (n:{COMMON_LABEL}) WHERE n.source_identifier IN $identifiers AND n.source = $source "
            f"RETURN n.ref AS ref, n.source_identifier AS source_identifier ORDER BY ref"
        ),
        {"source": source, "identifiers": list(identifiers)},
    )


def stakeholder_names() -> Query:
    """Every stakeholder with its names in every language: {ref, kind, country, acronym, names, aliases}."""
    return (
        model_text(
            f"MATCH (s:{Stakeholder.label}) OPTIONAL MATCH (s)-[:{BASED_IN.name}]->(c:{Country.label}) "
            f"RETURN s.ref AS ref, s.kind AS kind, c.ref AS country, s.acronym AS acronym, "
            f"[key IN keys(s) WHERE key STARTS WITH 'name_' | s[key]] AS names, "
            f"coalesce(s.aliases, []) AS aliases ORDER BY ref"
        ),
        {},
    )


def named_by_records(refs: Sequence[str]) -> Query:
    """Of these references, those that other records name in a field of their own: {ref, other}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}})-[r]-(other:{COMMON_LABEL}) "
            f"WHERE NOT other.ref IN $refs "
            f"AND other = CASE WHEN type(r) IN $inverse THEN endNode(r) ELSE startNode(r) END "
            f"RETURN n.ref AS ref, min(other.ref) AS other"
        ),
        {"refs": list(refs), "inverse": _inverse_relationships()},
    )


def published_texts(refs: Sequence[str], fields: Sequence[str], offset: int, limit: int) -> Query:
    """What a list of results shows of those of these records that are published now, in the order given.

    fields: which texts, in every language. offset, limit: the page, counted among the published.
    A row is {ref, type, language, authenticity, texts, clusters, sdgs}; texts are pairs [key, value], the
    last two are references.
    """
    columns = {
        "ref": "n.ref",
        "type": "n.type",
        "language": "n.original_language",
        "authenticity": "n.authenticity",
        "texts": "[key IN keys(n) WHERE any(field IN $fields WHERE key = field OR "
        "key STARTS WITH field + '_') | [key, n[key]]]",
        "clusters": f"[(n)-[:{IN_CLUSTER.name}]->(c) | c.ref]",
        "sdgs": f"[(n)-[:{CONTRIBUTES_TO.name}]->(s) | s.ref]",
    }
    return (
        model_text(
            f"UNWIND range(0, size($refs) - 1) AS place WITH place, $refs[place] AS ref "
            f"MATCH (n:{COMMON_LABEL} {{ref: ref}}) WHERE n.status = 'published' "
            f"WITH n ORDER BY place SKIP $offset LIMIT $limit "
            f"{returned(columns)}"
        ),
        {"refs": list(refs), "fields": list(fields), "offset": offset, "limit": limit},
    )


def records_naming(refs: Sequence[str]) -> Query:
    """Records that name one of these in a field of their own, whatever their status: {ref, naming}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}})-[r]-(other:{COMMON_LABEL}) "
            f"WHERE other = CASE WHEN type(r) IN $inverse THEN endNode(r) ELSE startNode(r) END "
            f"RETURN DISTINCT n.ref AS ref, other.ref AS naming"
        ),
        {"refs": list(refs), "inverse": _inverse_relationships()},
    )


def _inverse_relationships() -> list[str]:
    """Relationships that the record at their end owns."""
    names = {
        owns.kind.name
        for kind in RECORD_TYPES.values()
        for owns in owned_relationships(kind).values()
        if owns.inverse
    }
    return sorted(names)
