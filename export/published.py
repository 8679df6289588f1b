"""What may leave: the one door through which every export, feed and catalogue takes its records.

A record leaves where it is published. An illustrative one leaves only where it was asked for, and a record
that does not leave is not named by one that does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pyoxigraph import Triple

from graph_model import queries
from graph_model.derive.payload import PUBLIC_PRIVATE, PartyFacts, PayloadContext, modalities, needed_parties
from graph_model.derive.properties import referenced
from graph_model.derive.rdf import RdfWriter
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.record import Authenticity, Record
from graph_model.store import Store, StoredRecord

FACTUAL: Final = (Authenticity.REAL, Authenticity.DERIVED)
EVERY_AUTHENTICITY: Final = tuple(Authenticity)


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A published record with what else may be told of it.

    shown: references in it that may be named. modalities: those of a partnership, from its parties.
    """

    record: Record
    created_at: datetime
    modified_at: datetime
    shown: frozenset[str]
    modalities: tuple[Modality, ...]

    def triples(self, writer: RdfWriter) -> Iterator[Triple]:
        """The record in RDF."""
        return writer.triples(
            self.record,
            shown=self.shown,
            created_at=self.created_at,
            modified_at=self.modified_at,
            modalities=self.modalities,
        )


def published(
    store: Store, types: Sequence[str] = tuple(RECORD_TYPES), *, illustrative: bool = False
) -> Iterator[PublicRecord]:
    """Every published record of these types, by type and reference, in constant memory.

    Raises UnavailableError.
    """
    authenticities = EVERY_AUTHENTICITY if illustrative else FACTUAL
    for type_name in RECORD_TYPES:
        if type_name in types:
            for page in store.published(type_name, authenticities):
                yield from public_records(store, page, illustrative=illustrative)


def public_records(
    store: Store, page: Sequence[StoredRecord], *, illustrative: bool
) -> Iterator[PublicRecord]:
    """These published records with what may be told of them, in two round trips at most."""
    authenticities = EVERY_AUTHENTICITY if illustrative else FACTUAL
    named = sorted(set().union(*(referenced(stored.record) for stored in page)))
    rows = store.run(queries.published_among(named, authenticities)) if named else []
    shown = {row["ref"] for row in rows}
    context = _parties(store, [stored.record for stored in page], shown)
    for stored in page:
        yield PublicRecord(
            record=stored.record,
            created_at=stored.created_at,
            modified_at=stored.modified_at,
            shown=frozenset(referenced(stored.record) & shown),
            modalities=_modalities(stored.record, context),
        )


def _parties(store: Store, records: Sequence[Record], shown: set[str]) -> PayloadContext:
    partnerships = [record for record in records if isinstance(record, Partnership)]
    parties = sorted(set().union(*(needed_parties(each) for each in partnerships)) & shown)
    rows = store.run(queries.party_facts_of(parties)) if parties else []
    return PayloadContext({row["ref"]: PartyFacts(**row) for row in rows}, {})


def _modalities(record: Record, context: PayloadContext) -> tuple[Modality, ...]:
    if not isinstance(record, Partnership):
        return ()
    return tuple(Modality(name) for name in modalities(record, context) if name != PUBLIC_PRIVATE)
