"""Dumps written by several processes: the bytes of one process, and clear ends."""

import io
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from export import bulk_dump
from export.formats import FORMATS, ExportFormat
from export.page_writer import PageWriter
from export.selection import Selection
from graph_model.errors import InvalidRecordError, UnavailableError
from graph_model.record import Record
from graph_model.store import Store
from tests.service.small_instances import SmallInstances

BASE = "https://example.org/trimatch"
JOINED = [name for name, chosen in FORMATS.items() if chosen.write_in_bulk]


@pytest.fixture
def store(small_instances: SmallInstances, small_world: Sequence[Record]) -> Store:
    """The small world."""
    return small_instances.instance(small_world).store


def written(chosen: ExportFormat, store: Store, selection: Selection, **how: int) -> tuple[bytes, list[int]]:
    """A dump by several processes where told how, and the progress that it reported."""
    file, told = io.BytesIO(), list[int]()
    write = chosen.write_in_bulk if how else chosen.write
    assert write is not None
    write(store, selection, BASE, file, report=told.append, **how)
    return file.getvalue(), told


def test_every_format_but_json_ld_is_written_by_several_processes() -> None:
    assert JOINED == ["nquads", "trig", "turtle", "ntriples"]


@pytest.mark.parametrize("name", JOINED)
def test_several_processes_write_the_bytes_of_one(store: Store, name: str) -> None:
    alone, progress = written(FORMATS[name], store, Selection())
    together, told = written(FORMATS[name], store, Selection(), processes=3, page=2)
    assert together == alone
    assert alone.count(b"\n") > 100
    assert told[-1] == progress[-1] > 6
    assert told == sorted(told)


def test_filters_hold_in_every_process(store: Store) -> None:
    selection = Selection.of(country="KEN", type=("need", "stakeholder"))
    alone, _ = written(FORMATS["turtle"], store, selection)
    assert written(FORMATS["turtle"], store, selection, processes=2, page=1)[0] == alone != b""


def test_a_selection_without_records_is_an_empty_file(store: Store) -> None:
    selection = Selection.of(since="2999-01-01")
    content, told = written(FORMATS["turtle"], store, selection, processes=2, page=2)
    assert content == b""
    assert set(told) == {0}


def test_a_cluster_that_is_not_published_is_named_before_anything_is_written(store: Store) -> None:
    with pytest.raises(InvalidRecordError, match="nonexistent"):
        written(FORMATS["nquads"], store, Selection.of(cluster="nonexistent"), processes=2, page=2)


def test_a_process_that_is_lost_ends_the_export_with_a_clear_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[PageWriter] = []

    def killed_after_its_first_page(writer: PageWriter) -> tuple[int, bytes]:
        page = finish(writer)
        started.append(writer)
        os.kill(writer.process_id, signal.SIGKILL)
        return page

    finish = PageWriter.finish
    monkeypatch.setattr(PageWriter, "finish", killed_after_its_first_page)
    with pytest.raises(UnavailableError, match="has ended"):
        written(FORMATS["nquads"], store, Selection(), processes=2, page=2)
    assert started
    assert not any(Path(f"/proc/{writer.process_id}").exists() for writer in started)


@pytest.mark.parametrize(("records", "in_bulk"), [(1, False), (bulk_dump.WORTH_PROCESSES, True)])
def test_processes_write_what_is_worth_starting_them(records: int, in_bulk: bool) -> None:
    chosen = FORMATS["nquads"]
    assert (chosen.write_for(records) is chosen.write_in_bulk) is in_bulk
    assert FORMATS["jsonld"].write_for(records) is FORMATS["jsonld"].write
