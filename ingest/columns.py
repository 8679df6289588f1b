"""The columns of Trimatch's own table format, derived from the declared node types.

A text in several languages is one column a language (``title_en``); a list is separated by ``;``; a
partnership's parties are one column a role, each party dated as ``country/KEN@2015..2018``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Final, get_args, get_origin

from graph_model.errors import FieldProblem
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, owned_relationships
from graph_model.relationships import Participation, Role
from graph_model.text import UN_LANGUAGES
from ingest.cleaning import looks_like_formula, one_line, plain_text
from ingest.countries import CountryResolver

LIST_SEPARATOR: Final = ";"
TYPE_COLUMN: Final = "type"
IGNORED_PREFIXES: Final = ("#", "_")
_DATED: Final = re.compile(r"^(?P<party>[^@]+)@(?P<from>[\d-]*)(?:\.\.(?P<to>[\d-]*))?$")
_TRUE: Final = frozenset({"true", "yes", "1", "oui", "sí", "si", "да", "是", "نعم"})
_FALSE: Final = frozenset({"false", "no", "0", "non", "нет", "否", "لا"})


class Shape(StrEnum):
    """How a field's value is written in cells."""

    TEXTS = "texts"
    LIST = "list"
    PARTIES = "parties"
    FLAG = "flag"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a node type as columns see it.

    targets: the node types that its references may name, empty where it holds none. values: the allowed
    values of an enumeration.
    """

    field: str
    shape: Shape
    required: bool
    targets: tuple[str, ...]
    values: tuple[str, ...]
    multiline: bool
    description: str


@cache
def columns_of(type_name: str) -> dict[str, Column]:
    """The columns of a node type by field, in the model's order."""
    kind = RECORD_TYPES[type_name]
    owned = owned_relationships(kind)
    columns: dict[str, Column] = {}
    for name, field in kind.model_fields.items():
        columns[name] = Column(
            field=name,
            shape=_shape(field.annotation),
            required=field.is_required(),
            targets=owned[name].targets if name in owned else (),
            values=_allowed(field.annotation),
            multiline=field.annotation is not None and name in _long_texts(kind),
            description=field.description or "",
        )
    return columns


def headers(column: Column) -> list[str]:
    """The column names of a field, texts in the six UN languages."""
    if column.shape is Shape.TEXTS:
        return [f"{column.field}_{language}" for language in UN_LANGUAGES]
    if column.shape is Shape.PARTIES:
        return [role.value for role in Role]
    return [column.field]


def field_of_header(type_name: str, header: str) -> str | None:
    """The field that a column name belongs to, any language code included; None for an unknown one."""
    columns = columns_of(type_name)
    if header in columns:
        return header if columns[header].shape is not Shape.PARTIES else None
    if header in {role.value for role in Role}:
        return next((name for name, column in columns.items() if column.shape is Shape.PARTIES), None)
    base, _, language = header.rpartition("_")
    if base in columns and columns[base].shape is Shape.TEXTS and re.fullmatch(r"[a-z]{2,3}", language):
        return base
    return None


def record_from_cells(type_name: str, cells: Mapping[str, str], countries: CountryResolver) -> Record:
    """The record of one row.

    Raises InvalidRecordError-compatible problems as CellProblemsError, pydantic.ValidationError.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for header, cell in cells.items():
        field = field_of_header(type_name, header)
        if field is None or not cell.strip():
            continue
        if looks_like_formula(cell):
            reason = "starts like a spreadsheet formula; write the value, or the text without that sign"
            problems.append(FieldProblem(header, cell, reason))
            continue
        try:
            _put(values, columns_of(type_name)[field], header, cell, countries, cells)
        except CellError as problem:
            problems.append(FieldProblem(header, cell, str(problem)))
    if problems:
        raise CellProblemsError(problems)
    return RECORD_TYPES[type_name].model_validate(values)


class CellError(ValueError):
    """A cell that cannot be what its column says."""


class CellProblemsError(ValueError):
    """What is wrong in the cells of one row."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


def _put(
    values: dict[str, Any],
    column: Column,
    header: str,
    cell: str,
    countries: CountryResolver,
    cells: Mapping[str, str],
) -> None:
    match column.shape:
        case Shape.TEXTS:
            own_language = cells.get("original_language", "").strip() or "en"
            language = own_language if header == column.field else header.rpartition("_")[2]
            text = plain_text(cell) if column.multiline else one_line(cell)
            if text:
                values.setdefault(column.field, {})[language] = text
        case Shape.PARTIES:
            entries = [_participation(each, header, column, countries) for each in _listed(cell)]
            values.setdefault(column.field, []).extend(entries)
        case Shape.LIST:
            values[column.field] = [_item(each, column, countries) for each in _listed(cell)]
        case Shape.FLAG:
            values[column.field] = _flag(cell)
        case Shape.SINGLE:
            values[column.field] = _item(cell, column, countries)


def _listed(cell: str) -> list[str]:
    return [text for part in cell.split(LIST_SEPARATOR) if (text := one_line(part))]


def _flag(cell: str) -> bool:
    text = cell.strip().casefold()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise CellError("is neither true nor false")


def _item(text: str, column: Column, countries: CountryResolver) -> str:
    text = one_line(text)
    if column.targets:
        return reference(text, column.targets, countries)
    if column.values:
        return text.casefold().replace(" ", "-") if text not in column.values else text
    return text


def reference(text: str, targets: tuple[str, ...], countries: CountryResolver) -> str:
    """``type/id`` of a cell: the type may be left out where one only is possible, a country may be named.

    Raises CellError, with suggestions for an unknown country.
    """
    type_name, slash, identifier = text.partition("/")
    if slash and type_name in RECORD_TYPES:
        if type_name not in targets:
            raise CellError(f"names a {type_name}, but only {' or '.join(targets)} may stand here")
        text = identifier
    elif "country" in targets:
        type_name = "country"
    elif len(targets) == 1:
        type_name = targets[0]
    else:
        raise CellError(f"say what it is: {' or '.join(f'{target}/…' for target in targets)}")
    if type_name != "country":
        return f"{type_name}/{text}"
    resolution = countries.resolve(text)
    if resolution.iso3 is None:
        also = "; an organisation is written stakeholder/its-id" if len(targets) > 1 and not slash else ""
        raise CellError(resolution.problem("country").reason + also)
    return f"country/{resolution.iso3}"


def _participation(text: str, role: str, column: Column, countries: CountryResolver) -> dict[str, str]:
    dated = _DATED.match(text)
    party = {"party": reference(dated["party"].strip() if dated else text, column.targets, countries)}
    party["role"] = role
    if dated:
        if dated["from"]:
            party["from"] = dated["from"]
        if dated["to"]:
            party["to"] = dated["to"]
    return party


def _shape(annotation: Any) -> Shape:
    if get_origin(annotation) is dict:
        return Shape.TEXTS
    if get_origin(annotation) is list:
        return Shape.PARTIES if get_args(annotation)[0] is Participation else Shape.LIST
    return Shape.FLAG if annotation is bool else Shape.SINGLE


def _allowed(annotation: Any) -> tuple[str, ...]:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Enum):
            return tuple(str(member.value) for member in candidate)
    return ()


def _long_texts(kind: type[Record]) -> set[str]:
    """Texts that may have several lines: all but what a reader calls the record."""
    return {name for name in kind.model_fields if name != kind.heading_field}
