"""Ends the real program with SIGKILL and finds every acknowledged record in both stores, once, with its hash.

Acknowledged means: the batch is in Neo4j, or the HTTP response has arrived. The product has no hook for these
tests. They watch from outside, by the state of the graph, when a step is reached, and kill then:
before the first batch, between batches, with everything written but not yet indexed, and at moments between.
"""

import csv
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from api.tokens import AccessRole, create_token
from graph_model import queries
from graph_model.record import Record, Status
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder
from search.instance import Instance
from search.requests import SEARCHABLE_TYPES
from tests.service.processes import Program, free_port, run, started, wait_until

ROWS = 1_200
STEPS = (1, ROWS // 2, ROWS)


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
        writer.writerow(["id", "source", "title_en", "description_en", "offered_by", "clusters"])
        for number in range(ROWS):
            text = f"Course {number} on protecting names of origin in district {number % 97}"
            writer.writerow([f"o{number}", "test", f"Course {number}", text, "country/BRA", "agriculture"])
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


@pytest.mark.parametrize("written", STEPS)
def test_an_ingest_that_is_killed_loses_nothing_that_was_written(
    written: int,
    settings: Settings,
    ready_store: Store,
    offers_file: Path,
    load: Callable[[str], LoadedEmbedder],
) -> None:
    with started(settings, "ingest", offers_file, "--source", "csv", "--type", "offer") as program:
        wait_until(lambda: offers_in(ready_store) >= written or program.ended(), f"{written} offers")
        assert not program.ended() or written == ROWS, program.output()
        program.kill()
    acknowledged = offers_in(ready_store)
    assert acknowledged >= written
    check_both_stores_agree(settings, load)
    again = run(settings, "ingest", offers_file, "--source", "csv", "--type", "offer", "--json")
    assert again.returncode == 0, again.stderr
    assert offers_in(ready_store) == ROWS + 1  # the small graph has one of its own
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
                "id": f"n{len(done)}-{number}",
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


@pytest.fixture
def moments() -> Iterator[float]:
    """Seconds after the first acknowledgement at which the service is killed."""
    return iter((0.0, 0.05, 0.35))


def test_a_service_that_is_killed_keeps_every_write_that_it_acknowledged(
    service_settings: Settings,
    ready_store: Store,
    load: Callable[[str], LoadedEmbedder],
    moments: Iterator[float],
) -> None:
    settings = service_settings
    token = create_token(ready_store, AccessRole.FACILITATOR)
    acknowledged: list[tuple[str, str]] = []
    for moment in moments:
        with started(settings, "serve") as program:
            program.wait_for_line("Serving http")
            kill_while_writing(program, settings, token, acknowledged, moment)
        check_both_stores_agree(settings, load)
    kept = {f"need/{id_}": hash_ for id_, hash_ in acknowledged}
    found = {ref: stored.content_hash for ref, stored in ready_store.get_many(kept).items()}
    assert found == kept


def kill_while_writing(
    program: Program, settings: Settings, token: str, acknowledged: list[tuple[str, str]], moment: float
) -> None:
    """Write from another thread, and kill the service some time after the first acknowledgement."""
    address = f"http://127.0.0.1:{settings.port}"
    first = threading.Event()
    writer = threading.Thread(target=write_until_refused, args=(address, token, acknowledged, first))
    writer.start()
    assert first.wait(30), program.output()
    time.sleep(moment)
    program.kill()
    writer.join(30)
    assert not writer.is_alive()
