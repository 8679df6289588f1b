"""Dumps whose bytes depend on the records alone, and a stream that stops with its reader."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import pytest
from pyoxigraph import RdfFormat

from api.streaming import WriterStream
from export.dump import write_records
from export.published import PublicRecord
from graph_model.nodes import Need

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib, io, sys
from datetime import UTC, datetime
from pyoxigraph import RdfFormat
from export.dump import write_records
from export.published import PublicRecord
from graph_model.nodes import Country, Partnership, StakeholderKind, Stakeholder
from graph_model.relationships import Participation, Role
from graph_model.modality import Modality

base, moment = "https://example.org", datetime(2026, 1, 2, tzinfo=UTC)
records = [
    Country(id="KEN", name={"fr": "Kenya", "en": "Kenya", "ar": "كينيا"}, region="Africa", subregion="East",
            developing=True, languages=["sw", "en"], latitude=0.00001, source="test"),
    Stakeholder(id="kipi", name={"en": "KIPI"}, aliases=["b", "a", "c"], kind=StakeholderKind.IP_OFFICE,
                country="country/KEN", source="test"),
    Partnership(id="p", title={"en": "P", "es": "P"}, themes=["y", "x"], sdgs=["sdg/9", "sdg/1", "sdg/17"],
                clusters=["cluster/b", "cluster/a"], source="test",
                parties=[Participation(party="country/KEN", role=role) for role in Role]),
]
shown = frozenset({"country/KEN", "sdg/1", "sdg/9", "sdg/17", "cluster/a", "cluster/b"})
public = [PublicRecord(each, moment, moment, shown, (Modality.TRIANGULAR,)) for each in records]
for form in ("N_QUADS", "TRIG", "TURTLE", "N_TRIPLES", "JSON_LD"):
    file = io.BytesIO()
    write_records(getattr(RdfFormat, form), public, base, file)
    print(hashlib.sha256(file.getvalue()).hexdigest())
"""


def test_every_hash_seed_gives_the_same_bytes() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(found) == 1
    assert len(found.pop().split()) == 5


@pytest.mark.parametrize(
    "rdf_format",
    [RdfFormat.N_QUADS, RdfFormat.TRIG, RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.JSON_LD],
)
def test_records_are_written_as_they_come(rdf_format: RdfFormat) -> None:
    """Whatever the number of records, few are held at a time."""
    read = written = ahead = 0

    def records() -> Iterator[PublicRecord]:
        nonlocal read, ahead
        moment = datetime(2026, 1, 2, tzinfo=UTC)
        for number in range(2_000):
            read += 1
            ahead = max(ahead, read * 500 - written)
            need = Need(id=f"n{number}", title={"en": "x" * 500}, sought_by=["country/KEN"], source="test")
            yield PublicRecord(need, moment, moment, frozenset(), ())

    class Sink(io.RawIOBase):
        def write(self, data: Any) -> int:
            nonlocal written
            written += len(data)
            return len(data)

    write_records(rdf_format, records(), "https://example.org", cast(IO[bytes], Sink()))
    assert read == 2_000
    assert ahead < 100_000


def test_a_stream_passes_on_all_that_is_written() -> None:
    def write(output: IO[bytes]) -> None:
        for number in range(100_000):
            output.write(b"%d\n" % number)

    assert b"".join(WriterStream(write)) == b"".join(b"%d\n" % number for number in range(100_000))


def test_what_fails_at_once_raises_before_anything_is_sent() -> None:
    def write(output: IO[bytes]) -> None:
        output.write(b"little")
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        WriterStream(write)


def test_what_fails_later_raises_in_the_middle() -> None:
    def write(output: IO[bytes]) -> None:
        output.write(b"x" * 100_000)
        raise ConnectionError("gone")

    stream = iter(WriterStream(write))
    assert next(stream)
    with pytest.raises(ConnectionError):
        next(stream)


def test_the_writer_stops_when_the_reader_does() -> None:
    ended = threading.Event()

    def write(output: IO[bytes]) -> None:
        try:
            while True:
                output.write(b"x" * 100_000)
        finally:
            ended.set()

    stream = WriterStream(write)
    next(iter(stream))
    stream.close()
    assert ended.wait(10)
