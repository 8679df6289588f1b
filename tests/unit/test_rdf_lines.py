"""Lines that are written without pyoxigraph's serializer have its bytes."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, serialize

from graph_model.derive.rdf import LineWriter, RdfWriter
from graph_model.modality import Modality
from graph_model.nodes import Need
from graph_model.record import Record
from tests.records import AWKWARD, records

BASE = "https://match.example.org/app"
OBJECTS = RdfWriter(BASE)
LINES = LineWriter(BASE)


def lines(record: Record, graph: str | None, moment: datetime | None = None) -> bytes:
    stated = LINES.statements(record, created_at=moment, modified_at=moment, modalities=[Modality.TRIANGULAR])
    return LINES.lines(stated, graph).encode()


@settings(max_examples=200, deadline=None)
@given(records, st.none() | st.datetimes(timezones=st.timezones()))
def test_n_quads_are_those_of_the_serializer(record: Record, moment: datetime | None) -> None:
    quads = OBJECTS.quads(record, created_at=moment, modified_at=moment, modalities=[Modality.TRIANGULAR])
    wanted = serialize(quads, format=RdfFormat.N_QUADS)
    assert lines(record, LINES.node(record.ref), moment) == wanted


@settings(max_examples=100, deadline=None)
@given(records)
def test_n_triples_are_those_of_the_serializer(record: Record) -> None:
    wanted = serialize(OBJECTS.triples(record, modalities=[Modality.TRIANGULAR]), format=RdfFormat.N_TRIPLES)
    assert lines(record, None) == wanted


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_are_escaped_as_the_serializer_does(text: str) -> None:
    need = Need(id="n", title={"zh": text}, sought_by=["country/KEN"], source=text)
    assert lines(need, None) == serialize(
        OBJECTS.triples(need, modalities=[Modality.TRIANGULAR]), format=RdfFormat.N_TRIPLES
    )
