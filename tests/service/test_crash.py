"""Ends the real program with SIGKILL and finds every acknowledged record in both stores, once, with its hash.

Acknowledged means: the batch is in Neo4j, or the HTTP response has arrived. The product has no hook for these
tests. They watch from outside, by the state of the graph, when a step is reached, and kill then. Where a step
is too short to be met, a transaction of the test's own holds the lock that the next step needs, and Neo4j
tells when the program waits for it.
"""

import csv
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
import pytest
from neo4j import GraphDatabase

from api.tokens import AccessRole, create_token
from graph_model import queries
from graph_model.connection import Connection
from graph_model.record import Record, Status
from graph_model.settings import Settings
from graph_model.store import Store
from ingest.demo_graph import ensure_reference_records
from ingest.pipeline import ingest_file
from search.embedder import LoadedEmbedder
from search.instance import Instance
from search.requests import SEARCHABLE_TYPES
from tests.service.processes import Program, free_port, started, wait_until

ROWS = 800  # more than one batch
WRITE_LOCK = queries.lock_change_counter()[0]
CURSOR_LOCK = f"MATCH (c:{queries.CURSOR_LABEL}) SET c.held = true"


@pytest.fixture
def ready_store(store: Store, small_world: Sequence[Record]) -> Store:
    """A graph with the countries and clusters that rows name."""
    store.write(small_world)
    return store


@pytest.fixture
def offers_file(tmp_path: Path) -> Path:
    """A file of offers in Trimatch's own format."""
    path = tmp_path / "offer.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "source", "title_en", "offered_by", "clusters"])
        for number in range(ROWS):
            writer.writerow([f"o{number}", "test", f"Course {number}", "country/BRA", "agriculture"])
    return path


def offers_in(store: Store) -> int:
    """Offers that are committed in Neo4j."""
    rows = store.run(queries.count_by_type())
    return sum(row["records"] for row in rows if row["type"] == "offer")


def check_both_stores_agree(settings: Settings, load: Callable[[str], LoadedEmbedder]) -> None:
    """Start again, reconcile, and compare: each published record is one point with the record's hash."""
    with Instance(settings, load) as instance:
        instance.catch_up()
        report = instance.reconcile()
        assert report.unreadable.count == 0
        expected = {
            state["ref"]: state["content_hash"]
            for name in SEARCHABLE_TYPES
            for state in instance.store.states(name)
            if state["status"] == Status.PUBLISHED
        }
        with instance.active.use() as opened:
            points = [(ref, payload["content_hash"]) for ref, payload in opened.index.scroll()]
        assert len(points) == len(expected)
        assert dict(points) == expected


@contextmanager
def held(connection: Connection, statement: str) -> Iterator[Callable[[str], bool]]:
    """Holds the locks that a statement takes; gives a test of whether a query with these words waits."""
    auth = (connection.user, connection.password)
    with GraphDatabase.driver(connection.uri, auth=auth) as driver, driver.session() as session:
        transaction = session.begin_transaction()
        transaction.run(statement).consume()

        def is_waited_for(words: str) -> bool:
            shown = driver.execute_query("SHOW TRANSACTIONS YIELD currentQuery, status RETURN *").records
            return any(words in row["currentQuery"] and row["status"].startswith("Block") for row in shown)

        try:
            yield is_waited_for
        finally:
            transaction.rollback()


def ingest(settings: Settings, path: Path) -> AbstractContextManager[Program]:
    """The ingest of a file of offers, as a process of its own."""
    return started(settings, "ingest", path, "--source", "csv", "--type", "offer")


def check_the_rest_loads(
    settings: Settings, store: Store, path: Path, load: Callable[[str], LoadedEmbedder]
) -> None:
    """The same file again, after the crash: every row is there once."""
    check_both_stores_agree(settings, load)
    with Instance(settings, load) as instance:
        again = ingest_file(settings, store, path, "csv", type_name="offer", indexer=instance.indexer)
        assert (again.loaded, again.quarantined) == (ROWS, 0)
    assert offers_in(store) == ROWS + 1  # the small graph has one of its own
    check_both_stores_agree(settings, load)


@pytest.mark.parametrize("written", [1, ROWS])
def test_an_ingest_that_is_killed_between_steps_loses_nothing_that_was_written(
    written: int,
    settings: Settings,
    ready_store: Store,
    offers_file: Path,
    load: Callable[[str], LoadedEmbedder],
) -> None:
    """After the first batch, and with everything written but not yet indexed."""
    with ingest(settings, offers_file) as program:
        wait_until(lambda: offers_in(ready_store) > written or program.ended(), f"{written} offers")
        assert not program.ended(), program.output()
        program.kill()
    assert offers_in(ready_store) > written
    check_the_rest_loads(settings, ready_store, offers_file, load)


def test_an_ingest_that_is_killed_inside_a_batch_leaves_nothing_of_it(
    settings: Settings,
    connection: Connection,
    ready_store: Store,
    offers_file: Path,
    load: Callable[[str], LoadedEmbedder],
) -> None:
    ensure_reference_records(ready_store)  # else the program writes these before the first batch
    before = ready_store.last_sequence()
    with held(connection, WRITE_LOCK) as is_waited_for, ingest(settings, offers_file) as program:
        wait_until(lambda: is_waited_for(WRITE_LOCK) or program.ended(), "the first batch")
        assert not program.ended(), program.output()
        program.kill()
    assert (offers_in(ready_store), ready_store.last_sequence()) == (1, before)
    check_both_stores_agree(settings, load)


@pytest.fixture
def service_settings(settings: Settings) -> Settings:
    """The settings of the test's instance, on a port of its own."""
    return settings.model_copy(update={"port": free_port()})


def write_until_refused(
    address: str, token: str, done: list[tuple[str, str]], first: threading.Event
) -> None:
    """Create published needs, one after another, keeping id and ETag of each acknowledged one."""
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        for number in itertools.count():
            body = {
                "id": f"n{number}",
                "title": {"en": f"Need {number} for a registry of designs"},
                "sought_by": ["country/KEN"],
                "status": "published",
            }
            try:
                answer = client.post("/api/need", json=body)
            except httpx2.HTTPError:
                return
            assert answer.status_code == 201, answer.text
            done.append((body["id"], answer.headers["etag"].strip('"')))  # type: ignore[arg-type]
            first.set()


@pytest.mark.parametrize("moment", [0.0, 0.3])
def test_a_service_that_is_killed_keeps_every_write_that_it_acknowledged(
    moment: float,
    service_settings: Settings,
    ready_store: Store,
    load: Callable[[str], LoadedEmbedder],
) -> None:
    """moment: seconds after the first acknowledgement."""
    token = create_token(ready_store, AccessRole.FACILITATOR)
    with started(service_settings, "serve") as program:
        program.wait_for_line("Serving http")
        with writing(service_settings, token, program) as acknowledged:
            time.sleep(moment)
            program.kill()
    check_both_stores_agree(service_settings, load)
    check_kept(ready_store, acknowledged)


def test_a_service_that_is_killed_between_the_index_and_its_cursor_repeats_the_work(
    service_settings: Settings,
    connection: Connection,
    ready_store: Store,
    load: Callable[[str], LoadedEmbedder],
) -> None:
    """The index holds the points, and the graph does not know yet that it does."""
    token = create_token(ready_store, AccessRole.FACILITATOR)
    advance = queries.advance_index_cursor("", "", 0)[0]
    with started(service_settings, "serve") as program:
        program.wait_for_line("Serving http")
        with httpx2.Client(base_url=service_settings.public_base) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200, "readiness")
        behind = ready_store.last_sequence()
        with (
            held(connection, CURSOR_LOCK) as is_waited_for,
            writing(service_settings, token, program) as acknowledged,
        ):
            wait_until(lambda: is_waited_for(advance), "the move of the cursor")
            program.kill()
    with Instance(service_settings, load) as instance:
        indexed = {ref for ref, _payload in instance.active.index.scroll()}
        assert instance.indexer.indexer.sequence <= behind
        assert f"need/{acknowledged[0][0]}" in indexed
    check_both_stores_agree(service_settings, load)
    check_kept(ready_store, acknowledged)


def check_kept(store: Store, acknowledged: Sequence[tuple[str, str]]) -> None:
    """Every acknowledged need is in the graph with the hash that the answer gave."""
    kept = {f"need/{id_}": hash_ for id_, hash_ in acknowledged}
    assert kept
    assert {ref: stored.content_hash for ref, stored in store.get_many(kept).items()} == kept


@contextmanager
def writing(settings: Settings, token: str, program: Program) -> Iterator[list[tuple[str, str]]]:
    """Writes from another thread until the service is gone; begins after the first acknowledgement."""
    acknowledged: list[tuple[str, str]] = []
    first = threading.Event()
    writer = threading.Thread(
        target=write_until_refused, args=(settings.public_base, token, acknowledged, first)
    )
    writer.start()
    assert first.wait(30), program.output()
    yield acknowledged
    writer.join(30)
    assert not writer.is_alive()
