"""The store keeps what it is given, refuses what contradicts, and logs every change once, in order."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from graph_model import queries
from graph_model.connection import Connection
from graph_model.errors import ConflictError, InvalidRecordError, UnavailableError
from graph_model.nodes import Country, Need
from graph_model.record import Authenticity, Record, Status
from graph_model.store import Store


def need(id_: str, title: str = "A need", **values: object) -> Need:
    return Need.model_validate(
        {"id": id_, "title": {"en": title}, "sought_by": ["country/KEN"], "source": "test"} | values
    )


@pytest.fixture
def kenya(store: Store) -> Country:
    country = Country(
        id="KEN",
        name={"en": "Kenya", "zh": "肯尼亚"},
        region="Africa",
        subregion="Eastern Africa",
        developing=True,
        source="test",
    )
    store.write([country])
    return country


def test_every_type_comes_back_as_it_was_written(store: Store, small_world: list[Record]) -> None:
    summary = store.write(small_world)
    assert summary.created == [record.ref for record in small_world]
    found = store.get_many(record.ref for record in small_world)
    assert {ref: stored.record for ref, stored in found.items()} == {
        record.ref: record for record in small_world
    }
    assert all(stored.content_hash == stored.record.content_hash for stored in found.values())
    assert store.get("need/unknown") is None
    assert store.get("nonsense/unknown") is None


@pytest.mark.parametrize("page", [1, 2, 3, 4, 100])
def test_pages_of_any_size_give_every_record_once(page: int, store: Store, small_world: list[Record]) -> None:
    store.write(small_world)
    countries = sorted(record.ref for record in small_world if isinstance(record, Country))
    everything = tuple(Authenticity)
    assert [stored.record.ref for stored in store.records("country", page)] == countries
    assert [state["ref"] for state in store.states("country", page)] == countries
    published = [found.record.ref for part in store.published("country", everything, page) for found in part]
    assert published == countries


def test_writing_the_same_again_changes_nothing(store: Store, small_world: list[Record]) -> None:
    store.write(small_world)
    last = store.last_sequence()
    before = store.get("need/coffee-label")
    summary = store.write(small_world)
    assert (summary.created, summary.updated) == ([], [])
    assert len(summary.unchanged) == len(small_world)
    assert store.last_sequence() == last
    assert store.get("need/coffee-label") == before


def test_an_update_replaces_relationships_and_keeps_those_of_others(
    store: Store, small_world: list[Record]
) -> None:
    store.write(small_world)
    stored = store.get("need/coffee-label")
    assert stored is not None
    moved = stored.record.model_copy(update={"sought_by": ["country/VNM"], "clusters": []})
    assert store.write([moved]).updated == [moved.ref]
    after = store.get(moved.ref)
    assert after is not None
    assert after.record == moved
    assert after.created_at == stored.created_at
    partnership = store.get("partnership/coffee-partnership")
    assert partnership is not None
    assert partnership.record.addresses == ["need/coffee-label"]  # type: ignore[attr-defined]


def test_a_reference_to_nothing_is_refused_with_its_field(store: Store, kenya: Country) -> None:
    last = store.last_sequence()
    with pytest.raises(InvalidRecordError) as caught:
        store.write([need("good"), need("bad", clusters=["cluster/unknown"])])
    assert [(p.field, p.value) for p in caught.value.problems] == [("need/bad clusters", "cluster/unknown")]
    assert store.get("need/good") is None
    assert store.last_sequence() == last


def test_a_lost_update_is_refused(store: Store, kenya: Country) -> None:
    first = need("n", "First")
    store.write([first], expected={first.ref: None})
    with pytest.raises(ConflictError, match="exists already"):
        store.write([need("n", "Mine")], expected={first.ref: None})
    store.write([need("n", "Theirs")], expected={first.ref: first.content_hash})
    with pytest.raises(ConflictError, match="changed since"):
        store.write([need("n", "Mine")], expected={first.ref: first.content_hash})
    with pytest.raises(ConflictError, match="changed since"):
        store.delete([first.ref], expected={first.ref: first.content_hash})
    stored = store.get(first.ref)
    assert stored is not None
    assert stored.record.heading == {"en": "Theirs"}


def test_what_others_name_cannot_be_deleted(store: Store, small_world: list[Record]) -> None:
    store.write(small_world)
    with pytest.raises(ConflictError, match="stakeholder/kipi is still named by"):
        store.delete(["stakeholder/kipi"])
    assert store.delete(["partnership/coffee-partnership", "need/unknown"]).deleted == [
        "partnership/coffee-partnership"
    ]
    assert store.get("partnership/coffee-partnership") is None


def test_what_nothing_names_can_be_deleted(store: Store, small_world: list[Record]) -> None:
    """A sub-cluster names its broader cluster; that is no reason to keep the sub-cluster."""
    store.write(small_world[:8])
    assert store.delete(["cluster/geographical-indications"]).deleted == ["cluster/geographical-indications"]


def test_the_change_log_tells_what_others_may_see(store: Store, kenya: Country) -> None:
    start = store.last_sequence()
    store.write([need("n", status=Status.DRAFT)])
    store.write([need("n")])
    store.write([need("n", status=Status.WITHDRAWN)])
    store.delete(["need/n"])
    changes = store.changes(start, with_record=True)
    seen = [
        (change.operation, change.was_published, change.published, change.record is not None)
        for change in changes
    ]
    assert seen == [
        ("create", False, False, False),
        ("update", False, True, True),
        ("update", True, False, False),
        ("delete", False, False, False),
    ]
    assert store.was_published("need/n")
    assert not store.was_published("need/other")


def test_concurrent_writers_leave_a_log_without_gaps_or_repetitions(store: Store, kenya: Country) -> None:
    start = store.last_sequence()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: store.write([need(f"{n}-{k}") for k in range(5)]), range(24)))
    changes = store.changes(start)
    assert [change.sequence for change in changes] == list(range(start + 1, start + 121))
    assert len({change.ref for change in changes}) == 120
    assert store.last_sequence() == start + 120


def test_of_two_writers_with_one_expectation_one_wins(store: Store, kenya: Country) -> None:
    first = need("n", "First")
    store.write([first])

    def attempt(title: str) -> bool:
        try:
            store.write([need("n", title)], expected={first.ref: first.content_hash})
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, [f"Version {n}" for n in range(8)]))
    assert won.count(True) == 1


def test_a_store_that_is_not_there_says_so() -> None:
    absent = Store(Connection("bolt://127.0.0.1:1", "neo4j", "none"))
    with pytest.raises(UnavailableError, match="try again"):
        next(absent.stream(queries.last_sequence()))  # not retried: the others try for ten seconds
    absent.close()
