"""The index follows the graph: what is written is found, what is withdrawn is gone, nothing is done twice."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from graph_model.record import Record, Status
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder
from search.index_lifecycle import IndexLifecycle
from search.open_index import list_indexes
from search.requests import SEARCHABLE_TYPES, SearchRequest
from search.text_search import TextSearch
from search.vectors import Vectors


def changed(record: Record, **values: object) -> Record:
    return type(record).model_validate(record.model_dump() | values)


def by_ref(records: list[Record], ref: str) -> Record:
    return next(record for record in records if record.ref == ref)


def refs_of(indexes: IndexLifecycle) -> set[str]:
    return {ref for ref, _payload in indexes.active.index.scroll()}


def test_written_records_are_indexed_once(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    assert indexes.lag() == len(small_world)
    first = indexes.catch_up()
    searchable = {record.ref for record in small_world if record.type_name in SEARCHABLE_TYPES}
    assert refs_of(indexes) == searchable
    assert first.embedded == len(searchable)
    assert indexes.is_in_step()
    store.write(small_world)
    assert indexes.catch_up().embedded == 0


def test_withdrawn_draft_and_deleted_records_leave_the_index(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    indexes.catch_up()
    practice = by_ref(small_world, "practice/vaccine-licence")
    store.write([changed(practice, status=Status.WITHDRAWN)])
    store.delete(["partnership/coffee-partnership"])
    report = indexes.catch_up()
    assert report.deleted == 2
    assert not refs_of(indexes) & {"practice/vaccine-licence", "partnership/coffee-partnership"}
    store.write([changed(practice, status=Status.PUBLISHED)])
    indexes.catch_up()
    assert "practice/vaccine-licence" in refs_of(indexes)


def test_a_change_that_keeps_the_text_embeds_nothing(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    indexes.catch_up()
    need = by_ref(small_world, "need/coffee-label")
    store.write([changed(need, resources=["financial"])])
    report = indexes.catch_up()
    assert (report.embedded, report.refreshed) == (0, 1)
    assert indexes.active.index.retrieve([need.ref])[need.ref]["resources"] == ["financial"]
    store.write([changed(need, title={"en": "Quite another title"})])
    assert indexes.catch_up().embedded == 1


@pytest.mark.parametrize(
    ("changed_ref", "values", "facet", "expected"),
    [
        ("country/KEN", {"subregion": "Horn of Africa"}, "regions", "Horn of Africa"),
        ("stakeholder/kipi", {"country": "country/VNM"}, "countries", "VNM"),
        ("stakeholder/kipi", {"kind": "company"}, "modality", "public-private"),
    ],
)
def test_a_changed_party_alters_the_facets_of_what_it_takes_part_in(
    store: Store,
    indexes: IndexLifecycle,
    small_world: list[Record],
    changed_ref: str,
    values: dict[str, object],
    facet: str,
    expected: str,
) -> None:
    store.write(small_world)
    indexes.catch_up()
    store.write([changed(by_ref(small_world, changed_ref), **values)])
    report = indexes.catch_up()
    payload = indexes.active.index.retrieve(["partnership/coffee-partnership"])
    assert expected in payload["partnership/coffee-partnership"][facet]  # type: ignore[operator]
    assert report.embedded == 0


def test_a_further_spelling_of_an_organisation_leaves_its_records_alone(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    indexes.catch_up()
    store.write([changed(by_ref(small_world, "stakeholder/kipi"), aliases=["Kenya IP Institute"])])
    report = indexes.catch_up()
    assert report.embedded + report.refreshed == 1
    assert report.unchanged == 0


def test_a_moved_sub_cluster_carries_its_records_along(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    store.write(small_world)
    indexes.catch_up()
    store.write([changed(by_ref(small_world, "cluster/geographical-indications"), broader=None)])
    indexes.catch_up()
    assert indexes.active.index.count({"clusters": ["agriculture"]}) == 1


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_of_any_size_leave_every_point_right(
    size: int,
    store: Store,
    indexes: IndexLifecycle,
    small_world: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A batch begins before the one before has ended, and may alter the facets of its records."""
    offer = by_ref(small_world, "offer/capacitacion-ig")
    indexes.catch_up()
    monkeypatch.setattr("search.indexer.BATCH", size)
    monkeypatch.setattr("search.indexer.EMBEDDED_TOGETHER", min(size, 2))
    store.write(small_world)
    assert indexes.catch_up().embedded == 8
    store.write([changed(by_ref(small_world, "stakeholder/kipi"), country="country/BRA")])
    store.write([changed(offer, title={"es": "Curso de origen"})])
    store.write([changed(offer, title={"es": "Curso de etiquetas"})])
    store.delete(["practice/vaccine-licence"])
    report = indexes.catch_up()
    # Of one batch, both changes of the offer are one; of two, the second finds it as it should be.
    assert (report.embedded, report.deleted) == (1, 1)
    everything = sorted(refs_of(indexes))
    assert len(everything) == 7
    assert sorted(indexes.indexer.points.compare(everything).equal) == everything
    assert indexes.indexer.sequence == store.last_sequence()


def test_an_interrupted_run_loses_nothing(
    settings: Settings, store: Store, load: Callable[[str], LoadedEmbedder], small_world: list[Record]
) -> None:
    """The index fails after the upsert and before the cursor moves, then the process comes back."""
    first = IndexLifecycle(settings, store, load)
    first.catch_up()
    store.write(small_world)
    first.indexer.points.mend([record.ref for record in small_world])
    first.close()
    second = IndexLifecycle(settings, store, load)
    assert second.lag() == len(small_world)
    report = second.catch_up()
    assert report.embedded == 0
    assert second.is_in_step()
    second.close()


def test_a_deleted_index_folder_is_rebuilt(
    settings: Settings, store: Store, load: Callable[[str], LoadedEmbedder], small_world: list[Record]
) -> None:
    import shutil

    first = IndexLifecycle(settings, store, load)
    store.write(small_world)
    first.catch_up()
    expected = refs_of(first)
    first.close()
    shutil.rmtree(settings.home / "vectors")
    second = IndexLifecycle(settings, store, load)
    assert not second.is_in_step()
    second.catch_up()
    assert refs_of(second) == expected
    second.close()


def test_the_thread_indexes_a_write_that_it_is_told_of(
    store: Store, indexes: IndexLifecycle, small_world: list[Record]
) -> None:
    indexes.catch_up()
    indexes.start()
    store.write(small_world)
    indexes.wake()
    assert indexes.wait_for(store.last_sequence(), timeout_seconds=20)
    assert "need/coffee-label" in refs_of(indexes)


class Mirrored:
    """The default embedder with its axes in reverse: another embedder as far as an index can tell."""

    def __init__(self, embedder: LoadedEmbedder) -> None:
        self._embedder = embedder

    def encode_query(self, texts: str | list[str], /) -> Vectors:
        return np.ascontiguousarray(self._embedder.encode_query(texts)[..., ::-1])

    def encode_document(self, texts: str | list[str], /) -> Vectors:
        return np.ascontiguousarray(self._embedder.encode_document(texts)[..., ::-1])


def test_a_new_embedder_builds_its_index_under_the_old_one(
    settings: Settings, store: Store, embedder: LoadedEmbedder, small_world: list[Record]
) -> None:
    mirrored = replace(embedder, identity="mirrored", embedder=Mirrored(embedder))

    def load(name: str) -> LoadedEmbedder:
        return embedder if name == "usem3" else mirrored

    old = IndexLifecycle(settings, store, load)
    store.write(small_world)
    old.catch_up()
    old.close()

    other = settings.model_copy(update={"embedder": "sentence-transformers:mirrored"})
    new = IndexLifecycle(other, store, load)
    search = TextSearch(new.active, store)
    request = SearchRequest(q="coffee label", limit=3)
    before = search.search(request)
    assert before.embedder == embedder.identity
    assert new.rebuilding == "mirrored"
    assert new.is_in_step()

    inside = threading.Event()
    leave = threading.Event()

    def slow_query() -> None:
        with new.active.use() as opened:
            inside.set()
            leave.wait(20)
            counts.append(opened.index.count())

    counts: list[int] = []
    reader = threading.Thread(target=slow_query)
    reader.start()
    inside.wait(20)
    builder = threading.Thread(target=new.catch_up)
    builder.start()
    leave.set()
    reader.join()
    builder.join()
    assert counts == [8]  # the old index stayed open for the query that was under way

    after = search.search(request)
    assert after.embedder == "mirrored"
    assert [result.ref for result in after.results] == [result.ref for result in before.results]
    assert new.rebuilding is None
    assert list_indexes(settings) == ["mirrored"]
    new.close()
