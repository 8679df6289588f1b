"""UNDP's table of South-South and triangular projects.

Host countries are beneficiaries; providers are pivotal where they are developing countries, else
facilitating. The mixed list of entities gives facilitating parties (multilaterals and the North) and
implementing ones. The table repeats some projects in other words: rows with one name become one partnership.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import Partnership
from graph_model.relationships import Role
from ingest.cleaning import looks_like_formula, one_line, plain_text
from ingest.knowledge import Knowledge
from ingest.organisation_names import merge_key
from ingest.organisations import Origin, slug_of
from ingest.parties import Parties
from ingest.sources.delimited import DelimitedFile, TableRow
from ingest.sources.rows import BadRow, Converted, RawRow, UnreadableFileError
from ingest.sources.undp_entities import entities_of
from ingest.subjects import clusters_of_themes, goals_of

SOURCE_TEXT: Final = "UNDP South-South visualisation, dataset of 2023-06-21"

NUMBER: Final = "Number"
NAME: Final = "Project Name"
LINKS: Final = "Links"
DESCRIPTION: Final = "Description"
HOST: Final = "Host/Recipient Country/ies"
PROVIDER: Final = "Provider Country/ies"
ENTITIES: Final = "Entity/ies Supporting and/or Implementing"
PRIVATE: Final = "Is the private sector involved?"
IMPLEMENTOR: Final = "UNDP as Implementor"
DONOR: Final = "UNDP as Donor"
START: Final = "Start year"
END: Final = "End year"
THEMES: Final = "Thematic Areas"
SUBTHEMES: Final = "Sub-thematic areas"
SDG_FIRST: Final = "Primary SDG Contribution"
SDG_FURTHER: Final = "Secondary SDG Contribution"
REQUIRED: Final = (NUMBER, NAME, DESCRIPTION, HOST, PROVIDER, ENTITIES, START, END, THEMES, SDG_FIRST)
OPTIONAL: Final = (LINKS, PRIVATE, IMPLEMENTOR, DONOR, SUBTHEMES, SDG_FURTHER)

LONGEST_ID: Final = 90
_OPEN_END: Final = frozenset({"present", "ongoing", "current"})
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+?(?=[,;.]?(?:\s|$)|,\s*https?://)")
_UNDP: Final = "United Nations Development Programme (UNDP)"

Rows = Sequence[TableRow]


class UndpSource:
    """Rows of one project each; rows of equal names come together, at the last of them."""

    name = "undp"

    def read(self, path: Path) -> Iterator[RawRow[Rows] | BadRow]:
        """Projects in constant memory: repeated names are found in a first pass, by 8 bytes a row."""
        table = DelimitedFile(path, frozenset((*REQUIRED, *OPTIONAL)))
        missing = [name for name in REQUIRED if name not in table.header]
        if missing:
            raise UnreadableFileError(
                f"{path.name} is not UNDP's table: it lacks the columns {'; '.join(missing)}. For a table of "
                f"your own use --source csv; 'trimatch template partnership' writes one with every column"
            )
        repeated = _repeated_names(table)
        waiting: dict[int, list[TableRow]] = defaultdict(list)
        for row in table.rows():
            if isinstance(row, BadRow):
                yield row
                continue
            key = _name_hash(row)
            if key not in repeated:
                yield RawRow(row.number, (row,), row.raw, row.position)
                continue
            waiting[key].append(row)
            repeated[key] -= 1
            if not repeated[key]:
                rows = waiting.pop(key)
                raw = "".join(each.raw for each in rows)
                yield RawRow(rows[0].number, tuple(rows), raw, row.position, len(rows) - 1)

    def convert(self, row: RawRow[Rows], knowledge: Knowledge) -> Converted:
        """The partnership of one project. Raises InvalidRecordError, pydantic.ValidationError."""
        rows = [each.cells for each in row.content]
        _refuse_formulas(rows)
        parties = Parties(knowledge, Origin(SOURCE_TEXT))
        for cells in rows:
            _add_parties(parties, cells)
        if not parties.found:
            raise InvalidRecordError([_no_party(rows[0])])
        themes = _distinct(rows, THEMES, SUBTHEMES)
        start, end = _years(rows)
        name = one_line(rows[0][NAME])
        numbers = tuple(number for cells in rows if (number := cells[NUMBER].strip()))
        clusters = clusters_of_themes(themes)
        goals = goals_of(_distinct(rows, SDG_FIRST, SDG_FURTHER))
        record = Partnership(
            id=identifier_of(name),
            source=SOURCE_TEXT,
            source_identifier=numbers[0] if numbers else None,
            retrieved_at=knowledge.retrieved_at,
            title={"en": name},
            description=_description(rows),
            themes=themes,
            clusters=[ref for ref in clusters if ref in knowledge.subjects],
            sdgs=[ref for ref in goals if ref in knowledge.subjects],
            start=start,
            end=end,
            private_sector=any(_yes(cells, PRIVATE) for cells in rows),
            links=_links(rows),
            parties=parties.listed(),
        )
        return Converted(record, numbers, parties.notes)


def identifier_of(name: str) -> str:
    """Identifier of a project: a slug of its name, with a hash where the name is longer than the slug."""
    slug = slug_of(name, LONGEST_ID)
    short = hashlib.sha256(merge_key(name).encode()).hexdigest()[:8]
    if not slug:
        return f"undp-{short}"
    return f"undp-{slug}" if slug == slug_of(name, 10_000) else f"undp-{slug}-{short}"


def _add_parties(parties: Parties, cells: dict[str, str]) -> None:
    for column in (HOST, PROVIDER):
        listed = parties.knowledge.countries.split_list(cells[column])
        parties.notes += [each.problem(column) for each in listed.unresolved]
        for iso3 in listed.resolved:
            if column == HOST:
                role = Role.BENEFICIARY
            else:
                role = Role.FACILITATING if parties.is_northern(iso3) else Role.PIVOTAL
            parties.add(f"country/{iso3}", role)
    country = _single_developing_country(parties)
    for name, home in entities_of(cells[ENTITIES], parties.knowledge):
        ref = parties.resolve(name, country, home=home)
        if ref is not None:
            _add_entity(parties, ref)
    if _yes(cells, IMPLEMENTOR) and (undp := parties.resolve(_UNDP)):
        parties.add(undp, Role.IMPLEMENTING)
    if _yes(cells, DONOR) and (undp := parties.resolve(_UNDP)):
        parties.add(undp, Role.FACILITATING)


def _add_entity(parties: Parties, ref: str) -> None:
    """The table does not say what an entity does: who can support facilitates, everyone else implements."""
    if ref.startswith("country/") and parties.has(ref):
        return
    parties.add(ref, Role.FACILITATING if parties.supports(ref) else Role.IMPLEMENTING)


def _single_developing_country(parties: Parties) -> str | None:
    """The one developing country of a row: where a ministry of no named country belongs."""
    countries = {ref.partition("/")[2] for ref, _ in parties.found if ref.startswith("country/")}
    developing = {iso3 for iso3 in countries if not parties.is_northern(iso3)}
    return next(iter(developing)) if len(developing) == 1 else None


def _years(rows: Sequence[dict[str, str]]) -> tuple[str | None, str | None]:
    """First start and last end of the rows; an open end in any row is an open end."""
    starts = [year for cells in rows if (year := cells[START].strip())]
    ends = [year for cells in rows if (year := cells[END].strip())]
    if any(year.casefold() in _OPEN_END for year in ends):
        ends = []
    return min(starts, default=None), max(ends, default=None)


def _description(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """The longest description: rows of one project describe it in nearly the same words."""
    texts = [plain_text(cells[DESCRIPTION]) for cells in rows]
    longest = max(texts, key=len)
    return {"en": longest} if longest else {}


def _links(rows: Sequence[dict[str, str]]) -> list[str]:
    found = (match[0] for cells in rows for match in _ADDRESS.finditer(cells.get(LINKS, "")))
    return list(dict.fromkeys(found))


def _distinct(rows: Sequence[dict[str, str]], *columns: str) -> list[str]:
    """Comma-separated values of some columns, each once."""
    values = (
        one_line(part) for cells in rows for column in columns for part in cells.get(column, "").split(",")
    )
    return list(dict.fromkeys(value for value in values if value))


def _yes(cells: dict[str, str], column: str) -> bool:
    return bool(cells.get(column, "").strip()) and cells[column].strip().casefold() != "no"


def _refuse_formulas(rows: Sequence[dict[str, str]]) -> None:
    reason = "starts like a spreadsheet formula; write the text without that sign"
    problems = [
        FieldProblem(column, cell, reason)
        for cells in rows
        for column, cell in cells.items()
        if looks_like_formula(cell)
    ]
    if problems:
        raise InvalidRecordError(problems)


def _no_party(cells: dict[str, str]) -> FieldProblem:
    return FieldProblem(
        HOST, cells[HOST], "names no party: neither host, provider nor any organisation that can be told"
    )


def _name_hash(row: TableRow) -> int:
    digest = hashlib.blake2b(merge_key(row.cells[NAME]).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _repeated_names(table: DelimitedFile) -> Counter[int]:
    """Hashes of the names that several rows have, with the number of those rows."""
    hashes = np.fromiter(
        (_name_hash(row) for row in table.rows() if isinstance(row, TableRow)), dtype=np.uint64
    )
    values, counts = np.unique(hashes, return_counts=True)
    repeated: Any = zip(values[counts > 1], counts[counts > 1], strict=True)
    return Counter({int(value): int(count) for value, count in repeated})
