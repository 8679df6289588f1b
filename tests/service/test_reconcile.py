"""Reconcile notices every way in which the index can differ from the graph, and mends it."""

import pytest

from graph_model import queries
from graph_model.record import Record
from graph_model.store import Store
from search.index_lifecycle import IndexLifecycle
from search.points import Comparison
from search.reconcile import ReconcileReport, reconcile
from search.vector_index import IndexedPoint


@pytest.fixture
def drifted(store: Store, indexes: IndexLifecycle, small_world: list[Record]) -> IndexLifecycle:
    """An index with one difference of each kind; the number of points is right."""
    store.write(small_world)
    indexes.catch_up()
    index = indexes.active.index
    payloads = dict(index.scroll())
    index.delete(["need/coffee-label"])
    vector = indexes.indexer.opened.embedder.encode_document("something else")
    stale = {**payloads["practice/vaccine-licence"], "text_hash": "0" * 64}
    index.upsert(
        [
            IndexedPoint("need/never-existed", vector, "something else", {"type": "need"}),
            IndexedPoint("practice/vaccine-licence", vector, "something else", stale),
        ]
    )
    index.set_payload({"stakeholder/kipi": {**payloads["stakeholder/kipi"], "countries": ["JPN"]}})
    return indexes


def counts(report: ReconcileReport) -> dict[str, int]:
    names = ("missing", "stale_text", "stale_payload", "orphaned")
    return {name: getattr(report, name).count for name in names}


def test_every_kind_of_difference_is_found_named_and_mended(store: Store, drifted: IndexLifecycle) -> None:
    one_each = dict.fromkeys(("missing", "stale_text", "stale_payload", "orphaned"), 1)
    checked = reconcile(store, drifted.indexer, check_only=True)
    assert counts(checked) == one_each
    assert checked.missing.examples == ["need/coffee-label"]
    assert checked.orphaned.examples == ["need/never-existed"]
    assert checked.stale_text.examples == ["practice/vaccine-licence"]
    assert checked.stale_payload.examples == ["stakeholder/kipi"]
    assert not checked.mended

    mended = reconcile(store, drifted.indexer)
    assert counts(mended) == one_each
    after = reconcile(store, drifted.indexer, check_only=True)
    assert after.differences == 0
    assert after.equal == 8


def test_a_record_that_the_model_refuses_does_not_stop_the_others(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    store.update(("MATCH (n:Need {ref: 'need/coffee-label'}) SET n.authenticity = 'hearsay'", {}))
    report = reconcile(store, indexes.indexer)
    assert report.unreadable.examples == ["need/coffee-label"]
    assert report.missing.count == 7


def test_a_record_that_changes_while_it_is_indexed_ends_up_right(
    store: Store, indexes: IndexLifecycle, small_world: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process writes and indexes the newer record between this one's reading and its upsert."""
    store.write(small_world)
    points = indexes.indexer.points
    ref = "practice/vaccine-licence"
    record = next(record for record in small_world if record.ref == ref)
    newer = record.model_copy(update={"title": {"en": "Licensing a vaccine, revised"}})
    compare = points._compare

    def compare_then_write(refs: list[str]) -> tuple[Comparison, object]:
        found = compare(refs)
        store.write([newer])
        return found

    monkeypatch.setattr(points, "_compare", compare_then_write)
    points.mend([ref])
    monkeypatch.undo()
    assert points.compare([ref]).equal == [ref]


def test_progress_ends_at_the_total(store: Store, indexes: IndexLifecycle, small_world: list[Record]) -> None:
    store.write(small_world)
    seen: list[tuple[int, int]] = []
    reconcile(store, indexes.indexer, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert store.run(queries.count_by_type())
