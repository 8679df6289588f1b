"""IATI, CSV and XLSX from the graph: what leaves, and that it is the same each time."""

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from lxml import etree

from export.formats import FORMATS
from export.selection import Selection
from graph_model.errors import InvalidRecordError
from graph_model.nodes import Partnership
from graph_model.record import Authenticity, Record, Status
from graph_model.relationships import Participation, Role
from graph_model.store import Store
from tests.service.small_instances import SmallInstances

BASE = "https://trimatch.example.org"
FORMAT_NAMES = ("iati", "csv", "xlsx")


def exported(store: Store, name: str, **selection: Any) -> bytes:
    output, told = io.BytesIO(), list[int]()
    FORMATS[name].write(store, Selection(**selection), BASE, output, report=told.append)
    assert told
    return output.getvalue()


def ids_in_iati(document: bytes) -> list[str]:
    tree = etree.fromstring(document)
    return [each.get("linked-data-uri", "").rpartition("/")[2] for each in tree.iter("iati-activity")]


def ids_in_csv(document: bytes) -> list[str]:
    rows = csv.DictReader(io.StringIO(document.decode(), newline=""))
    return [row["iri"].rpartition("/")[2] for row in rows]


def ids_in_xlsx(document: bytes) -> list[str]:
    head, *rows = openpyxl.load_workbook(io.BytesIO(document))["Partnerships"].iter_rows(values_only=True)
    return [str(row[head.index("iri")]).rpartition("/")[2] for row in rows]


READERS: dict[str, Callable[[bytes], list[str]]] = {
    "iati": ids_in_iati,
    "csv": ids_in_csv,
    "xlsx": ids_in_xlsx,
}


def partnership(identifier: str, **changes: Any) -> Partnership:
    fields: dict[str, Any] = {
        "title": {"en": f"Title of {identifier}"},
        "start": "2020",
        "parties": [Participation(party="country/KEN", role=Role.BENEFICIARY)],
        "source": "test",
    }
    return Partnership(id=identifier, **fields | changes)


@pytest.fixture
def world(small_instances: SmallInstances, small_world: list[Record]) -> Store:
    """Partnerships of every status and authenticity, and one with parties that are not public."""
    hidden = [
        record.model_copy(update={"id": f"secret-{status.value}", "status": status})
        for record in small_world
        if record.ref == "stakeholder/kipi"
        for status in (Status.DRAFT, Status.WITHDRAWN)
    ]
    secrets = [Participation(party=record.ref, role=Role.PIVOTAL) for record in hidden]
    open_party = Participation(party="stakeholder/kipi", role=Role.BENEFICIARY)
    written = small_instances.instance(
        [
            *small_world,
            *hidden,
            partnership("draft", status=Status.DRAFT),
            partnership("withdrawn", status=Status.WITHDRAWN),
            partnership("closed", status=Status.CLOSED),
            partnership("illustration", authenticity=Authenticity.ILLUSTRATIVE),
            partnership("with-secrets", parties=[open_party, *secrets]),
        ]
    )
    return written.store


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_only_published_partnerships_leave(world: Store, name: str) -> None:
    document = exported(world, name)
    assert READERS[name](document) == ["coffee-partnership", "with-secrets"]
    assert b"secret-" not in document


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_an_illustrative_one_leaves_where_it_was_asked_for(world: Store, name: str) -> None:
    found = READERS[name](exported(world, name, illustrative=True))
    assert found == ["coffee-partnership", "illustration", "with-secrets"]


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_same_graph_gives_the_same_bytes(world: Store, name: str) -> None:
    assert exported(world, name) == exported(world, name)


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_filters_hold(world: Store, name: str) -> None:
    assert READERS[name](exported(world, name, cluster="agriculture")) == ["coffee-partnership"]
    assert READERS[name](exported(world, name, types=("need",))) == []


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_an_unknown_cluster_is_an_error_before_anything_is_written(world: Store, name: str) -> None:
    output = io.BytesIO()
    with pytest.raises(InvalidRecordError, match="cluster"):
        FORMATS[name].write(world, Selection(cluster="none"), BASE, output, report=lambda _: None)
    assert output.getvalue() == b""


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_an_empty_graph_gives_a_file_that_opens(store: Store, name: str) -> None:
    assert READERS[name](exported(store, name)) == []


def test_names_are_in_the_asked_language(world: Store) -> None:
    document = exported(world, "csv", names="es").decode()
    assert "Indicaciones geográficas" in document


def test_only_one_of_two_partnerships_keeps_an_iati_identifier(world: Store) -> None:
    known = {"source": "IATI Datastore", "source_identifier": "XX-1-7"}
    world.write([partnership("second", **known), partnership("first", **known)])
    tree = etree.fromstring(exported(world, "iati"))
    identifiers = {
        each.get("linked-data-uri", "").rpartition("/")[2]: each.findtext("iati-identifier")
        for each in tree.iter("iati-activity")
    }
    assert identifiers["first"] == "XX-1-7"
    assert identifiers["second"] == "trimatch.example.org-second"
