"""RDF files: our own exports in every format, records of others, and damage."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph
import pytest
from pydantic import ValidationError
from pyoxigraph import Quad, RdfFormat

from graph_model.derive.rdf import RdfWriter
from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES, Need, Partnership
from graph_model.record import Record
from graph_model.relationships import Role
from ingest.demo_graph import demo_records
from ingest.problems import problems_of
from ingest.sources import rdf_files
from ingest.sources.rdf import RdfSource
from ingest.sources.rows import BadRow, UnreadableFileError
from tests.unit.ingest_world import knowledge

BASE = "https://match.example.org"
ELSEWHERE = "http://127.0.0.1:8123"
PREFIXES = f"""@prefix dct: <http://purl.org/dc/terms/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix schema: <https://schema.org/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ns: <{BASE}/ns#> . @prefix our: <{BASE}/> . @prefix p: <https://partner.example/things/> .
"""
OFFICE = (
    'p:office a org:Organization ; skos:prefLabel "Office"@en ; org:classification ns:StakeholderKind-ngo .'
)
FORMATS = {
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".jsonld": RdfFormat.JSON_LD,
    ".rdf": RdfFormat.RDF_XML,
}


def sample() -> list[Record]:
    """The first records of each type."""
    return [record for name in RECORD_TYPES for record, _ in zip(demo_records(name), range(4), strict=False)]


def exported(records: Iterable[Record], rdf_format: RdfFormat, base: str = BASE) -> bytes:
    writer = RdfWriter(base)
    if rdf_format.supports_datasets:
        quads = [quad for record in records for quad in writer.quads(record)]
        content = pyoxigraph.serialize(quads, format=rdf_format)
    else:
        triples = [triple for record in records for triple in writer.triples(record)]
        content = pyoxigraph.serialize(triples, format=rdf_format)
    assert content is not None
    return content


def ingested(path: Path) -> tuple[dict[str, Record], dict[str, list[FieldProblem]], list[FieldProblem]]:
    """Records by reference, problems by the beginning of the raw row, and notes."""
    source, known = RdfSource(BASE), knowledge()
    good: dict[str, Record] = {}
    bad: dict[str, list[FieldProblem]] = {}
    notes: list[FieldProblem] = []
    for row in source.read(path):
        if isinstance(row, BadRow):
            bad[subject_of(row.raw)] = list(row.problems)
            continue
        try:
            converted = source.convert(row, known)
        except (InvalidRecordError, ValidationError) as error:
            bad[subject_of(row.raw)] = problems_of(error)
            continue
        good[converted.main.ref] = converted.main
        notes += converted.notes
    return good, bad, notes


def subject_of(raw: str) -> str:
    return raw.partition(" ")[0].strip("<>").rpartition("/")[2]


def turtle(folder: Path, text: str) -> Path:
    path = folder / "partner.ttl"
    path.write_text(PREFIXES + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [*FORMATS, ".nq.gz", ".ttl.gz"])
@pytest.mark.parametrize("base", [BASE, ELSEWHERE])
def test_an_export_is_read_back_in_every_format(tmp_path: Path, suffix: str, base: str) -> None:
    records = sample()
    content = exported(records, FORMATS[suffix.removesuffix(".gz")], base)
    path = tmp_path / f"export{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    good, bad, notes = ingested(path)
    assert (bad, notes) == ({}, [])
    assert {ref: record.content_hash for ref, record in good.items()} == {
        record.ref: record.content_hash for record in records
    }


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_format_is_found_out_where_the_name_does_not_tell(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "download"
    path.write_bytes(exported(sample(), FORMATS[suffix]))
    good, bad, _ = ingested(path)
    assert (len(good), bad) == (len(sample()), {})


@pytest.mark.parametrize("suffix", [".nq", ".nt"])
def test_an_export_of_lines_is_not_loaded(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdf_files, "MOST_LOADED_BYTES", 1_000)
    path = tmp_path / f"export{suffix}"
    path.write_bytes(exported(sample(), FORMATS[suffix]))
    assert len(ingested(path)[0]) == len(sample())


def test_lines_in_another_order_are_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "sorted.nq"
    lines = exported(sample(), RdfFormat.N_QUADS).splitlines(keepends=True)
    path.write_bytes(b"".join(sorted(lines)))
    good, bad, _ = ingested(path)
    assert (len(good), bad) == (len(sample()), {})


def test_a_file_too_large_to_load_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdf_files, "MOST_LOADED_BYTES", 1_000)
    path = tmp_path / "export.ttl.gz"
    path.write_bytes(gzip.compress(exported(sample(), RdfFormat.TURTLE)))
    with pytest.raises(UnreadableFileError, match="Convert it to N-Quads"):
        list(RdfSource(BASE).read(path))


@pytest.mark.parametrize("suffix", [".nq", ".nt"])
def test_a_broken_line_costs_one_record_only(tmp_path: Path, suffix: str) -> None:
    records = list(demo_records("need"))[:6]
    lines = exported(records, FORMATS[suffix]).decode().splitlines()
    place = next(n for n, line in enumerate(lines) if records[2].id in line) + 3
    lines[place] = "<no iri> and no statement"
    path = tmp_path / f"export{suffix}"
    path.write_text("\n".join(lines), encoding="utf-8")
    good, bad, _ = ingested(path)
    assert list(bad) == [records[2].id]
    assert bad[records[2].id][0].field == f"line {place + 1}"
    assert len(good) == 5


def test_statements_of_a_record_in_two_places_are_told(tmp_path: Path) -> None:
    first, second = list(demo_records("need"))[:2]
    quads = list(RdfWriter(BASE).quads(first))
    others: list[Quad] = list(RdfWriter(BASE).quads(second))
    content = pyoxigraph.serialize([*quads[:-1], *others, quads[-1]], format=RdfFormat.N_QUADS)
    assert content is not None
    (tmp_path / "export.nq").write_bytes(content)
    rows = list(RdfSource(BASE).read(tmp_path / "export.nq"))
    assert isinstance(rows[2], BadRow)
    assert "not together" in rows[2].problems[0].reason


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ttl", b"@prefix ex: <http://a.example/> .\nex:a ex:b", "line 2 is not Turtle"),
        ("a.jsonld", b'{"@context": "https://schema.org/", "@id": "x"}', "is not JSON-LD"),
        ("a.rdf", b"<html><p>Not found", "is not RDF/XML"),
        ("a.txt", b"Dear colleagues,", "end its name in one of: .ttl, .nt"),
        ("a.txt", b"", "is empty"),
        ("a.nt.gz", gzip.compress(b"<http://a.example/x> " * 999, mtime=0)[:40], "is damaged"),
        ("a.ttl", b"<relative> <http://a.example/b> 1 .", "No scheme"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError, match=message):
        list(RdfSource(BASE).read(tmp_path / name))


def test_records_of_others_that_fit_are_taken(tmp_path: Path) -> None:
    path = turtle(
        tmp_path,
        f"""{OFFICE}
        <https://partner.example/things/Water%20label> a <http://schema.org/Demand> ;
            <http://schema.org/businessFunction> ns:Cooperation ;
            dct:title "Water\\nlabel"@en-GB ; dct:description "<p>Protect <b>it</b></p>"@en , "水"@zh-Hans ;
            dct:rights "free"@en ; dct:creator "Ann" ; ns:contributesTo <http://metadata.un.org/sdg/2.3> .
        p:office schema:seeks <https://partner.example/things/Water%20label> .
        p:project a schema:Project ; dct:title "Project"@en ; dct:source "Partner" ;
            schema:startDate "2020-05"^^xsd:gYearMonth ;
            prov:qualifiedAssociation [ a org:Membership ; org:organization p:project ;
                org:member p:office ; org:role ns:Role-beneficiary ] ,
              [ a org:Membership ; org:organization p:project ; org:member <{BASE}/country/BRA> ;
                org:role ns:Role-pivotal ; schema:startDate "2021"^^xsd:gYear ] .""",
    )
    good, bad, notes = ingested(path)
    assert bad == {}
    need = next(record for record in good.values() if isinstance(record, Need))
    office = next(ref for ref in good if ref.startswith("stakeholder/"))
    assert need.id.startswith("Water-label-")
    assert need.title == {"en": "Water label"}
    assert need.description == {"en": "Protect it", "zh": "水"}
    assert (need.sought_by, need.sdgs, need.licence) == ([office], ["sdg/2.3"], "free")
    assert (need.source, need.source_identifier) == (
        "https://partner.example",
        "https://partner.example/things/Water%20label",
    )
    project = next(record for record in good.values() if isinstance(record, Partnership))
    assert [(each.party, each.role, each.from_) for each in project.parties] == [
        ("country/BRA", Role.PIVOTAL, "2021"),
        (office, Role.BENEFICIARY, None),
    ]
    assert (project.source, project.start) == ("Partner", "2020-05")
    assert [note.field for note in notes] == ["http://purl.org/dc/terms/creator"]


def test_the_same_address_is_the_same_record_again(tmp_path: Path) -> None:
    assert ingested(turtle(tmp_path, OFFICE))[0].keys() == ingested(turtle(tmp_path, OFFICE))[0].keys()


DEMAND = "p:x a schema:Demand ; schema:businessFunction ns:Cooperation ; dct:title "
SOUGHT = f"<{BASE}/country/KEN> schema:seeks p:x ."


@pytest.mark.parametrize(
    ("statements", "field", "reason"),
    [
        (f'{DEMAND} "No language" . {SOUGHT}', "title", "langString"),
        (f'{DEMAND} "A"@en , "B"@en . {SOUGHT}', "title", "one language"),
        (f'{DEMAND} "{"long " * 120}"@en . {SOUGHT}', "title", "longer than 500"),
        (f'{DEMAND} "A"@en .', "sought_by", "seeks"),
        (f'{DEMAND} "A"@en . p:y schema:seeks p:x .', "sought_by", "classes"),
        (f'p:x a schema:Demand ; dct:title "A"@en . {SOUGHT}', "businessFunction", "Cooperation"),
        (f'{DEMAND} "A"@en ; dct:subject p:nothing . {SOUGHT}', "clusters", "no record of the class"),
        (f'{DEMAND} "A"@en ; ns:resource "gold" . {SOUGHT}', "resources", "Resource-human"),
        (f'{DEMAND} "A"@en ; dct:language "en" . {SOUGHT}', "original_language", "IRI"),
        ('p:x a schema:Project ; dct:title "A"@en .', "parties", "qualifiedAssociation"),
        (
            'p:x a schema:Project ; dct:title "A"@en ; prov:qualifiedAssociation [ a org:Membership ; '
            "org:organization p:x ; org:member our:country\\/KEN ; org:role ns:Role-boss ] .",
            "parties role",
            "Role-pivotal",
        ),
        ('p:x a schema:Project ; schema:startDate "soon" ; dct:title "A"@en .', "start", "none of the forms"),
        ('p:x a schema:Person ; schema:name "Ann" .', "type", "no class of a record"),
        ('p:x schema:name "Ann" .', "type", "no class of a record"),
        (f'{DEMAND} "A"@en ; a schema:Offer .', "type", "need and offer at once"),
        (f"{OFFICE.replace('p:office', 'p:x')} p:x schema:location p:nowhere .", "country", "Country"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field_and_reason(
    tmp_path: Path, statements: str, field: str, reason: str
) -> None:
    good, bad, _ = ingested(turtle(tmp_path, statements))
    assert good == {}
    assert list(bad) == ["x"]
    assert reason in next(problem.reason for problem in bad["x"] if problem.field == field)


def test_a_record_without_an_address_is_refused(tmp_path: Path) -> None:
    _, bad, _ = ingested(turtle(tmp_path, '[] a org:Organization ; skos:prefLabel "Office"@en .'))
    assert [problem.field for problems in bad.values() for problem in problems] == ["id"]


def test_a_bad_record_leaves_the_others(tmp_path: Path) -> None:
    good, bad, _ = ingested(turtle(tmp_path, f"{OFFICE} p:x a org:Organization ."))
    assert [record.ref.partition("/")[0] for record in good.values()] == ["stakeholder"]
    assert {problem.field for problem in bad["x"]} == {"name", "kind"}
