"""Trimatch's own table format, as delimited text or as a workbook: one row a record of any node type."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rapidfuzz import process

from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES
from ingest.columns import (
    IGNORED_PREFIXES,
    TYPE_COLUMN,
    CellProblemsError,
    Shape,
    columns_of,
    field_of_header,
    headers,
    record_from_cells,
)
from ingest.knowledge import Knowledge
from ingest.sources.delimited import DelimitedFile, TableRow
from ingest.sources.rows import BadRow, Converted, RawRow, UnreadableFileError
from ingest.sources.workbook import WorkbookFile

_TYPE_IN_NAME: Final = re.compile(r"^([a-z]+)(?:[-_. ].*)?$")
_EVERY_COLUMN: Final = frozenset(
    header for name in RECORD_TYPES for column in columns_of(name).values() for header in headers(column)
) | {TYPE_COLUMN}
_LEAST_LIKENESS: Final = 70

Table = DelimitedFile | WorkbookFile


class TableSource:
    """Rows of Trimatch's own format.

    type_name: the node type of every row; None takes it from a column ``type``, else from the name of the
    file (``need.csv``, ``need-2026.xlsx``) or of the sheet.
    """

    def __init__(self, name: str, type_name: str | None = None) -> None:
        if type_name is not None and type_name not in RECORD_TYPES:
            raise UnreadableFileError(f"{type_name!r} is no type; known ones: {', '.join(RECORD_TYPES)}")
        self._name = name
        self._wanted = type_name

    @property
    def name(self) -> str:
        """csv or xlsx."""
        return self._name

    def read(self, path: Path) -> Iterator[RawRow[tuple[str, dict[str, str]]] | BadRow]:
        """Rows as (type name, cells by column). Raises UnreadableFileError."""
        table = WorkbookFile(path) if self._name == "xlsx" else DelimitedFile(path, _EVERY_COLUMN)
        fixed = self._type_of(path, table)
        _check_columns(path, table.header, [fixed] if fixed else list(RECORD_TYPES), fixed)
        for row in table.rows():
            yield row if isinstance(row, BadRow) else _typed(row, fixed)

    def convert(self, row: RawRow[tuple[str, dict[str, str]]], knowledge: Knowledge) -> Converted:
        """The record of a row. Raises InvalidRecordError, pydantic.ValidationError."""
        type_name, cells = row.content
        if type_name not in RECORD_TYPES:
            raise InvalidRecordError([_unknown_type(type_name)])
        try:
            return Converted(record_from_cells(type_name, cells, knowledge.countries))
        except CellProblemsError as problem:
            raise InvalidRecordError(problem.problems) from problem

    def _type_of(self, path: Path, table: Table) -> str | None:
        if self._wanted is not None:
            return self._wanted
        if TYPE_COLUMN in table.header:
            return None
        names = [path.stem.casefold()]
        if isinstance(table, WorkbookFile):
            names.append(table.sheet.casefold())
        for name in names:
            match = _TYPE_IN_NAME.match(name)
            if match and match[1] in RECORD_TYPES:
                return match[1]
        raise UnreadableFileError(
            f"{path.name}: the type of its rows is not known; give --type, add a column 'type', or name the "
            f"file after one of: {', '.join(RECORD_TYPES)}"
        )


def _typed(row: TableRow, fixed: str | None) -> RawRow[tuple[str, dict[str, str]]]:
    cells = {name: cell for name, cell in row.cells.items() if name != TYPE_COLUMN}
    type_name = fixed or row.cells[TYPE_COLUMN].strip().casefold()
    return RawRow(row.number, (type_name, cells), row.raw, row.position)


def _unknown_type(type_name: str) -> FieldProblem:
    return FieldProblem(TYPE_COLUMN, type_name, f"is no type; known ones: {', '.join(RECORD_TYPES)}")


def _check_columns(path: Path, header: list[str], types: list[str], fixed: str | None) -> None:
    """Raises UnreadableFileError naming columns that no type has, and required ones that are missing."""
    known = {name for name in header if any(field_of_header(each, name) for each in types)} | {TYPE_COLUMN}
    unknown = [
        name for name in header if name not in known and not name.startswith(IGNORED_PREFIXES) and name
    ]
    if unknown and len(unknown) < len(header):
        shown = "; ".join(_with_suggestion(name, types) for name in unknown)
        raise UnreadableFileError(
            f"{path.name}: unknown column {shown}. Correct the name, or start it with # to have it left out"
        )
    for type_name in [fixed] if fixed else []:
        fields = {field_of_header(type_name, name) for name in header}
        missing = [
            " or ".join(headers(column)) if column.shape in (Shape.TEXTS, Shape.PARTIES) else column.field
            for column in columns_of(type_name).values()
            if column.required and column.field not in fields
        ]
        if missing:
            raise UnreadableFileError(
                f"{path.name}: missing column for a {type_name}: {'; '.join(missing)}. "
                f"'trimatch template {type_name}' writes a file with every column"
            )


def _with_suggestion(name: str, types: list[str]) -> str:
    names = [header for each in types for column in columns_of(each).values() for header in headers(column)]
    near = process.extractOne(name, names, score_cutoff=_LEAST_LIKENESS)
    return f"{name!r} (did you mean {near[0]!r}?)" if near else repr(name)
