"""Cypher derived from the declarations: constraints, upserts and reads of whole records.

Labels, relationship types and property keys come from the model alone; values are always parameters.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from graph_model.derive.properties import BOOKKEEPING
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, owned_relationships
from graph_model.relationships import Owns

Query = tuple[LiteralString, dict[str, Any]]
"""A Cypher text and its parameters."""

COMMON_LABEL: Final = "Record"
CHANGE_LABEL: Final = "Change"
COUNTER_LABEL: Final = "ChangeCounter"

ROWS: Final = "rows"
"""The only column of a query that returns its rows in one list."""


def model_text(text: str) -> LiteralString:
    """Vouch that a Cypher text was built from the model's names and holds no value from outside."""
    return text


def returned(columns: Mapping[str, str]) -> str:
    """``RETURN`` of every row, a map from these names to these expressions, in one list.

    The driver takes several times as long for rows of their own: 28 ms of the processor for a thousand of
    three short columns, against 4 in one list. The store gives its callers rows either way.
    """
    return f"RETURN collect({{{', '.join(f'{name}: {value}' for name, value in columns.items())}}}) AS {ROWS}"


def schema_names() -> Query:
    """The names of the indexes that there are, with those of uniqueness constraints."""
    return (model_text(f"SHOW INDEXES YIELD name {returned({'name': 'name'})}"), {})


def schema_statements() -> dict[str, Query]:
    """By its name, what creates each uniqueness constraint and index; each is safe to run again."""
    unique = [(COMMON_LABEL, "ref"), (CHANGE_LABEL, "sequence"), (COUNTER_LABEL, "name")]
    unique += [(kind.label, "ref") for kind in RECORD_TYPES.values()]
    constraints = {f"{label.lower()}_{key}": (label, key) for label, key in unique}
    indexes = {"change_ref": (CHANGE_LABEL, "ref"), "record_source": (COMMON_LABEL, "source_identifier")}
    statements = {
        name: f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"
        for name, (label, key) in constraints.items()
    }
    statements |= {
        name: f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{key})"
        for name, (label, key) in indexes.items()
    }
    return {name: (model_text(statement), {}) for name, statement in statements.items()}


def write_nodes(kind: type[Record], rows: Sequence[Mapping[str, Any]], at: datetime) -> Query:
    """Create or replace nodes of one type.

    rows: {ref, properties}; properties replace all that the node had, but created_at. at: when. The driver
    takes half a millisecond for each date-time that it sends, so that rows have none.
    """
    return (
        model_text(
            f"UNWIND $rows AS row "
            f"MERGE (n:{COMMON_LABEL} {{ref: row.ref}}) "
            f"WITH n, row, coalesce(n.created_at, $at) AS created "
            f"SET n = row.properties, n:{kind.label}, n.ref = row.ref, n.created_at = created, "
            f"n.modified_at = $at"
        ),
        {"rows": list(rows), "at": at},
    )


def delete_owned(kind: type[Record], refs: Sequence[str]) -> list[Query]:
    """Delete the relationships that records of one type own."""
    queries: list[Query] = []
    for owns in owned_relationships(kind).values():
        queries.append(
            (
                model_text(
                    f"UNWIND $refs AS ref MATCH (n:{kind.label} {{ref: ref}})"
                    f"{owned_arrow(owns, 'r')}() DELETE r"
                ),
                {"refs": list(refs)},
            )
        )
    return queries


def write_relationships(kind: type[Record], field: str, rows: Sequence[Mapping[str, Any]]) -> Query:
    """Create the relationships of one owning field. rows: {ref, end, properties}."""
    owns = owned_relationships(kind)[field]
    return (
        model_text(
            f"UNWIND $rows AS row "
            f"MATCH (n:{kind.label} {{ref: row.ref}}) MATCH (end:{COMMON_LABEL} {{ref: row.end}}) "
            f"CREATE (n){owned_arrow(owns, 'r')}(end) SET r = row.properties"
        ),
        {"rows": list(rows)},
    )


def read_records(kind: type[Record], refs: Sequence[str]) -> Query:
    """Whole records of one type: rows {properties, owned} where owned maps a field to {end, properties}."""
    return (
        model_text(
            f"UNWIND $refs AS ref MATCH (n:{kind.label} {{ref: ref}}) "
            f"{returned({'properties': 'properties(n)', 'owned': _owned_projection(kind)})}"
        ),
        {"refs": list(refs)},
    )


def page_of_records(kind: type[Record], after: str, limit: int) -> Query:
    """The next whole records of one type in the order of their references."""
    return (
        model_text(
            f"MATCH (n:{kind.label}) WHERE n.ref > $after WITH n ORDER BY n.ref LIMIT $limit "
            f"{returned({'properties': 'properties(n)', 'owned': _owned_projection(kind)})}"
        ),
        {"after": after, "limit": limit},
    )


def page_of_bookkeeping(kind: type[Record], after: str, limit: int) -> Query:
    """The next references of one type with status and content hash, in the order of references."""
    columns = {key: f"n.{key}" for key in (*BOOKKEEPING, "status")}
    return (
        model_text(
            f"MATCH (n:{kind.label}) WHERE n.ref > $after WITH n ORDER BY n.ref LIMIT $limit "
            f"{returned(columns)}"
        ),
        {"after": after, "limit": limit},
    )


def published_bare(kind: type[Record], properties: Sequence[str]) -> Query:
    """Every published record of one type with a few properties and, by owning field, its ends as lists.

    A row is {ref, content_hash, <properties>, <fields>}; an end is [reference, role or null].
    """
    keys = [f"n.{key} AS {key}" for key in ("ref", "content_hash", *properties)]
    fields = [
        f"[(n){owned_arrow(owns, 'r')}(end:{COMMON_LABEL}) | [end.ref, r.role]] AS {field}"
        for field, owns in owned_relationships(kind).items()
    ]
    return (
        model_text(f"MATCH (n:{kind.label}) WHERE n.status = $status RETURN {', '.join(keys + fields)}"),
        {"status": "published"},
    )


def delete_nodes(refs: Sequence[str]) -> Query:
    """Delete records with all their relationships."""
    return (
        model_text(f"UNWIND $refs AS ref MATCH (n:{COMMON_LABEL} {{ref: ref}}) DETACH DELETE n"),
        {"refs": list(refs)},
    )


def _owned_projection(kind: type[Record]) -> str:
    parts = [
        f"{field}: [(n){owned_arrow(owns, 'r')}(end:{COMMON_LABEL}) | "
        f"{{end: end.ref, properties: properties(r)}}]"
        for field, owns in owned_relationships(kind).items()
    ]
    return "{" + ", ".join(parts) + "}"


def owned_arrow(owns: Owns, variable: str) -> str:
    """The relationship that a field owns, as it is drawn from the record that owns it."""
    body = f"[{variable}:{owns.kind.name}]"
    return f"<-{body}-" if owns.inverse else f"-{body}->"
