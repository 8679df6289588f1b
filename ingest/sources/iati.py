"""IATI activities in either form: the content of the file tells which."""

from collections.abc import Iterator
from pathlib import Path

from ingest.knowledge import Knowledge
from ingest.sources.activity import Activity, partnership_of
from ingest.sources.iati_json import read_json_lines
from ingest.sources.iati_xml import read_xml
from ingest.sources.rows import BadRow, Converted, RawRow, UnreadableFileError

_HEAD = 4_096


class IatiSource:
    """JSON lines of the IATI Datastore, or IATI 2.03 XML."""

    name = "iati"

    def read(self, path: Path) -> Iterator[RawRow[Activity] | BadRow]:
        """Activities in constant memory. Raises UnreadableFileError."""
        with path.open("rb") as file:
            head = file.read(_HEAD)
        start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
        if not start:
            raise UnreadableFileError(f"{path.name} is empty; nothing was loaded")
        if start == b"<":
            return read_xml(path)
        if start in (b"{", b"["):
            return read_json_lines(path)
        raise UnreadableFileError(
            f"{path.name} is neither XML nor JSON lines; is it a file of IATI activities?"
        )

    def convert(self, row: RawRow[Activity], knowledge: Knowledge) -> Converted:
        """The partnership of an activity. Raises InvalidRecordError, pydantic.ValidationError."""
        return partnership_of(row.content, knowledge)
