"""A process that writes pages of a dump: ``python -m export.page_writer``, and its caller's side.

Writing statements holds the interpreter lock, so that threads gain nothing; the pages of a dump are
independent of each other but for the reference after which each begins.

Lines of JSON go in: first what to write, then for each page its type and that reference. For each page there
come out a line once it is read, with the reference after which the next one begins (null for the last page of
a type), and one with the number of its records and bytes, before these bytes.
"""

import gc
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO, Final, cast

from pyoxigraph import RdfFormat

from export.dump import head, write_records
from export.published import record_filter, with_modalities
from export.selection import Selection
from graph_model.connection import Connection
from graph_model.errors import TrimatchError, UnavailableError
from graph_model.store import Store

_ENDED: Final = "a process that writes pages of the export has ended; try again"


class PageWriter:
    """One such process. Its methods raise UnavailableError where it is gone or Neo4j is, and are called in
    turn: start, then finish.
    """

    def __init__(
        self,
        connection: Connection,
        rdf_format: RdfFormat,
        selection: Selection,
        public_base: str,
        page: int,
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)
        self._send(
            {
                "connection": asdict(connection),
                "media_type": rdf_format.media_type,
                "selection": selection.model_dump(mode="json"),
                "public_base": public_base,
                "page": page,
            }
        )

    @property
    def process_id(self) -> int:
        """Of the process."""
        return self._process.pid

    def start(self, type_name: str, after: str) -> str | None:
        """Read a page and begin to write it; the reference after which the next one begins, None for none."""
        self._send([type_name, after])
        following = self._answer()["next"]
        return None if following is None else str(following)

    def finish(self) -> tuple[int, bytes]:
        """Wait for the page: how many records it has, and its bytes without prefixes."""
        told = self._answer()
        content = self._answers.read(told["bytes"])
        if len(content) < told["bytes"]:
            raise UnavailableError(_ENDED)
        return int(told["records"]), content

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._requests.close()
        self._answers.close()

    def _send(self, message: object) -> None:
        try:
            self._requests.write(json.dumps(message).encode() + b"\n")
            self._requests.flush()
        except OSError as problem:
            raise UnavailableError(_ENDED) from problem

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise UnavailableError(_ENDED)
        told: dict[str, Any] = json.loads(line)
        if "unavailable" in told:
            raise UnavailableError(told["unavailable"])
        return told


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Write pages until the caller closes the pipe or is gone. Ctrl-C is the caller's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setup = json.loads(requests.readline())
    store = Store(Connection(**setup["connection"]))
    # Nothing that pages leave behind outlives them: collecting once a page is a fifth faster.
    gc.freeze()
    gc.disable()

    def answer(message: dict[str, Any], content: bytes = b"") -> None:
        answers.write(json.dumps(message).encode() + b"\n" + content)
        answers.flush()

    try:
        _serve(store, setup, requests, answer)
    except TrimatchError as problem:
        answer({"unavailable": str(problem)})
    finally:
        store.close()


def _serve(store: Store, setup: dict[str, Any], requests: BinaryIO, answer: Callable[..., None]) -> None:
    rdf_format = RdfFormat.from_media_type(setup["media_type"])
    if rdf_format is None:
        raise ValueError(f"{setup['media_type']} is no RDF format")
    selection = Selection.of(**setup["selection"])
    base, page = setup["public_base"], setup["page"]
    wanted = record_filter(store, selection)
    beginning = head(rdf_format, base)
    for line in requests:
        type_name, after = json.loads(line)
        found = store.page_of_selected(type_name, wanted, after, page)
        # Told at once: the next page waits for it.
        answer({"next": found.last if len(found.rows) == page else None})
        output = io.BytesIO()
        write_records(rdf_format, with_modalities(store, found.records()), base, output)
        content = output.getvalue().removeprefix(beginning)
        answer({"records": len(found.rows), "bytes": len(content)}, content)
        gc.collect()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
