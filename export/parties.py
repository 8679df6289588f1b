"""Published partnerships with the published records that they name, for formats that write names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, TypeVar

from export.published import PublicRecord, authenticities, selected
from export.selection import Selection
from graph_model import queries
from graph_model.derive.payload import MULTILATERAL_KINDS
from graph_model.nodes import Country, Partnership, Stakeholder
from graph_model.record import Record, Status
from graph_model.relationships import Role
from graph_model.store import Store

PAGE: Final = 200
"""Partnerships whose names are held in memory at a time."""

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class NamedPartnership:
    """A published partnership with what it names.

    named: by reference, the published records that it names, and the countries of its organisations.
    first_of_source: whether its reference is the first of those that came from its source under its
    identifier there.
    """

    record: Partnership
    public: PublicRecord
    named: Mapping[str, Record]
    first_of_source: bool = True

    def countries(self, role: Role) -> list[Country]:
        """The countries in a role: parties themselves, or homes of parties, each once, by reference.

        An organisation of many states is not a party of the country of its seat.
        """
        found: dict[str, Country] = {}
        for party in self.parties(role):
            home = party if isinstance(party, Country) else self.home(party)
            if isinstance(home, Country):
                found[home.ref] = home
        return [found[ref] for ref in sorted(found)]

    def organisations(self, role: Role) -> list[Stakeholder]:
        """The organisations in a role, each once, by reference."""
        return [party for party in self.parties(role) if isinstance(party, Stakeholder)]

    def home(self, party: Record) -> Record | None:
        """The country of an organisation, None for one of many states."""
        if isinstance(party, Stakeholder) and party.kind not in MULTILATERAL_KINDS and party.country:
            return self.named.get(party.country)
        return None

    def each(self, refs: Iterable[str], kind: type[Kind]) -> list[Kind]:
        """Those of the records that are of this type and may be named, in the order given."""
        found = (self.named.get(ref) for ref in refs)
        return [record for record in found if isinstance(record, kind)]

    def parties(self, role: Role) -> list[Record]:
        """The parties in a role that may be named, each once, by reference."""
        refs = sorted({party.party for party in self.record.parties if party.role is role})
        return [self.named[ref] for ref in refs if ref in self.public.shown and ref in self.named]


def selected_partnerships(
    store: Store, selection: Selection, report: Callable[[int], None]
) -> Iterator[NamedPartnership]:
    """The partnerships of a selection, by reference, in constant memory.

    report: told now and then, and at the end, how many were taken. Raises InvalidRecordError where the
    selection names what is not published, before anything is taken; UnavailableError.
    """
    found = _in_pages(store, selection, report)
    first = next(found, None)
    return found if first is None else chain([first], found)


def _in_pages(
    store: Store, selection: Selection, report: Callable[[int], None]
) -> Iterator[NamedPartnership]:
    taken = 0
    asked = Partnership.type_name in selection.type_names
    only = selection.model_copy(update={"types": (Partnership.type_name,)})
    iterator = selected(store, only) if asked else iter(())
    while page := list(islice(iterator, PAGE)):
        named = _named(store, page, selection.illustrative)
        firsts = _firsts_of_sources(store, page)
        for public in page:
            if isinstance(public.record, Partnership):
                known = (public.record.source, public.record.source_identifier)
                first = firsts.get(known, public.record.ref) == public.record.ref
                yield NamedPartnership(public.record, public, named, first)
        taken += len(page)
        report(taken)
    report(taken)


def _named(store: Store, page: Sequence[PublicRecord], illustrative: bool) -> dict[str, Record]:
    named = _published(store, set().union(*(public.shown for public in page)), illustrative)
    homes = {
        record.country for record in named.values() if isinstance(record, Stakeholder) and record.country
    }
    return named | _published(store, homes - named.keys(), illustrative)


def _published(store: Store, refs: set[str], illustrative: bool) -> dict[str, Record]:
    """Records of the references that may be named: one may have been withdrawn since the page was read."""
    leaving = authenticities(illustrative=illustrative)
    records = (stored.record for stored in store.get_many(sorted(refs)).values())
    return {
        record.ref: record
        for record in records
        if record.status is Status.PUBLISHED and record.authenticity in leaving
    }


def _firsts_of_sources(store: Store, page: Sequence[PublicRecord]) -> dict[tuple[str, str | None], str]:
    """By source and identifier in it, the first reference of a partnership that has them."""
    identifiers: dict[str, set[str]] = {}
    for public in page:
        if public.record.source_identifier:
            identifiers.setdefault(public.record.source, set()).add(public.record.source_identifier)
    firsts: dict[tuple[str, str | None], str] = {}
    for source, known in sorted(identifiers.items()):
        for row in store.run(queries.records_by_source(source, sorted(known))):
            if row["ref"].startswith(f"{Partnership.type_name}/"):
                firsts.setdefault((source, row["source_identifier"]), row["ref"])
    return firsts
