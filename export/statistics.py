"""How many triples the published graph has, by property and class: counted by passing over all of it."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from export.published import count, selected
from export.selection import Selection
from graph_model.derive.rdf import RdfWriter
from graph_model.store import Store
from graph_model.vocabulary import RDF

COUNTED_AT_ONCE: Final = 20_000
"""Records of a graph that is counted while the reader waits; a larger one is counted in a thread."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts as of one change of the graph, by IRI, in the order of IRIs.

    entities: records. classes: instances by class. properties: triples by predicate. example: the first
    record's IRI, None in an empty graph.
    """

    sequence: int
    triples: int
    entities: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    example: str | None


def counted(store: Store, public_base: str, *, illustrative: bool) -> Statistics:
    """Count now, in constant memory. Raises UnavailableError."""
    sequence = store.last_sequence()
    writer = RdfWriter(public_base)
    rdf_type = writer.term(RDF.type)
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    entities, example = 0, None
    for record in selected(store, Selection(illustrative=illustrative)):
        entities += 1
        for subject, predicate, value in record.statements(writer):
            example = example or subject.value
            properties[predicate.value] += 1
            if predicate == rdf_type:
                classes[value.value] += 1
    return Statistics(
        sequence=sequence,
        triples=properties.total(),
        entities=entities,
        classes=dict(sorted(classes.items())),
        properties=dict(sorted(properties.items())),
        example=example,
    )


class StatisticsKeeper:
    """The statistics of one graph, counted again once it has changed. Safe to share between threads."""

    def __init__(self, store: Store, public_base: str) -> None:
        self._store = store
        self._base = public_base
        self._lock = threading.Lock()
        self._known: dict[bool, Statistics] = {}
        self._counting: set[bool] = set()

    def newest(self, *, illustrative: bool) -> Statistics | None:
        """Of this moment where the graph is small; else the last known, None while there are none yet.

        Raises UnavailableError.
        """
        with self._lock:
            known = self._known.get(illustrative)
            if known is not None and known.sequence == self._store.last_sequence():
                return known
            if illustrative in self._counting:
                return known
            self._counting.add(illustrative)
        total = sum(count(self._store, Selection(illustrative=illustrative)).values())
        if total > COUNTED_AT_ONCE:
            threading.Thread(target=self._count, args=(illustrative,), daemon=True).start()
            return known
        return self._count(illustrative)

    def _count(self, illustrative: bool) -> Statistics:
        try:
            found = counted(self._store, self._base, illustrative=illustrative)
            with self._lock:
                self._known[illustrative] = found
            return found
        finally:
            with self._lock:
                self._counting.discard(illustrative)
