"""What may leave: the one door through which every export, feed and catalogue takes its records.

A record leaves where it is published. An illustrative one leaves only where it was asked for, and a record
that does not leave is not named by one that does.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Final, TypeVar

from pyoxigraph import Quad, Triple

from export.selection import Selection
from graph_model import export_queries, queries
from graph_model.derive.payload import PUBLIC_PRIVATE, PartyFacts, PayloadContext, modalities
from graph_model.derive.properties import referenced
from graph_model.derive.rdf import RdfWriter
from graph_model.derive.rdf_values import Named, Value
from graph_model.derive.statements import Statement, StatementWriter
from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.export_queries import RecordFilter
from graph_model.messages import N_, Message
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.record import Authenticity, Record
from graph_model.selected_records import SelectedRecord
from graph_model.store import Store, StoredRecord

FACTUAL: Final = (Authenticity.REAL, Authenticity.DERIVED)
EVERY_AUTHENTICITY: Final = tuple(Authenticity)

Item = TypeVar("Item")


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
        return starmap(Triple, self.statements(writer))

    def quads(self, writer: RdfWriter) -> Iterator[Quad]:
        """The record in RDF, in the graph that its own IRI names."""
        graph = writer.node(self.record.ref)
        return (
            Quad(subject, predicate, value, graph) for subject, predicate, value in self.statements(writer)
        )

    def statements(self, writer: StatementWriter[Named, Value]) -> list[Statement[Named, Value]]:
        """The terms of its triples, in the writer's form."""
        return writer.statements(
            self.record,
            shown=self.shown,
            created_at=self.created_at,
            modified_at=self.modified_at,
            modalities=self.modalities,
        )


def authenticities(*, illustrative: bool) -> tuple[Authenticity, ...]:
    """Those that leave."""
    return EVERY_AUTHENTICITY if illustrative else FACTUAL


def published(
    store: Store, types: Sequence[str] = tuple(RECORD_TYPES), *, illustrative: bool = False
) -> Iterator[PublicRecord]:
    """Every published record of these types, by type and reference, in constant memory.

    Raises UnavailableError.
    """
    return selected(store, Selection(types=tuple(types), illustrative=illustrative))


def selected(store: Store, selection: Selection) -> Iterator[PublicRecord]:
    """The published records of a selection, by type and reference, in constant memory.

    The next page is read while the present one is used. Raises InvalidRecordError where the selection names
    a cluster or country that is not published, UnavailableError.
    """
    wanted = record_filter(store, selection)
    for page in _read_ahead(_pages(store, selection, wanted)):
        yield from page


def count(store: Store, selection: Selection) -> dict[str, int]:
    """How many records each type has in a selection; raises as ``selected`` does."""
    wanted = record_filter(store, selection)
    counted: dict[str, int] = {}
    for name in selection.type_names:
        query = export_queries.count_selected(RECORD_TYPES[name], wanted)
        counted[name] = int(store.run(query)[0]["records"]) if query else 0
    return counted


def record_filter(store: Store, selection: Selection) -> RecordFilter:
    """The filter of a selection, with the sub-clusters of its cluster; raises as ``selected`` does."""
    leaving = authenticities(illustrative=selection.illustrative)
    clusters = None
    if selection.cluster is not None:
        rows = store.run(export_queries.cluster_with_narrower(selection.cluster, leaving))
        clusters = [str(row["ref"]) for row in rows]
        _check_found("cluster", selection.cluster, rows)
    if selection.country is not None:
        rows = store.run(queries.published_among([selection.country], leaving))
        _check_found("country", selection.country, rows)
    return RecordFilter(
        authenticities=leaving,
        clusters=clusters,
        country=selection.country,
        language=selection.language,
        since=selection.since,
    )


def public_records(
    store: Store, page: Sequence[StoredRecord], *, illustrative: bool
) -> Iterator[PublicRecord]:
    """These published records with what may be told of them, in two round trips at most."""
    named = sorted(set().union(*(referenced(stored.record) for stored in page)))
    leaving = authenticities(illustrative=illustrative)
    rows = store.run(queries.published_among(named, leaving)) if named else []
    known = {row["ref"] for row in rows}
    chosen = [
        SelectedRecord(
            stored.record,
            stored.created_at,
            stored.modified_at,
            frozenset(referenced(stored.record) & known),
        )
        for stored in page
    ]
    yield from with_modalities(store, chosen)


def _pages(store: Store, selection: Selection, wanted: RecordFilter) -> Iterator[list[PublicRecord]]:
    for name in selection.type_names:
        for page in store.selected(name, wanted):
            yield with_modalities(store, page)


def _read_ahead(pages: Iterator[Item]) -> Iterator[Item]:
    """The same, each asked for in a thread while the one before it is used."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="export") as pool:
        waiting = pool.submit(next, pages, None)
        while (page := waiting.result()) is not None:
            waiting = pool.submit(next, pages, None)
            yield page


def with_modalities(store: Store, page: Sequence[SelectedRecord]) -> list[PublicRecord]:
    """These records with the modalities of partnerships, in one round trip at most."""
    parties: set[str] = set()
    for each in page:
        if isinstance(each.record, Partnership):
            parties.update(participation.party for participation in each.record.parties)
    rows = store.run(queries.party_facts_of(sorted(parties))) if parties else []
    context = PayloadContext({row["ref"]: PartyFacts(**row) for row in rows}, {})
    return [
        PublicRecord(
            each.record, each.created_at, each.modified_at, each.shown, _modalities(each.record, context)
        )
        for each in page
    ]


def _modalities(record: Record, context: PayloadContext) -> tuple[Modality, ...]:
    if not isinstance(record, Partnership):
        return ()
    return tuple(Modality(name) for name in modalities(record, context) if name != PUBLIC_PRIVATE)


_NOT_PUBLISHED: Final = N_("no such {field} is published; search finds what there is")


def _check_found(field: str, value: str, rows: Sequence[object]) -> None:
    if not rows:
        raise InvalidRecordError([FieldProblem.of(field, value, Message(_NOT_PUBLISHED, {"field": field}))])
