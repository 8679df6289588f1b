"""Dumps: what leaves, what does not, and that every format says the same."""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import rdflib
from pyld import jsonld
from pyoxigraph import Quad, RdfFormat, Triple, parse

from export.dump import gzipped
from export.formats import FORMATS, RDF_FORMATS, format_named
from export.published import count, published, selected
from export.selection import Selection
from graph_model.derive.rdf import RdfWriter
from graph_model.errors import InvalidRecordError
from graph_model.nodes import RECORD_TYPES, Need, Offer, Partnership, Practice, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Participation, Role
from graph_model.store import Store
from graph_model.vocabulary import RDF
from tests.service.api_fixtures import Api, api
from tests.service.small_instances import SmallInstances

__all__ = ["api"]

BASE = "https://example.org/trimatch"
SECRETS = ("embargoed", "recalled", "invented", "unannounced")
SYNTAXES = {
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
}


def hidden() -> list[Record]:
    """A draft, a withdrawn and an illustrative record, and a published one that names two of them."""
    return [
        Stakeholder(
            id="unannounced-office",
            name={"en": "Unannounced office"},
            kind=StakeholderKind.IP_OFFICE,
            country="country/VNM",
            status=Status.DRAFT,
            source="test",
        ),
        Need(
            id="embargoed",
            title={"en": "Embargoed need"},
            sought_by=["country/KEN"],
            status=Status.DRAFT,
            source="test",
        ),
        Practice(
            id="recalled",
            title={"en": "Recalled practice"},
            shared_by=["country/KEN"],
            status=Status.WITHDRAWN,
            source="test",
        ),
        Offer(
            id="invented",
            title={"en": "Invented offer"},
            offered_by=["country/BRA"],
            authenticity=Authenticity.ILLUSTRATIVE,
            source="test",
        ),
        Partnership(
            id="open",
            title={"fr": "Coopération ouverte", "en": "Open cooperation"},
            original_language="fr",
            clusters=["cluster/agriculture"],
            parties=[
                Participation(party="country/JPN", role=Role.FACILITATING, from_="2020", to="2021-05"),
                Participation(party="stakeholder/unannounced-office", role=Role.BENEFICIARY),
            ],
            addresses=["need/embargoed"],
            draws_on=["offer/invented"],
            start="2020",
            end="2021-05-31",
            licence="CC BY 4.0",
            source="test",
        ),
    ]


@pytest.fixture
def world(small_instances: SmallInstances, small_world: Sequence[Record]) -> Store:
    """The small world with records that must not leave."""
    return small_instances.instance([*small_world, *hidden()]).store


def dumped(store: Store, name: str, selection: Selection | None = None) -> bytes:
    """One dump."""
    file = io.BytesIO()
    chosen = format_named(name)
    selection = chosen.narrowed(selection or Selection())
    chosen.write(store, selection, BASE, file, report=lambda _: None)
    return file.getvalue()


def refs(store: Store, **filters: object) -> set[str]:
    """References of a selection."""
    return {record.record.ref for record in selected(store, Selection.of(**filters))}


def expected_triples(store: Store) -> set[Triple]:
    """What the records say, taken one by one."""
    writer = RdfWriter(BASE)
    return {triple for record in published(store) for triple in record.triples(writer)}


def test_records_read_without_validation_equal_validated_ones(world: Store) -> None:
    for type_name in RECORD_TYPES:
        validated = {stored.record.ref: stored.record for stored in world.records(type_name)}
        for record in published(world, [type_name], illustrative=True):
            assert record.record == validated[record.record.ref]
            assert record.record.content_hash == validated[record.record.ref].content_hash


@pytest.mark.parametrize("name", SYNTAXES)
def test_pyoxigraph_reads_back_every_triple(world: Store, name: str) -> None:
    found = [Triple(*quad.triple) for quad in parse(dumped(world, name), format=SYNTAXES[name])]
    assert set(found) == expected_triples(world)


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")  # rdflib's parsers use what it deprecates
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "parser"),
    [("nquads", "nquads"), ("trig", "trig"), ("turtle", "turtle"), ("ntriples", "nt"), ("jsonld", "json-ld")],
)
def test_rdflib_reads_back_as_many_triples(world: Store, name: str, parser: str) -> None:
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=dumped(world, name), format=parser)
    assert len(set(graph.triples((None, None, None)))) == len(expected_triples(world))


def test_quads_stand_in_the_graph_of_their_record(world: Store) -> None:
    quads: list[Quad] = list(parse(dumped(world, "nquads"), format=RdfFormat.N_QUADS))
    names = {str(quad.graph_name) for quad in quads}
    assert names == {f"<{BASE}/{record.record.ref}>" for record in published(world)}
    of_need = [quad for quad in quads if str(quad.graph_name) == f"<{BASE}/need/coffee-label>"]
    writer = RdfWriter(BASE)
    [need] = [each for each in published(world, ["need"]) if each.record.id == "coffee-label"]
    assert {quad.triple for quad in of_need} == set(need.triples(writer))


def test_json_ld_expands_compacts_and_frames(world: Store) -> None:
    document = json.loads(dumped(world, "jsonld"))
    quads = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert {quad.triple for quad in parse(quads, format=RdfFormat.N_QUADS)} == expected_triples(world)
    expanded = jsonld.expand(document)
    kenya = f"{BASE}/country/KEN"
    classes = [node["@type"] for node in expanded if node["@id"] == kenya and "@type" in node]
    assert classes
    assert all(RDF.type not in node for node in expanded)
    again = jsonld.compact(expanded, document["@context"])
    assert jsonld.to_rdf(again, {"format": "application/n-quads"}) == quads
    frame = {"@context": document["@context"], "@type": "schema:Project", "org:hasMember": {}}
    framed = jsonld.frame(document, frame)
    assert {node["@id"] for node in framed["@graph"]} == {
        f"{BASE}/partnership/coffee-partnership",
        f"{BASE}/partnership/open",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_hidden_records_leave_in_no_format(world: Store, name: str) -> None:
    content = dumped(world, name)
    text = unpacked(content) if FORMATS[name].compressed else content.decode()
    assert "open" in text.lower()
    for secret in SECRETS:
        assert secret not in text.lower(), secret


def unpacked(content: bytes) -> str:
    """Every part of a workbook."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_an_illustrative_record_leaves_where_it_is_asked_for(world: Store, name: str) -> None:
    text = dumped(world, name, Selection(illustrative=True)).decode()
    assert "Invented offer" in text
    assert "Authenticity-illustrative" in text
    assert "mbargoed" not in text


def test_counts_are_those_of_the_dump(world: Store) -> None:
    counted = count(world, Selection())
    assert counted["need"] == 1
    assert counted["practice"] == 1
    assert counted["offer"] == 1
    assert count(world, Selection(illustrative=True))["offer"] == 2
    for name, number in counted.items():
        assert number == len(list(published(world, [name])))


def test_filters(world: Store) -> None:
    assert refs(world, type=("need", "offer")) == {"need/coffee-label", "offer/capacitacion-ig"}
    assert refs(world, cluster="agriculture") == {
        "cluster/agriculture",
        "cluster/geographical-indications",
        "need/coffee-label",
        "offer/capacitacion-ig",
        "partnership/coffee-partnership",
        "partnership/open",
    }
    assert refs(world, country="KEN") == {
        "country/KEN",
        "stakeholder/kipi",
        "need/coffee-label",
        "partnership/coffee-partnership",
    }
    assert refs(world, country="country/BRA", type=("offer",)) == {"offer/capacitacion-ig"}
    assert refs(world, language="fr") == {"partnership/open"}
    assert refs(world, language="es", country="BRA") == {"offer/capacitacion-ig"}


def test_a_country_is_not_found_through_an_office_that_is_hidden(world: Store) -> None:
    assert "partnership/open" not in refs(world, country="VNM")


def test_since_has_what_changed_then_or_later(world: Store) -> None:
    changed = world.get("need/coffee-label")
    assert changed is not None
    world.write([changed.record.model_copy(update={"source": "changed"})])
    moment = world.get("need/coffee-label")
    assert moment is not None
    assert refs(world, since=moment.modified_at) == {"need/coffee-label"}
    assert refs(world, since=moment.modified_at.isoformat()) == {"need/coffee-label"}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert refs(world, since=tomorrow.date().isoformat()) == set()


@pytest.mark.parametrize(
    "filters",
    [
        {"cluster": "nonexistent"},
        {"country": "XXX"},
        {"country": "stakeholder/kipi"},
        {"type": ("planet",)},
        {"since": "yesterday"},
        {"language": "English"},
    ],
)
def test_a_filter_that_cannot_be_right_is_an_error_that_names_it(
    world: Store, filters: dict[str, object]
) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        refs(world, **filters)
    assert next(iter(filters)) in str(caught.value)


def test_a_format_of_partnerships_refuses_other_types(world: Store) -> None:
    with pytest.raises(InvalidRecordError, match="partnership"):
        format_named("csv").narrowed(Selection(types=("need",)))


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_a_dump_is_the_same_each_time_and_however_it_was_written(
    store: Store, small_world: Sequence[Record], name: str
) -> None:
    def without_times(content: bytes) -> list[str]:
        lines = content.decode().splitlines()
        return [line for line in lines if "created" not in line and "modified" not in line]

    store.write(small_world)
    first, second = dumped(store, name), dumped(store, name)
    assert first == second
    store.update(("MATCH (n) DETACH DELETE n", {}))
    for record in small_world:
        store.write([record])
    if name != "jsonld":  # one line a node, and no line of times alone
        assert without_times(dumped(store, name)) == without_times(first)


def test_gzip_holds_neither_time_nor_name() -> None:
    def compressed() -> bytes:
        file = io.BytesIO()
        with gzipped(file) as output:
            output.write(b"the same")
        return file.getvalue()

    assert compressed() == compressed()
    assert compressed()[3:8] == b"\0\0\0\0\0"
    assert gzip.decompress(compressed()) == b"the same"


def test_an_export_over_http(api: Api) -> None:
    api.instance.store.write(hidden())
    answer = api.call("GET", "/export/nquads", params={"type": ["need", "offer"]})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/n-quads")
    assert 'filename="trimatch.nq"' in answer.headers["content-disposition"]
    assert b"coffee-label" in answer.content
    assert b"mbargoed" not in answer.content
    tag = answer.headers["etag"]
    assert _again(api, tag) == 304
    record = api.instance.store.get("need/coffee-label")
    assert record is not None
    api.instance.store.write([record.record.model_copy(update={"source": "changed"})])
    assert _again(api, tag) == 200
    head = api.call("HEAD", "/export/nquads", params={"type": ["need", "offer"]})
    assert head.status_code == 200
    assert head.headers["last-modified"]


def _again(api: Api, tag: str) -> int:
    parameters = {"type": ["need", "offer"]}
    answer = api.call("GET", "/export/nquads", params=parameters, headers={"If-None-Match": tag})
    return int(answer.status_code)


def test_a_compressed_export_over_http(api: Api) -> None:
    plain = api.call("GET", "/export/turtle")
    packed = api.call("GET", "/export/turtle", params={"gzip": "true"})
    assert packed.headers["content-type"] == "application/gzip"
    assert 'filename="trimatch.ttl.gz"' in packed.headers["content-disposition"]
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]


def test_formats_and_counts_over_http(api: Api) -> None:
    api.instance.store.write(hidden())
    listed = api.call("GET", "/export").json()
    assert [each["name"] for each in listed["formats"]] == list(FORMATS)
    counts = api.call("GET", "/export/count", params={"country": "KEN"}).json()
    assert counts["total"] == 4
    assert counts["types"]["need"] == 1


def test_errors_of_an_export_over_http(api: Api) -> None:
    assert api.call("GET", "/export/rdfxyz").status_code == 404
    unknown = api.call("GET", "/export/turtle", params={"cluster": "nonexistent"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "cluster"
    assert api.call("GET", "/export/turtle", params={"since": "yesterday"}).status_code == 422
    assert api.call("GET", "/export/turtle", params={"unknown": "1"}).status_code == 422


def test_csv_over_http_holds_partnerships(api: Api) -> None:
    rows: Iterator[list[str]] = csv.reader(io.StringIO(api.call("GET", "/export/csv").text))
    assert len(list(rows)) == 2
