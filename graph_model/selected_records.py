"""Published records as an export reads them: with the moments and names that may leave with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from graph_model.derive.stored_records import End, stored_record
from graph_model.record import Record


@dataclass(frozen=True, slots=True)
class SelectedRecord:
    """A published record, and which of the records that it names may be named."""

    record: Record
    created_at: datetime
    modified_at: datetime
    shown: frozenset[str]


@dataclass(frozen=True, slots=True)
class SelectedPage:
    """Published records of one type as Neo4j gave them, by reference; none after the last.

    rows: [properties, owned], as ``export_queries.page_of_selected`` tells.
    """

    kind: type[Record]
    rows: Sequence[tuple[Mapping[str, Any], Sequence[Sequence[End]]]]

    @property
    def last(self) -> str:
        """Reference of the last record; of a page that has one."""
        return str(self.rows[-1][0]["ref"])

    def records(self) -> list[SelectedRecord]:
        """The records, made anew at each call."""
        return [
            SelectedRecord(
                record=stored_record(self.kind, properties, owned),
                created_at=_moment(properties["created_at"]),
                modified_at=_moment(properties["modified_at"]),
                shown=frozenset([ref for ends in owned for ref, shown, _ in ends if shown]),
            )
            for properties, owned in self.rows
        ]


# Records that were written together have the same.
_moment = lru_cache(maxsize=1_000)(datetime.fromisoformat)
