"""Dumps of many records: the bytes of ``export.dump``, written by a process a core."""

import os
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import IO, Final

from pyoxigraph import RdfFormat

from export.dump import head
from export.page_writer import PageWriter
from export.published import record_filter
from export.selection import Selection
from graph_model.store import PAGE, Store

WORTH_PROCESSES: Final = 5_000
"""Records from which processes, which take a second to start, write a dump sooner than one process does."""
_MOST_PROCESSES: Final = 4
"""Pages are read one after the other, which more processes would wait for."""


def write_rdf_in_bulk(
    rdf_format: RdfFormat,
    store: Store,
    selection: Selection,
    public_base: str,
    output: IO[bytes],
    *,
    report: Callable[[int], None],
    processes: int | None = None,
    page: int = PAGE,
) -> None:
    """As ``write_rdf``, with the same bytes; not for JSON-LD, whose documents cannot be joined.

    processes: how many write, by default one a core, at least two and at most four. page: records that are
    written at a time, all of which are in memory.
    """
    record_filter(store, selection)  # raises before anything is written
    processes = processes or max(2, min(os.cpu_count() or 1, _MOST_PROCESSES))
    with ExitStack() as ending:
        idle = deque[PageWriter]()
        for _ in range(processes):
            writer = PageWriter(store.connection, rdf_format, selection, public_base, page)
            idle.append(ending.enter_context(closing(writer)))
        busy = deque[PageWriter]()
        prefixes = head(rdf_format, public_base)
        begun, written = False, 0

        def finish_oldest() -> None:
            nonlocal begun, written
            writer = busy.popleft()
            records, content = writer.finish()
            if content:
                output.write(content if begun else prefixes + content)
                begun = True
            written += records
            report(written)
            idle.append(writer)

        for type_name in selection.type_names:
            after: str | None = ""
            while after is not None:
                if not idle:
                    finish_oldest()
                writer = idle.popleft()
                after = writer.start(type_name, after)
                busy.append(writer)
        while busy:
            finish_oldest()
    report(written)
