"""What a list of results shows of a record, read in one query without building the whole record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from graph_model import queries
from graph_model.nodes import RECORD_TYPES
from graph_model.record import declared_properties
from graph_model.store import Store
from search.requests import SEARCHABLE_TYPES


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A published record: its searchable texts by field and language, and the references of its topics."""

    ref: str
    type_name: str
    language: str
    authenticity: str
    texts: Mapping[str, dict[str, str]]
    clusters: Sequence[str]
    sdgs: Sequence[str]

    @property
    def heading_field(self) -> str:
        """The field that names the record."""
        return RECORD_TYPES[self.type_name].heading_field


def published(store: Store, refs: Sequence[str], offset: int, limit: int) -> list[FoundRecord]:
    """Those of the records that are published now, in the order given: the page of them that is asked for.

    Raises UnavailableError.
    """
    if not refs:
        return []
    fields = searchable_fields()
    return [_found(row, fields) for row in store.run(queries.published_texts(refs, fields, offset, limit))]


@cache
def searchable_fields() -> tuple[str, ...]:
    """The fields of searchable text of every type that is searched, in the order of their declaration."""
    return tuple(
        dict.fromkeys(
            name
            for type_name in SEARCHABLE_TYPES
            for name, declaration in declared_properties(RECORD_TYPES[type_name]).items()
            if declaration.searchable
        )
    )


def _found(row: Mapping[str, Any], fields: Sequence[str]) -> FoundRecord:
    by_field: dict[str, dict[str, str]] = {field: {} for field in fields}
    for key, value in sorted(row["texts"]):
        # A text in several languages is one property a language; others are in the record's own.
        field, language = (key, row["language"]) if key in by_field else key.rsplit("_", 1)
        by_field[field][language] = value if isinstance(value, str) else ", ".join(value)
    return FoundRecord(
        ref=row["ref"],
        type_name=row["type"],
        language=row["language"],
        authenticity=row["authenticity"],
        texts={field: texts for field, texts in by_field.items() if texts},
        clusters=sorted(row["clusters"]),
        sdgs=sorted(row["sdgs"]),
    )
