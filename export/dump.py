"""Whole selections as RDF files: streamed in constant memory, the same bytes for the same graph.

N-Quads and TriG put each record in the graph that its own IRI names; the other formats have no graphs.
"""

import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Final, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from export.dump_jsonld import write_jsonld
from export.jsonld import prefixes
from export.published import PublicRecord, selected
from export.selection import Selection
from graph_model.derive.rdf import LineWriter, RdfWriter
from graph_model.store import Store

REPORT_EVERY: Final = 500
_GZIP_LEVEL: Final = 6
_A_LINE_A_STATEMENT: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


def write_rdf(
    rdf_format: RdfFormat,
    store: Store,
    selection: Selection,
    public_base: str,
    output: IO[bytes],
    *,
    report: Callable[[int], None],
) -> None:
    """Write the records of a selection as RDF.

    report: told now and then, and at the end, how many records were written. Raises InvalidRecordError where
    the selection names what is not published, UnavailableError, and OSError where output cannot be written.
    """
    write_records(rdf_format, _counted(selected(store, selection), report), public_base, output)


def write_records(
    rdf_format: RdfFormat, records: Iterable[PublicRecord], public_base: str, output: IO[bytes]
) -> None:
    """Write records as RDF, each as it comes. Raises what the iteration and the writing do."""
    if rdf_format in _A_LINE_A_STATEMENT:
        _write_lines(records, LineWriter(public_base), output, named=rdf_format.supports_datasets)
        return
    writer = RdfWriter(public_base)
    if rdf_format == RdfFormat.JSON_LD:
        write_jsonld(records, writer, public_base, output)
        return
    items: Iterable[Triple] | Iterable[Quad]
    if rdf_format.supports_datasets:
        items = (quad for record in records for quad in record.quads(writer))
    else:
        items = (triple for record in records for triple in record.triples(writer))
    serialize(items, output, rdf_format, prefixes=prefixes(public_base))


def _write_lines(
    records: Iterable[PublicRecord], writer: LineWriter, output: IO[bytes], *, named: bool
) -> None:
    """named: whether each record stands in the graph that its own IRI names."""
    for record in records:
        graph = writer.node(record.record.ref) if named else None
        output.write(writer.lines(record.statements(writer), graph).encode())


def head(rdf_format: RdfFormat, public_base: str) -> bytes:
    """The prefixes with which a file of this format begins, unless it has no statement."""
    node = NamedNode(public_base)
    file = io.BytesIO()
    serialize([Triple(node, node, node)], file, rdf_format, prefixes=prefixes(public_base))
    return b"".join(line for line in file.getvalue().splitlines(True) if line.startswith(b"@prefix"))


@contextmanager
def gzipped(output: IO[bytes]) -> Iterator[IO[bytes]]:
    """A binary file whose bytes go to output compressed, without the time or a name in the header."""
    with gzip.GzipFile(
        filename="", mode="wb", fileobj=output, compresslevel=_GZIP_LEVEL, mtime=0
    ) as compressed:
        yield cast(IO[bytes], compressed)  # it is one, but typeshed does not say so


def _counted(records: Iterable[PublicRecord], report: Callable[[int], None]) -> Iterator[PublicRecord]:
    written = 0
    for record in records:
        yield record
        written += 1
        if written % REPORT_EVERY == 0:
            report(written)
    report(written)
