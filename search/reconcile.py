"""Reconcile: compare every point of a vector index with the graph, by hashes, and mend what differs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Final

from graph_model import queries
from graph_model.record import Status
from graph_model.store import Store
from search.indexer import BATCH, Indexer, Progress
from search.points import Comparison, in_parts
from search.requests import SEARCHABLE_TYPES

EXAMPLES: Final = 10


@dataclass(slots=True)
class Finding:
    """How many points differ in one way, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, refs: list[str]) -> None:
        self.count += len(refs)
        self.examples.extend(refs[: EXAMPLES - len(self.examples)])


@dataclass(slots=True)
class ReconcileReport:
    """What a reconciliation found.

    missing: published records without a point. stale_text: points whose vector belongs to another text or
    embedder. stale_payload: points whose facets or hashes differ. orphaned: points whose record is gone or
    not published. unreadable: records that break the model. mended: whether what differed was changed to
    agree. projection_differed: whether the projection that paths are ranked on had another checksum.
    """

    mended: bool
    equal: int = 0
    missing: Finding = field(default_factory=Finding)
    stale_text: Finding = field(default_factory=Finding)
    stale_payload: Finding = field(default_factory=Finding)
    orphaned: Finding = field(default_factory=Finding)
    unreadable: Finding = field(default_factory=Finding)
    projection_differed: bool = False

    @property
    def differences(self) -> int:
        """Points that did not agree with the graph."""
        findings = (self.missing, self.stale_text, self.stale_payload, self.orphaned)
        return sum(finding.count for finding in findings)

    def add(self, compared: Comparison) -> None:
        self.equal += len(compared.equal)
        for each in fields(self):
            finding = getattr(self, each.name)
            if isinstance(finding, Finding):
                finding.add(getattr(compared, each.name))


def reconcile(
    store: Store, indexer: Indexer, *, check_only: bool = False, progress: Progress | None = None
) -> ReconcileReport:
    """Compare the whole index with the graph and, unless check_only, mend it. Memory stays bounded.

    Raises UnavailableError; what was mended by then is kept.
    """
    report = ReconcileReport(mended=not check_only)
    done = 0
    total = _records(store) + indexer.opened.index.count()
    for compared, size in comparisons(store, indexer, check_only=check_only):
        report.add(compared)
        done += size
        if progress:
            progress(done, max(done, total))
    if not check_only:
        indexer.opened.index.flush()
    return report


def comparisons(store: Store, indexer: Indexer, *, check_only: bool) -> Iterator[tuple[Comparison, int]]:
    """Compare, and mend unless check_only, step by step; gives each step's outcome and its size.

    Published records first, then the points whose record the first pass cannot have met.
    """
    treat = indexer.points.compare if check_only else indexer.points.mend
    for refs in in_parts(_published(store), BATCH):
        yield treat(refs), len(refs)
    for refs in in_parts((ref for ref, _payload in indexer.opened.index.scroll()), BATCH):
        strangers = _not_published(store, refs)
        yield treat(strangers) if strangers else Comparison(), len(refs)


def _published(store: Store) -> Iterator[str]:
    states = chain.from_iterable(store.states(type_name) for type_name in SEARCHABLE_TYPES)
    return (state["ref"] for state in states if state["status"] == Status.PUBLISHED)


def _not_published(store: Store, refs: list[str]) -> list[str]:
    published = {
        state["ref"]
        for state in store.run(queries.states_of(refs))
        if state["status"] == Status.PUBLISHED and state["type"] in SEARCHABLE_TYPES
    }
    return [ref for ref in refs if ref not in published]


def _records(store: Store) -> int:
    return sum(
        row["records"]
        for row in store.run(queries.count_by_type())
        if row["status"] == Status.PUBLISHED and row["type"] in SEARCHABLE_TYPES
    )
