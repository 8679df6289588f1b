"""One export in a process of its own: ``python -m bench._export_work ENGINE FORMAT BASE OUTPUT``.

The connection to read from comes on standard input, as JSON. Prints as JSON the number of records, the
seconds, and the largest resident memory of the process and its children, in bytes.
"""

import gc
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import rdflib

from export.formats import format_named
from export.published import PublicRecord, count, selected
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

    write = format_named(name).write_for(sum(count(store, SELECTION).values()))
    with output.open("wb") as file:
        write(store, SELECTION, base, file, report=report)
    return written


def by_rdflib(store: Store, name: str, base: str, output: Path) -> int:
    """The same records, read the same way, through a graph of rdflib and its serializer."""
    # As the processes of our export do: looking again and again at a graph that only grows costs a third.
    gc.freeze()
    gc.disable()
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


class _Memory(threading.Thread):
    """Looks ten times a second how much memory this process and its children hold together.

    Pages that they share count once for each of them, so that the peak is never told too small.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self._look()

    def stop(self) -> int:
        """The peak in bytes."""
        self._over.set()
        self.join()
        self._look()
        return self.peak

    def _look(self) -> None:
        own = os.getpid()
        children = Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()
        self.peak = max(self.peak, sum(_resident(process) for process in [str(own), *children]))


def _resident(process: str) -> int:
    """Bytes that a process holds in memory, 0 where it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def main(arguments: list[str]) -> int:
    """Export once and print what it took."""
    engine, name, base, output = arguments
    store = Store(Connection(**json.load(sys.stdin)))
    memory = _Memory()
    memory.start()
    began = time.perf_counter()
    records = ENGINES[engine](store, name, base, Path(output))
    seconds = time.perf_counter() - began
    peak = memory.stop()
    store.close()
    print(json.dumps({"records": records, "seconds": seconds, "peak": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
