"""One batch of converted rows: matched with the graph, checked against it, written in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph_model import queries
from graph_model.derive.properties import referenced, relationship_rows
from graph_model.errors import FieldProblem
from graph_model.nodes import Partnership
from graph_model.record import Record, Status
from graph_model.store import Store
from graph_model.writing import WriteSummary
from ingest.enrichment import enriched
from ingest.knowledge import Knowledge
from ingest.sources.rows import BadRow


@dataclass(frozen=True, slots=True)
class Prepared:
    """A converted row on its way into the graph. problems: why it cannot be written now."""

    number: int
    raw: str
    record: Record
    identifiers: tuple[str, ...] = ()
    problems: tuple[FieldProblem, ...] = ()

    @property
    def row(self) -> BadRow:
        """The row as one that did not load."""
        return BadRow(self.number, self.problems, self.raw)


class Batch:
    """Rows that are written together."""

    def __init__(self, store: Store, knowledge: Knowledge, prepared: Sequence[Prepared]) -> None:
        self._store = store
        self._knowledge = knowledge
        self._prepared = self._with_known_status(self._with_known_records(prepared))

    def checked(self) -> tuple[list[Prepared], list[Prepared]]:
        """Rows that can be written, and those that name a record which neither graph nor batch has."""
        good, bad = list(self._prepared), list[Prepared]()
        named = {ref for item in good for ref in referenced(item.record)}
        stakeholders = {record.ref for record in self._knowledge.organisations.pending(named)}
        homes = {ref for record in self._knowledge.organisations.pending(named) for ref in referenced(record)}
        known = self._states(named | homes).keys() | stakeholders
        while True:
            present = known | {item.record.ref for item in good}
            failing = [item for item in good if not referenced(item.record) <= present]
            if not failing:
                return good, bad
            bad += [replace(item, problems=_missing(item.record, present)) for item in failing]
            kept = {item.record.ref for item in failing}
            good = [item for item in good if item.record.ref not in kept]

    def write(self, prepared: Sequence[Prepared]) -> WriteSummary:
        """Write rows with the new stakeholders that they name."""
        named = sorted({ref for item in prepared for ref in referenced(item.record)})
        # A record of the file itself stands before the one that its name alone would bring along.
        self._knowledge.organisations.written(item.record.ref for item in prepared)
        stakeholders = list(self._knowledge.organisations.pending(named))
        done = self._store.write([*stakeholders, *(item.record for item in prepared)])
        self._knowledge.organisations.written(record.ref for record in stakeholders)
        return done

    def _states(self, refs: set[str]) -> dict[str, dict[str, Any]]:
        return {row["ref"]: row for row in self._store.run(queries.states_of(sorted(refs)))} if refs else {}

    def _with_known_records(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Rows whose record the graph has under another identifier enrich that one."""
        by_source: dict[str, set[str]] = {}
        for item in prepared:
            by_source.setdefault(item.record.source, set()).update(item.identifiers)
        known: dict[tuple[str, str], list[str]] = {}
        for source, identifiers in by_source.items():
            if identifiers:
                for row in self._store.run(queries.records_by_source(source, sorted(identifiers))):
                    known.setdefault((source, row["source_identifier"]), []).append(row["ref"])
        others = {item.number: ref for item in prepared if (ref := _other(item, known)) is not None}
        stored = self._store.get_many(set(others.values()))
        return [_merged(item, stored.get(others.get(item.number, ""))) for item in prepared]

    def _with_known_status(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """A row that states no status leaves it: a feed must not publish again what was withdrawn."""
        silent = {item.record.ref for item in prepared if "status" not in item.record.model_fields_set}
        states = self._states(silent)
        result = []
        for item in prepared:
            state = states.get(item.record.ref)
            if state is not None and state["status"] != item.record.status:
                record = item.record.model_copy(update={"status": Status(state["status"])})
                result.append(replace(item, record=record))
            else:
                result.append(item)
        return result


def _other(item: Prepared, known: dict[tuple[str, str], list[str]]) -> str | None:
    """Reference under which the graph has the record, unless it is the record's own."""
    refs = [ref for each in item.identifiers for ref in known.get((item.record.source, each), ())]
    of_type = [ref for ref in refs if ref.startswith(f"{item.record.type_name}/")]
    if not of_type or item.record.ref in of_type:
        return None
    return of_type[0]


def _merged(item: Prepared, stored: Any) -> Prepared:
    if (
        stored is None
        or not isinstance(item.record, Partnership)
        or not isinstance(stored.record, Partnership)
    ):
        return item
    return replace(item, record=enriched(stored.record, item.record))


def _missing(record: Record, present: set[str]) -> tuple[FieldProblem, ...]:
    reason = "no such record; create it first or correct the reference"
    return tuple(
        FieldProblem(name, row["end"], reason)
        for name, rows in relationship_rows(record).items()
        for row in rows
        if row["end"] not in present
    )
