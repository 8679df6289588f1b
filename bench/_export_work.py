"""One export in a process of its own: ``python -m bench._export_work ENGINE FORMAT BASE OUTPUT``.

The connection to read from comes on standard input, as JSON. Prints as JSON the number of records, the
seconds, and the largest resident memory of the process in bytes.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import rdflib

from export.formats import format_named
from export.published import PublicRecord, selected
from export.selection import Selection
from graph_model.connection import Connection
from graph_model.derive.rdf import RdfWriter
from graph_model.store import Store

SELECTION: Final = Selection(illustrative=True)  # the synthetic graph is
_SYNTAX: Final = {"nquads": "nquads", "ntriples": "nt", "turtle": "turtle", "trig": "trig"}
_WITH_GRAPHS: Final = ("nquads", "trig")


def by_product(store: Store, name: str, base: str, output: Path) -> int:
    """Our export; how many records."""
    written = 0

    def report(records: int) -> None:
        nonlocal written
        written = records

    with output.open("wb") as file:
        format_named(name).write(store, SELECTION, base, file, report=report)
    return written


def by_rdflib(store: Store, name: str, base: str, output: Path) -> int:
    """The same records, read the same way, through a graph of rdflib and its serializer."""
    writer = RdfWriter(base)
    dataset = rdflib.Dataset()
    plain = rdflib.Graph()
    records = 0
    for record in selected(store, SELECTION):
        records += 1
        if name in _WITH_GRAPHS:
            graph = dataset.graph(rdflib.URIRef(writer.node(record.record.ref).value))
        else:
            graph = plain
        for triple in _rdflib_triples(record, writer):
            graph.add(triple)
    chosen = dataset if name in _WITH_GRAPHS else plain
    chosen.serialize(destination=str(output), format=_SYNTAX[name], encoding="utf-8")
    return records


ENGINES: Final[dict[str, Callable[[Store, str, str, Path], int]]] = {
    "trimatch": by_product,
    "rdflib": by_rdflib,
}


def _rdflib_triples(record: PublicRecord, writer: RdfWriter) -> Iterator[tuple[Any, Any, Any]]:
    for statement in record.statements(writer):
        yield tuple(_rdflib_term(term) for term in statement)  # type: ignore[misc]


def _rdflib_term(term: Any) -> rdflib.URIRef | rdflib.Literal:
    language = getattr(term, "language", None)
    if not hasattr(term, "datatype"):
        return rdflib.URIRef(term.value)
    if language:
        return rdflib.Literal(term.value, lang=language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


def _peak() -> int:
    """Largest resident memory in bytes; getrusage would tell the parent's where that was larger."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [kib] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(kib) * 1024


def main(arguments: list[str]) -> int:
    """Export once and print what it took."""
    engine, name, base, output = arguments
    store = Store(Connection(**json.load(sys.stdin)))
    began = time.perf_counter()
    records = ENGINES[engine](store, name, base, Path(output))
    seconds = time.perf_counter() - began
    peak = _peak()
    store.close()
    print(json.dumps({"records": records, "seconds": seconds, "peak": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
