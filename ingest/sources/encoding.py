"""The encoding of a text file, found out before a row is read."""

import codecs
import re
from pathlib import Path
from typing import BinaryIO, Final

from charset_normalizer import from_bytes

from ingest.sources.rows import UnreadableFileError

CHUNK: Final = 1 << 20
SAMPLE: Final = 1 << 18
UNDECODED: Final = re.compile("[\udc80-\udcff]")
"""What a byte that is no UTF-8 becomes by the error handler surrogateescape."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook; save it as CSV, or use --source xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls); save it as .xlsx or CSV"),
    (b"%PDF", "a PDF document; export the table as CSV"),
    (b"\x1f\x8b", "compressed with gzip; decompress it first"),
)
# Legacy encodings of the six UN languages; a code page that nobody exports spreadsheets in is never a guess.
_LEGACY: Final = ["cp1252", "cp1251", "cp1256", "gb18030", "big5", "koi8_r", "iso8859_15", "mac_roman"]
_MANY_NULS: Final = 0.2


def text_encoding(path: Path) -> str:
    """The name of the codec that reads the file.

    Byte order mark, else UTF-8 where the whole file is valid or nearly so (then rows with broken bytes can be
    told by their surrogates), else UTF-16 by its NUL bytes, else the likeliest legacy code page.
    Raises UnreadableFileError for an empty file, another format, or bytes that no encoding explains.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
            raise UnreadableFileError(f"{path.name} is empty; nothing was loaded")
        for start, what in _OTHER_FORMATS:
            if head.startswith(start):
                raise UnreadableFileError(f"{path.name} is not a text file but {what}")
        for mark, codec in _MARKS:
            if head.startswith(mark):
                return codec
        if without_mark := _utf16_by_nuls(head):
            return without_mark
        file.seek(0)
        broken, sound = _utf8_census(file)
    if not broken or sound > 10 * broken:
        return "utf-8"
    return _legacy(path)


def _utf16_by_nuls(head: bytes) -> str | None:
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    half = min(len(head), 4096) / 2
    if odd > _MANY_NULS * half and even < odd / 10:
        return "utf-16-le"
    if even > _MANY_NULS * half and odd < even / 10:
        return "utf-16-be"
    return None


def _utf8_census(file: BinaryIO) -> tuple[int, int]:
    """Number of broken bytes and of sound multi-byte characters."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    broken = sound = 0
    while chunk := file.read(CHUNK):
        text = decoder.decode(chunk)
        if not text.isascii():
            escaped = len(UNDECODED.findall(text))
            broken += escaped
            sound += len(text) - len(text.encode("ascii", "ignore")) - escaped
    broken += len(decoder.decode(b"", final=True))
    return broken, sound


def _legacy(path: Path) -> str:
    """The likeliest code page of the lines that hold bytes above ASCII."""
    sample = bytearray()
    with path.open("rb") as file:
        while len(sample) < SAMPLE and (line := file.readline(CHUNK)):
            if not line.isascii():
                sample += line
    best = from_bytes(bytes(sample), cp_isolation=_LEGACY).best()
    if best is None:
        raise UnreadableFileError(
            f"{path.name} is neither UTF-8, UTF-16 nor a known code page; save it as CSV UTF-8 and try again"
        )
    return str(best.encoding)
