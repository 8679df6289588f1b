"""Partnerships as activities of the International Aid Transparency Initiative, IATI standard 2.03."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import IO, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from export.iati_activity import ActivityWriter, Publisher
from export.parties import NamedPartnership, selected_partnerships
from export.selection import Selection
from graph_model.store import Store
from graph_model.vocabulary import OwnTerm
from ingest.sources.activity import SOURCE_TEXT

IDENTIFIED_SOURCE: Final = SOURCE_TEXT
"""Source whose identifiers are IATI identifiers already."""

LOSSES: Final = """
Partnerships as IATI 2.03 activities. IATI cannot hold all that the linked data of this instance say:
- Roles. IATI has funding (1), accountable (2), extending (3) and implementing (4) organisations only. Here a
  facilitating partner is extending, since it supports and need not fund; a pivotal partner, whose experience
  is put to use, is implementing like those who implement; an organisation that benefits is accountable, and
  its country a recipient. A country that benefits is a recipient country and no organisation, unless it has
  no ISO code or there is no other party. The attribute trimatch:role keeps the role itself. When a party
  joined and left is lost.
- Modality. Triangular cooperation is collaboration type 8. The others are bilateral (1), or multilateral
  outflows (4) where only organisations of many states support; South-South cooperation has no type of its
  own. The attribute trimatch:modality keeps it.
- Percentages of countries and sectors are equal shares, because IATI asks for figures; they measure nothing.
- Sectors are thematic clusters of this instance's vocabulary. SDGs are tags. Themes are tags in free words.
- Dates known to the month or year are given as its first day (start) or last day (end), with a narrative that
  says so. Planned or actual, and the status, are as of the day of this file. An activity without an end may
  have ended.
- A partnership without any date is left out, because IATI asks for one; a comment stands in its place.
- Challenges and results are descriptions of type 4 (other). Needs answered and offers used are lost.
- Links are documents of category A12 (activity web page); their format is told from the address; an address
  that is no valid URI is left out.
- Transactions, budgets and results with indicators are not known to this instance.
The reporting organisation is a secondary reporter: it gathered these activities and carries none of them out.
"""
"""What is lost; stands at the head of every document."""


def publisher_of(public_base: str) -> Publisher:
    """The instance itself as reporting organisation: its address stands for a registered identifier."""
    address = urlsplit(public_base)
    return Publisher((address.netloc + address.path).replace("/", "-"), f"Trimatch, {public_base}")


def write_iati(
    store: Store,
    selection: Selection,
    public_base: str,
    output: IO[bytes],
    *,
    report: Callable[[int], None],
) -> None:
    """The partnerships of a selection as a document of IATI activities: see write_activities.

    Raises InvalidRecordError where the selection names what is not published, UnavailableError.
    """
    write_activities(selected_partnerships(store, selection, report), public_base, output)


def write_activities(
    partnerships: Iterable[NamedPartnership],
    public_base: str,
    output: IO[bytes],
    *,
    publisher: Publisher | None = None,
    today: date | None = None,
) -> None:
    """Write a whole document of IATI activities, one in memory at a time.

    The same bytes for the same graph, publisher and day. publisher: the instance itself by default. today:
    the day that divides planned from actual, in UTC by default.
    The schema has no document without an activity: that of an empty graph is well-formed and lacks only one.
    Raises UnavailableError.
    """
    writer = ActivityWriter(
        public_base, publisher or publisher_of(public_base), today or datetime.now(UTC).date()
    )
    namespace = quoteattr(OwnTerm("").iri(public_base))
    output.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<iati-activities version="2.03" xmlns:trimatch={namespace}>\n'
        f"<!--{LOSSES}-->\n".encode()
    )
    for partnership in partnerships:
        output.write(writer.activity(partnership, _iati_identifier(partnership)))
    output.write(b"</iati-activities>\n")


def _iati_identifier(partnership: NamedPartnership) -> str | None:
    """The IATI identifier that the record came with, unless another record goes by it."""
    record = partnership.record
    if record.source == IDENTIFIED_SOURCE and partnership.first_of_source:
        return record.source_identifier
    return None
