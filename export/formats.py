"""Every format of an export, by the name that the command line and the addresses use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Final, Protocol

from pyoxigraph import RdfFormat

from export.bulk_dump import WORTH_PROCESSES, write_rdf_in_bulk
from export.dump import write_rdf
from export.flat import write_csv
from export.iati import write_iati
from export.selection import Selection
from export.workbook import XLSX_MEDIA_TYPE, write_xlsx
from graph_model.errors import FieldProblem, InvalidRecordError, NotFoundError
from graph_model.messages import N_, Message
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.store import Store

_HOLDS_ONLY: Final = N_("{format} holds nothing but: {types}; choose those or another format")
Report = Callable[[int], None]
"""Told now and then how many records have been written so far."""


class Write(Protocol):
    """Writes the selected records to a binary file in constant memory, the same bytes for the same graph.

    public_base: the start of every IRI. Raises InvalidRecordError where the selection names what is not
    published, UnavailableError.
    """

    def __call__(
        self, store: Store, selection: Selection, public_base: str, output: IO[bytes], *, report: Report
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of an export.

    media_type: without parameters. suffix: of a file's name, with its dot. types: record types that it can
    hold. write_in_bulk: writes the same bytes by several processes, None where that cannot be. compressed:
    in itself, so that gzip would gain nothing. dated: whether the bytes depend on the day too. title: for
    people.
    """

    title: str
    media_type: str
    suffix: str
    write: Write
    types: tuple[str, ...] = tuple(RECORD_TYPES)
    write_in_bulk: Write | None = None
    compressed: bool = False
    dated: bool = False

    def write_for(self, records: int) -> Write:
        """The faster way to write so many records."""
        return self.write_in_bulk if self.write_in_bulk and records >= WORTH_PROCESSES else self.write

    def narrowed(self, selection: Selection) -> Selection:
        """The part of a selection that it can hold. Raises InvalidRecordError where that is nothing."""
        types = tuple(name for name in selection.type_names if name in self.types)
        if not types:
            reason = Message(_HOLDS_ONLY, {"format": self.title, "types": ", ".join(self.types)})
            raise InvalidRecordError([FieldProblem.of("type", ", ".join(selection.type_names), reason)])
        return selection.model_copy(update={"types": types})


def _rdf(rdf_format: RdfFormat, suffix: str | None = None) -> ExportFormat:
    return ExportFormat(
        title=rdf_format.name,
        media_type=rdf_format.media_type,
        suffix=suffix or f".{rdf_format.file_extension}",
        write=partial(write_rdf, rdf_format),
        write_in_bulk=None if rdf_format == RdfFormat.JSON_LD else partial(write_rdf_in_bulk, rdf_format),
    )


RDF_FORMATS: Final = {
    "nquads": "N-Quads",
    "trig": "TriG",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
}
"""The formats that are RDF, with their names at the W3C."""
_PARTNERSHIPS: Final = (Partnership.type_name,)

FORMATS: Final[Mapping[str, ExportFormat]] = {
    "nquads": _rdf(RdfFormat.N_QUADS),
    "trig": _rdf(RdfFormat.TRIG),
    "turtle": _rdf(RdfFormat.TURTLE),
    "ntriples": _rdf(RdfFormat.N_TRIPLES),
    "jsonld": _rdf(RdfFormat.JSON_LD, ".jsonld"),
    "iati": ExportFormat(
        "IATI 2.03 activities", "application/xml", ".xml", write_iati, _PARTNERSHIPS, dated=True
    ),
    "csv": ExportFormat("CSV of partnerships", "text/csv", ".csv", write_csv, _PARTNERSHIPS),
    "xlsx": ExportFormat(
        "Excel workbook of partnerships", XLSX_MEDIA_TYPE, ".xlsx", write_xlsx, _PARTNERSHIPS, compressed=True
    ),
}


def format_named(name: str) -> ExportFormat:
    """Raises NotFoundError, which lists the formats."""
    if name not in FORMATS:
        raise NotFoundError(
            N_("no export format is called {name!r}; formats are: {known}"),
            name=name,
            known=", ".join(FORMATS),
        )
    return FORMATS[name]
