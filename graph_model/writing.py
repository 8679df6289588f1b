"""What one writing transaction does: compare, check, write, and append to the change log."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graph_model import queries
from graph_model.derive import cypher
from graph_model.derive.cypher import Query
from graph_model.derive.properties import node_properties, referenced, relationship_rows
from graph_model.errors import ConflictError, FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, Status

Run = Callable[[Query], list[dict[str, Any]]]
"""Runs one query inside the transaction and returns its rows."""


@dataclass(slots=True)
class WriteSummary:
    """References by what a write did to them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


def write_batch(run: Run, batch: Mapping[str, Record], expected: Mapping[str, str | None]) -> WriteSummary:
    last = run(queries.lock_change_counter())[0]["value"]
    before = {row["ref"]: row for row in run(queries.states_of(list(batch)))}
    _check_expected(before, expected)
    summary = WriteSummary()
    changed: list[Record] = []
    # A record computes its hash anew at every access.
    hashes = {ref: record.content_hash for ref, record in batch.items()}
    for ref, record in batch.items():
        if ref not in before:
            summary.created.append(ref)
        elif before[ref]["content_hash"] == hashes[ref]:
            summary.unchanged.append(ref)
            continue
        else:
            summary.updated.append(ref)
        changed.append(record)
    if changed:
        _check_references(run, changed, batch)
        now = datetime.now(UTC)
        _write_records(run, changed, before, hashes, now)
        entries = [
            _change_row(record, before.get(record.ref), hashes[record.ref], last + place)
            for place, record in enumerate(changed, start=1)
        ]
        run(queries.append_changes(entries, last + len(entries), now))
    return summary


def _write_records(
    run: Run,
    records: Sequence[Record],
    before: Mapping[str, Mapping[str, Any]],
    hashes: Mapping[str, str],
    now: datetime,
) -> None:
    by_type: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_type[record.type_name].append(record)
    for type_name, kind in RECORD_TYPES.items():
        group = by_type.get(type_name, [])
        if group:
            rows = [_node_row(record, before.get(record.ref), hashes[record.ref]) for record in group]
            run(cypher.write_nodes(kind, rows, now))
            replaced = [record.ref for record in group if record.ref in before]
            for query in cypher.delete_owned(kind, replaced) if replaced else []:
                run(query)
    for type_name, group in by_type.items():
        by_field: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in group:
            for name, rows in relationship_rows(record).items():
                by_field[name] += rows
        for name, rows in by_field.items():
            if rows:
                run(cypher.write_relationships(RECORD_TYPES[type_name], name, rows))


def delete_batch(run: Run, refs: Sequence[str], expected: Mapping[str, str | None]) -> WriteSummary:
    last = run(queries.lock_change_counter())[0]["value"]
    before = {row["ref"]: row for row in run(queries.states_of(refs))}
    _check_expected(before, expected)
    referring = run(queries.named_by_records(list(before)))
    if referring:
        raise ConflictError(
            f"{referring[0]['ref']} is still named by {referring[0]['other']}; change or delete that first"
        )
    now = datetime.now(UTC)
    entries = [
        {
            "sequence": last + place,
            "ref": ref,
            "type": state["type"],
            "operation": "delete",
            "published": False,
            "was_published": state["status"] == Status.PUBLISHED,
            "ever_published": bool(state["ever_published"]),
        }
        for place, (ref, state) in enumerate(before.items(), start=1)
    ]
    if entries:
        run(cypher.delete_nodes(list(before)))
        run(queries.append_changes(entries, last + len(entries), now))
    return WriteSummary(deleted=list(before))


def _check_expected(before: Mapping[str, Mapping[str, Any]], expected: Mapping[str, str | None]) -> None:
    for ref, wanted in expected.items():
        found = before[ref]["content_hash"] if ref in before else None
        if found != wanted:
            what = "exists already" if wanted is None else "has changed since it was read"
            raise ConflictError(f"{ref} {what}; read it again and repeat the change")


def _check_references(run: Run, records: Sequence[Record], batch: Mapping[str, Record]) -> None:
    named = {ref for record in records for ref in referenced(record)} - set(batch)
    known = {row["ref"] for row in run(queries.states_of(sorted(named)))}
    missing = named - known
    if not missing:
        return
    problems = [
        FieldProblem(
            f"{record.ref} {name}", row["end"], "no such record; create it first or correct the reference"
        )
        for record in records
        for name, rows in relationship_rows(record).items()
        for row in rows
        if row["end"] in missing
    ]
    raise InvalidRecordError(problems)


def _node_row(record: Record, before: Mapping[str, Any] | None, content_hash: str) -> dict[str, Any]:
    published = record.status is Status.PUBLISHED
    bookkeeping = {
        "type": record.type_name,
        "content_hash": content_hash,
        "ever_published": published or bool(before and before["ever_published"]),
    }
    return {"ref": record.ref, "properties": node_properties(record) | bookkeeping}


def _change_row(
    record: Record, before: Mapping[str, Any] | None, content_hash: str, sequence: int
) -> dict[str, Any]:
    published = record.status is Status.PUBLISHED
    return {
        "sequence": sequence,
        "ref": record.ref,
        "type": record.type_name,
        "operation": "update" if before else "create",
        "published": published,
        "was_published": bool(before and before["status"] == Status.PUBLISHED),
        "content_hash": content_hash,
        "record": json.dumps(record.canonical(), ensure_ascii=False) if published else None,
    }
