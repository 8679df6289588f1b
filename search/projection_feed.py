"""Builds the projection from Neo4j and keeps it in step with the change log."""

import json
from collections.abc import Iterator
from typing import Final

from graph_model.derive.cypher import published_bare
from graph_model.nodes import RECORD_TYPES, Country, Stakeholder
from graph_model.store import Change, Store
from search.evidence import EVIDENCE_TYPES, Evidence, evidence_of, evidence_of_row
from search.parties import Party, party_of, stakeholder_party
from search.projection import Projection, record_checksum

_BATCH: Final = 1_000
_MASK: Final = (1 << 64) - 1


class ProjectionFeed:
    """One process's projection of one graph. Call from one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.projection = Projection(())
        self.sequence = -1

    def follow(self) -> int:
        """Apply every change since the last call, building from the graph at first; returns how many."""
        if self.sequence < 0:
            self.rebuild()
        applied = 0
        while changes := self._store.changes(self.sequence, _BATCH, with_record=True):
            for change in changes:
                if not self._apply(change):
                    self.rebuild()
                    break
                self.sequence = change.sequence
            applied += len(changes)
        return applied

    def rebuild(self) -> None:
        """Build from the graph, in place of what was there."""
        sequence = self._store.last_sequence()
        countries = (stored.record for stored in self._store.records(Country.type_name))
        built = Projection(
            (country for country in countries if isinstance(country, Country)), self._parties()
        )
        built.load(self._evidence())
        self.projection, self.sequence = built, sequence

    def is_equal_to_graph(self) -> bool:
        """Whether the projection's checksum equals the graph's."""
        total = 0
        for type_name in EVIDENCE_TYPES:
            for state in self._store.states(type_name):
                if state["status"] == "published":
                    total += record_checksum(state["ref"], state["content_hash"])
        return total & _MASK == self.projection.checksum

    def _apply(self, change: Change) -> bool:
        """Apply one change; False where only a rebuild can (the set of countries changed)."""
        if change.type == Country.type_name:
            return False
        if change.record is None:
            self.projection.remove(change.ref)
            return True
        kind = RECORD_TYPES[change.type]
        record = kind.model_validate(json.loads(change.record))
        if isinstance(record, Stakeholder):
            self.projection.upsert_party(party_of(record))
        else:
            evidence = evidence_of(record)
            if evidence is not None:
                self.projection.upsert(evidence)
        return True

    def _parties(self) -> Iterator[Party]:
        for row in self._store.stream(published_bare(Stakeholder, ["kind"])):
            ends = row["country"]
            yield stakeholder_party(row["ref"], row["kind"], ends[0][0] if ends else None)

    def _evidence(self) -> Iterator[Evidence]:
        for type_name in EVIDENCE_TYPES:
            kind = RECORD_TYPES[type_name]
            extra = ["private_sector"] if "private_sector" in kind.model_fields else []
            for row in self._store.stream(published_bare(kind, extra)):
                yield evidence_of_row(kind, row)
