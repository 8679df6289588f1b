"""RDF through the whole pipeline: our own export gives the same graph, and what does not fit is told."""

import csv
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from export.formats import FORMATS
from export.selection import Selection
from graph_model.derive.rdf import RdfWriter
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, Status
from graph_model.settings import Settings
from graph_model.store import Store
from ingest.demo_graph import ensure_reference_records, load_demo_graph
from ingest.pipeline import ingest_file
from ingest.sources.rdf import RdfSource


def exported(store: Store, path: Path, name: str, base: str) -> Path:
    """Every published record, illustrative ones too, as the export writes it."""
    with path.open("wb") as file:
        FORMATS[name].write(store, Selection(illustrative=True), base, file, report=lambda _: None)
    return path


def hashes(store: Store) -> dict[str, str]:
    return {row["ref"]: row["content_hash"] for name in RECORD_TYPES for row in store.states(name)}


def emptied(store: Store) -> Store:
    store.update(("MATCH (n) DETACH DELETE n", {}))
    return store


def test_the_demo_graph_comes_back_the_same(settings: Settings, store: Store, tmp_path: Path) -> None:
    load_demo_graph(store)
    before = hashes(store)
    path = exported(store, tmp_path / "demo.nq", "nquads", "https://elsewhere.example")
    summary = ingest_file(settings, emptied(store), path, "rdf")
    assert (summary.quarantined, summary.fields_left_out) == (0, 0)
    assert summary.loaded == len(before)
    assert hashes(store) == before
    sequence = store.last_sequence()
    ingest_file(settings, store, path, "rdf")
    assert store.last_sequence() == sequence


@pytest.mark.parametrize("name", ["turtle", "trig", "ntriples", "jsonld"])
def test_a_small_graph_comes_back_from_every_format(
    settings: Settings, store: Store, small_world: Sequence[Record], tmp_path: Path, name: str
) -> None:
    ensure_reference_records(store)
    store.write(small_world)
    before = hashes(store)
    path = exported(store, tmp_path / f"all{FORMATS[name].suffix}", name, settings.public_base)
    summary = ingest_file(settings, emptied(store), path, "rdf", batch_size=50)
    assert (summary.quarantined, summary.loaded) == (0, len(before))
    assert hashes(store) == before


def test_a_record_withdrawn_here_is_not_named_by_the_export(
    settings: Settings, store: Store, small_world: Sequence[Record], tmp_path: Path
) -> None:
    store.write(small_world)
    need = next(record for record in small_world if record.ref == "need/coffee-label")
    store.write([need.model_copy(update={"status": Status.WITHDRAWN})])
    path = exported(store, tmp_path / "all.nq", "nquads", settings.public_base)
    summary = ingest_file(settings, emptied(store), path, "rdf")
    assert (summary.loaded, summary.quarantined) == (len(small_world) - 1, 0)
    assert store.get(need.ref) is None


def test_foreign_nonsense_is_quarantined_with_its_reasons(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    ensure_reference_records(store)
    base = settings.public_base
    path = tmp_path / "partner.ttl"
    path.write_text(
        f"""@prefix schema: <https://schema.org/> . @prefix dct: <http://purl.org/dc/terms/> .
        @prefix p: <https://partner.example/> . @prefix ns: <{base}/ns#> .
        p:good a schema:Demand ; schema:businessFunction ns:Cooperation ; dct:title "Seed bank"@en .
        <{base}/country/KEN> schema:seeks p:good .
        p:for-sale a schema:Offer ; dct:title "Used car"@en ; schema:offeredBy <{base}/country/KEN> .
        p:lost a schema:Demand ; schema:businessFunction ns:Cooperation ; dct:title "Lost"@en .
        <{base}/country/ZZZ> schema:seeks p:lost .
        p:ann a schema:Person ; schema:name "=1+1" .""",
        encoding="utf-8",
    )
    summary = ingest_file(settings, store, path, "rdf")
    assert (summary.loaded, summary.quarantined, summary.exit_code) == (1, 3, 3)
    assert summary.quarantine_file is not None
    with summary.quarantine_file.open(encoding="utf-8", newline="") as file:
        lines = {line["raw"].partition(" ")[0]: line for line in csv.DictReader(file)}
    told = {
        iri.strip("<>").rpartition("/")[2]: (line["field"], line["reason"]) for iri, line in lines.items()
    }
    assert told["for-sale"][0] == "businessFunction"
    assert told["lost"] == ("sought_by", "no such record; create it first or correct the reference")
    assert told["ann"][0] == "type"
    assert "https://schema.org/Demand" in told["ann"][1]


def test_an_export_is_read_in_constant_memory(small_world: Sequence[Record], tmp_path: Path) -> None:
    writer = RdfWriter("https://elsewhere.example")
    need = next(record for record in small_world if record.type_name == "need")

    def peak(records: int) -> int:
        path = tmp_path / f"{records}.nq"
        with path.open("w", encoding="utf-8") as file:
            for number in range(records):
                some = need.model_copy(update={"id": f"n{number}", "description": {"en": "text " * 500}})
                file.writelines(f"{quad} .\n" for quad in writer.quads(some))
        tracemalloc.start()
        assert sum(1 for _ in RdfSource("https://match.example").read(path)) == records
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(300)  # caches that fill once weigh in neither peak
    assert peak(3_000) < 1.2 * peak(300) + 100_000
