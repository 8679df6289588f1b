"""The members of an event stream: which versions of which records a range of changes makes public.

A change of a record that the stream shows is a version of it; one that hides it is a deletion. What a record
tells depends on the records it names as well: they are named only while they are shown, and a partnership's
modality follows from its parties. So a change that shows, hides or recasts a record also makes a new version
of every record that depends on it. Which ones did is kept when the change is first read: the same range
has the same members ever after.

A version whose record was hidden at any time since is told without content, also where the record is shown
again. Otherwise a page differs later from what it was first in nothing but names of records that were hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from export.feed_log import Moment, StreamLog
from export.published import PublicRecord
from graph_model import feed_queries
from graph_model.derive.payload import PUBLIC_PRIVATE, PartyFacts, PayloadContext, modalities
from graph_model.derive.properties import referenced, relationship_rows
from graph_model.modality import Modality
from graph_model.nodes import Country, Partnership, Stakeholder
from graph_model.record import Record
from graph_model.relationships import PARTY_TYPES
from graph_model.store import Change, Store
from graph_model.vocabulary import ACTIVITYSTREAMS

CREATE: Final = ACTIVITYSTREAMS.Create
UPDATE: Final = ACTIVITYSTREAMS.Update
DELETE: Final = ACTIVITYSTREAMS.Delete


@dataclass(frozen=True, slots=True)
class Member:
    """A version of a record. activity: CREATE, UPDATE or DELETE. content: None for a deletion."""

    ref: str
    sequence: int
    at: datetime
    activity: str
    content: PublicRecord | None


@dataclass(frozen=True, slots=True)
class _Version:
    """snapshot: the change that left the record as it is told; None for a deletion."""

    ref: str
    moment: Moment
    activity: str
    snapshot: int | None


def members(store: Store, changes: Sequence[Change], *, illustrative: bool) -> list[Member]:
    """The members that these changes make, in the order of the log.

    changes: consecutive ones, with their records. illustrative: whether the stream shows illustrative
    records. Raises UnavailableError.
    """
    log = StreamLog(store, illustrative=illustrative)
    log.load(change.ref for change in changes)
    for change in changes:
        if change.record is not None:
            log.add_snapshot(change.sequence, change.type, change.record)
    own = [version for change in changes if (version := _own_version(log, change))]
    versions = sorted(
        [*own, *_dependent_versions(store, log, changes)], key=lambda each: each.moment.sequence
    )
    contents = _contents(store, log, versions)
    return [
        Member(
            version.ref,
            version.moment.sequence,
            version.moment.at,
            version.activity if version in contents else DELETE,
            contents.get(version),
        )
        for version in versions
    ]


def _moment(change: Change) -> Moment:
    return Moment(change.sequence, change.at)


def _own_version(log: StreamLog, change: Change) -> _Version | None:
    before = log.before(change.ref, change.sequence)
    was_shown = before is not None and before.visible
    if log.shows(change.ref, Moment(change.sequence, change.at)):
        return _Version(change.ref, _moment(change), UPDATE if was_shown else CREATE, change.sequence)
    return _Version(change.ref, _moment(change), DELETE, None) if was_shown else None


def _dependent_versions(store: Store, log: StreamLog, changes: Sequence[Change]) -> Iterator[_Version]:
    """New versions of records that another one's change recasts.

    A record that the same transaction changed has a version of its own, which tells the same.
    """
    recasting = _recasting(log, changes)
    dependents = _dependents(store, recasting)
    log.load(ref for refs in dependents.values() for ref in refs)
    candidates = [
        (change, _Version(ref, _moment(change), UPDATE, entry.sequence))
        for change in recasting
        for ref in dependents[change.sequence]
        if (entry := log.entry(ref, _moment(change))) and entry.visible and entry.at != change.at
    ]
    log.load_snapshots(version.snapshot for _, version in candidates if version.snapshot)
    told = set[tuple[str, datetime]]()
    for change, version in candidates:
        record = log.snapshot(log.entry(version.ref, version.moment))
        if record is not None and _depends(record, change) and (version.ref, change.at) not in told:
            told.add((version.ref, change.at))
            yield version


def _depends(record: Record, change: Change) -> bool:
    by_seat = change.type == Country.type_name and isinstance(record, Partnership)
    return by_seat or change.ref in referenced(record)


def _recasting(log: StreamLog, changes: Sequence[Change]) -> list[Change]:
    """The changes that alter what other records tell: nothing names a record that is new."""
    updates = [
        (change, before)
        for change in changes
        if change.operation == "update" and (before := log.before(change.ref, change.sequence))
    ]
    log.load_snapshots(before.sequence for change, before in updates if change.type in PARTY_TYPES)
    found = []
    for change, before in updates:
        after = log.entry(change.ref, _moment(change))
        recast = change.type in PARTY_TYPES and (
            _standing(log.snapshot(before)) != _standing(log.snapshot(after))
        )
        if recast or before.visible != log.shows(change.ref, _moment(change)):
            found.append(change)
    return found


def _standing(party: Record | None) -> tuple[object, ...]:
    """What decides a party's place in the modality of a partnership."""
    match party:
        case Stakeholder():
            return (party.kind, party.country)
        case Country():
            return (party.developing,)
    return ()


def _dependents(store: Store, changes: Sequence[Change]) -> dict[int, list[str]]:
    """By change, which records depended on it: as it was kept, or as the graph has it now."""
    if not changes:
        return {}
    rows = store.run(feed_queries.kept_dependents([change.sequence for change in changes]))
    kept = {row["sequence"]: row["dependents"] for row in rows}
    for change in changes:
        if change.sequence not in kept:
            # Whoever has named or dropped the record since the change has a later version for that.
            refs = sorted(row["ref"] for row in store.run(feed_queries.dependents_in_graph(change.ref)))
            [row] = store.update(feed_queries.keep_dependents(change.sequence, refs))
            kept[change.sequence] = row["dependents"]
    return kept


def _contents(store: Store, log: StreamLog, versions: Sequence[_Version]) -> Mapping[_Version, PublicRecord]:
    """What the versions tell whose records have been shown ever since."""
    lasting = [each for each in versions if each.snapshot and log.lasts(each.ref, each.moment)]
    records = {
        version: record
        for version in lasting
        if (record := log.snapshot(log.entry(version.ref, version.moment)))
    }
    log.load(ref for record in records.values() for ref in referenced(record))
    facts = log.party_facts(
        [
            (row["end"], version.moment)
            for version, record in records.items()
            if isinstance(record, Partnership)
            for row in relationship_rows(record)["parties"]
        ]
    )
    refs = sorted({version.ref for version in records})
    created = {row["ref"]: row["created_at"] for row in store.run(feed_queries.creation_times(refs))}
    return {
        version: _public_record(log, version.moment, record, created[record.ref], facts)
        for version, record in records.items()
        if record.ref in created  # deleted while the page was read: the next page says so
    }


def _public_record(
    log: StreamLog,
    moment: Moment,
    record: Record,
    created_at: datetime,
    facts: Mapping[tuple[str, Moment], PartyFacts],
) -> PublicRecord:
    entry = log.entry(record.ref, moment)
    named = referenced(record)
    found: tuple[Modality, ...] = ()
    if isinstance(record, Partnership):
        parties = {ref: facts[ref, moment] for ref in named if (ref, moment) in facts}
        names = modalities(record, PayloadContext(parties, {}))
        found = tuple(Modality(name) for name in names if name != PUBLIC_PRIVATE)
    return PublicRecord(
        record=record,
        created_at=created_at,
        modified_at=entry.at if entry else moment.at,
        shown=frozenset(ref for ref in named if log.lasts(ref, moment)),
        modalities=found,
    )
