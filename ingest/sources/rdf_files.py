"""RDF files: their format, whether they are compressed, and their statements."""

import gzip
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from pyoxigraph import Quad, RdfFormat, Store, parse

from ingest.sources.rows import UnreadableFileError

FORMATS: Final[Mapping[str, RdfFormat]] = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".jsonld": RdfFormat.JSON_LD,
    ".rdf": RdfFormat.RDF_XML,
}
"""By the suffix of a file's name, a further ``.gz`` aside."""
LINE_FORMATS: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
MOST_LOADED_BYTES: Final = 1 << 30
"""Bytes, decompressed, of a file that has to be loaded before its records can be told apart."""
_HEAD: Final = 4_096
_GZIP: Final = b"\x1f\x8b"
_LINE: Final = re.compile(rb'(?:#[^\n]*\n|\s)*(?:<[^<>"\s]+>|_:\S+)\s+<[^<>"\s]+>\s+\S[^\n]*\.\s*(?:\n|$)')
_TURTLE: Final = re.compile(
    rb"(?:#[^\n]*\n|\s)*(?:@?(?:prefix|base)\s|<[^<>\s:]+:[^<>\s]*>\s)", re.IGNORECASE
)


class RdfFile:
    """An RDF file whose format is known by its name, or else by its beginning. Raises UnreadableFileError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._compressed = file.read(len(_GZIP)) == _GZIP
        self.format = self._format()

    def quads(self) -> Iterator[Quad | SyntaxError]:
        """The statements in the order of the file; of a format of lines, also the lines that hold none.

        Raises UnreadableFileError where nothing behind a mistake can be read.
        """
        with self._opened() as content:
            parser = parse(content, self.format)
            while True:
                try:
                    yield next(parser)
                except StopIteration:
                    return
                except SyntaxError as mistake:
                    if self.format not in LINE_FORMATS:
                        raise self._unreadable(mistake) from mistake
                    yield mistake
                except (OSError, EOFError, zlib.error) as problem:
                    raise self._damaged(problem) from problem

    @contextmanager
    def loaded(self, most: int | None = None) -> Iterator[Store]:
        """The statements in a store on disk, which is deleted afterwards.

        Raises UnreadableFileError for a file with a mistake, or above `most` bytes (MOST_LOADED_BYTES).
        """
        folder = tempfile.mkdtemp(prefix="trimatch-rdf-")
        try:
            store = Store(folder)
            with self._opened(MOST_LOADED_BYTES if most is None else most) as content:
                try:
                    store.bulk_load(content, self.format)
                except SyntaxError as mistake:
                    raise self._unreadable(mistake) from mistake
                except (OSError, EOFError, zlib.error) as problem:
                    raise self._damaged(problem) from problem
            yield store
            del store
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _opened(self, most: int | None = None) -> Iterator[IO[bytes]]:
        with self.path.open("rb") as file:
            content = gzip.GzipFile(fileobj=file) if self._compressed else file
            yield _Limited(content, self.path, most)  # type: ignore[misc]  # what pyoxigraph asks of a file

    def _format(self) -> RdfFormat:
        suffixes = [suffix.casefold() for suffix in self.path.suffixes if suffix.casefold() != ".gz"]
        if suffixes and suffixes[-1] in FORMATS:
            return FORMATS[suffixes[-1]]
        with self._opened() as content:
            head = content.read(_HEAD)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start:
            raise UnreadableFileError(f"{self.path.name} is empty; nothing was loaded")
        if start.startswith((b"<?xml", b"<rdf:RDF")):
            return RdfFormat.RDF_XML
        if start.startswith((b"{", b"[")):
            return RdfFormat.JSON_LD
        if _LINE.match(start):
            return RdfFormat.N_QUADS
        if _TURTLE.match(start):
            return RdfFormat.TRIG
        raise UnreadableFileError(
            f"{self.path.name} is in no format of RDF that its beginning shows; end its name in one of: "
            f"{', '.join(FORMATS)}, each also with .gz"
        )

    def _unreadable(self, mistake: SyntaxError) -> UnreadableFileError:
        where = f", line {mistake.lineno}" if mistake.lineno else ""
        return UnreadableFileError(
            f"{self.path.name}{where} is not {self.format.name}: {mistake.msg}. Correct the file, or "
            f"give its name the suffix of its format ({', '.join(FORMATS)})"
        )

    def _damaged(self, problem: Exception) -> UnreadableFileError:
        return UnreadableFileError(f"{self.path.name} is damaged ({problem}); fetch it again")


class _Limited:
    """A file for a parser that only reads; raises UnreadableFileError where it is longer than allowed."""

    def __init__(self, content: BinaryIO | gzip.GzipFile, path: Path, most: int | None) -> None:
        self._content = content
        self._path = path
        self._most = most
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        self._taken += len(piece)
        if self._most is not None and self._taken > self._most:
            raise UnreadableFileError(
                f"{self._path.name} holds more than {self._most >> 20} MiB, and its records are not in an "
                "order in which they can be read one by one. Convert it to N-Quads with the statements of "
                "each record together, as `trimatch export --format nquads` writes them, or split it"
            )
        return piece
