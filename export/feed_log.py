"""The change log as one event stream sees it: what was visible when, and what it said then."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from graph_model import feed_queries
from graph_model.derive.payload import PartyFacts
from graph_model.nodes import RECORD_TYPES, Country, Stakeholder
from graph_model.record import Record
from graph_model.store import Store


class Moment(NamedTuple):
    """The end of the transaction that made a change; the changes of one have the same time."""

    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one record. visible: whether the stream shows the record after it."""

    sequence: int
    at: datetime
    published: bool
    visible: bool


class StreamLog:
    """Reads the change log for one stream and keeps what it has read; for one page, not for long.

    Everything that it says of a moment depends on the log up to that moment alone, but ``lasts``, which can
    only turn from true to false later.
    """

    def __init__(self, store: Store, *, illustrative: bool) -> None:
        self._store = store
        self._illustrative = illustrative
        self._entries: dict[str, list[Entry]] = {}
        self._snapshots: dict[int, Record | None] = {}

    def load(self, refs: Iterable[str]) -> None:
        """Read the history of these records."""
        missing = sorted(set(refs) - self._entries.keys())
        self._entries.update({ref: [] for ref in missing})
        for row in self._store.run(feed_queries.visibility_history(missing)) if missing else []:
            visible = row["published"] and (self._illustrative or not row["illustrative"])
            self._entries[row["ref"]].append(Entry(row["sequence"], row["at"], row["published"], visible))

    def load_snapshots(self, sequences: Iterable[int]) -> None:
        """Read what these changes left."""
        missing = sorted(set(sequences) - self._snapshots.keys())
        self._snapshots.update(dict.fromkeys(missing))
        for row in self._store.run(feed_queries.snapshots(missing)) if missing else []:
            self.add_snapshot(row["sequence"], row["type"], row["record"])

    def add_snapshot(self, sequence: int, type_name: str, text: str) -> None:
        """Take what a change left from a row that was read already."""
        self._snapshots[sequence] = RECORD_TYPES[type_name].model_validate(json.loads(text))

    def snapshot(self, entry: Entry | None) -> Record | None:
        """The record as this change left it; None where that was not published."""
        return self._snapshots[entry.sequence] if entry and entry.published else None

    def entry(self, ref: str, moment: Moment) -> Entry | None:
        """The newest change of a record at a moment."""
        reached = [
            entry
            for entry in self._entries[ref]
            if entry.sequence <= moment.sequence or entry.at == moment.at
        ]
        return reached[-1] if reached else None

    def before(self, ref: str, sequence: int) -> Entry | None:
        """The change of a record that came before one of its changes."""
        earlier = [entry for entry in self._entries[ref] if entry.sequence < sequence]
        return earlier[-1] if earlier else None

    def shows(self, ref: str, moment: Moment) -> bool:
        """Whether the stream showed the record at a moment."""
        entry = self.entry(ref, moment)
        return entry is not None and entry.visible

    def lasts(self, ref: str, moment: Moment) -> bool:
        """Whether the stream has shown the record without a break from a moment until now."""
        return self.shows(ref, moment) and all(
            entry.visible for entry in self._entries[ref] if entry.sequence > moment.sequence
        )

    def party_facts(self, wanted: Sequence[tuple[str, Moment]]) -> dict[tuple[str, Moment], PartyFacts]:
        """What decides the modality of a partnership, of parties that were shown at these moments."""
        shown = [(ref, moment) for ref, moment in wanted if self.shows(ref, moment)]
        parties = self._records_at(shown)
        seats = {
            key: party.country if isinstance(party, Stakeholder) else party.ref
            for key, party in parties.items()
        }
        countries = self._records_at([(seat, moment) for (_, moment), seat in seats.items() if seat])
        facts = {}
        for (ref, moment), party in parties.items():
            seat = seats[ref, moment]
            country = countries.get((seat, moment)) if seat else None
            facts[ref, moment] = PartyFacts(
                ref=ref,
                kind=party.kind if isinstance(party, Stakeholder) else None,
                country=seat,
                developing=country.developing if isinstance(country, Country) else None,
                region=None,
                subregion=None,
            )
        return facts

    def _records_at(self, wanted: Sequence[tuple[str, Moment]]) -> dict[tuple[str, Moment], Record]:
        self.load(ref for ref, _ in wanted)
        entries = {key: self.entry(*key) for key in wanted}
        self.load_snapshots(entry.sequence for entry in entries.values() if entry)
        found = {key: self.snapshot(entry) for key, entry in entries.items()}
        return {key: record for key, record in found.items() if record is not None}
