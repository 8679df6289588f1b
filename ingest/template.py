"""Empty tables in Trimatch's own format: columns, allowed values, one example row that itself loads."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from openpyxl import Workbook
from openpyxl.styles import Font

from graph_model.errors import ConfigurationError
from graph_model.nodes import RECORD_TYPES
from graph_model.text import UN_LANGUAGES
from ingest.columns import Column, Shape, columns_of, headers

TemplateFormat = Literal["csv", "xlsx"]
_TEXTS: Final = {"title": "Example: replace this row", "name": "Example: replace this row"}
_EXAMPLES: Final[dict[str, dict[str, str]]] = {
    "country": {"id": "KEN", "region": "Africa", "subregion": "Eastern Africa", "developing": "true"},
    "sdg": {"id": "9"},
    "cluster": {"sdgs": "9"},
    "stakeholder": {"kind": "ip-office", "acronym": "EIPO", "country": "KEN"},
    "need": {
        "resources": "technical; human",
        "sought_by": "country/KEN",
        "clusters": "ip-management",
        "sdgs": "9",
    },
    "offer": {
        "resources": "technical",
        "offered_by": "country/BRA",
        "clusters": "ip-management",
        "sdgs": "9",
    },
    "practice": {"shared_by": "country/BRA", "clusters": "ip-management", "sdgs": "9"},
    "partnership": {
        "clusters": "ip-management",
        "sdgs": "9; 17",
        "start": "2024",
        "end": "2026-06",
        "private_sector": "false",
        "beneficiary": "country/KEN",
        "pivotal": "country/BRA@2024..2026",
        "facilitating": "country/JPN",
    },
}
_SHAPES: Final = {
    Shape.LIST: "several values, separated by ;",
    Shape.FLAG: "true or false",
    Shape.PARTIES: "references separated by ;, dated as country/KEN@2015..2018",
}


def write_template(type_name: str, target: Path | TextIO, format: TemplateFormat = "csv") -> None:  # noqa: A002
    """Write the template of a node type. An xlsx needs a path; the notes are a second sheet there.

    Raises ConfigurationError for an unknown type, or a path that exists or cannot be written.
    """
    if type_name not in RECORD_TYPES:
        raise ConfigurationError(f"{type_name!r} is no type; known ones: {', '.join(RECORD_TYPES)}")
    if isinstance(target, Path) and target.exists():
        raise ConfigurationError(f"{target} exists already; give another name or remove it")
    try:
        if format == "xlsx":
            _write_workbook(type_name, target)
        elif isinstance(target, Path):
            with target.open("w", encoding="utf-8-sig", newline="") as file:
                _write_csv(type_name, file)
        else:
            _write_csv(type_name, target)
    except OSError as problem:
        raise ConfigurationError(
            f"{target} cannot be written ({problem}); choose another folder"
        ) from problem


def template_headers(type_name: str) -> list[str]:
    """Every column of a type."""
    return [name for column in columns_of(type_name).values() for name in headers(column)]


def example_cells(type_name: str) -> dict[str, str]:
    """The example row, marked illustrative."""
    cells = {
        "id": f"example-{type_name}",
        f"{RECORD_TYPES[type_name].heading_field}_{UN_LANGUAGES[0]}": _TEXTS[
            RECORD_TYPES[type_name].heading_field
        ],
        "source": "Trimatch template",
        "original_language": UN_LANGUAGES[0],
        "authenticity": "illustrative",
        "status": "published",
    }
    return cells | _EXAMPLES[type_name]


def notes(type_name: str) -> Iterator[tuple[str, str, str]]:
    """(column, required or not, meaning with the allowed values) of every column."""
    for column in columns_of(type_name).values():
        for name in headers(column):
            yield name, "required" if column.required else "", _meaning(column)


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.values:
        parts.append(f"One of: {', '.join(column.values)}.")
    if column.targets:
        parts.append(f"Names a {' or a '.join(column.targets)}, as type/id.")
    if column.shape in _SHAPES:
        parts.append(f"Written as {_SHAPES[column.shape]}.")
    if column.shape is Shape.TEXTS:
        parts.append(
            "One column a language, one language at least." if column.required else "One column a language."
        )
    return " ".join(parts)


def _write_csv(type_name: str, file: TextIO) -> None:
    names = template_headers(type_name)
    writer = csv.writer(file)
    for name, required, meaning in notes(type_name):
        writer.writerow([f"# {name}{' (required)' if required else ''}: {meaning}"])
    writer.writerow(names)
    writer.writerow(_row(names, example_cells(type_name)))


def _write_workbook(type_name: str, target: Path | TextIO) -> None:
    if not isinstance(target, Path):
        raise ConfigurationError("an xlsx template needs a file name")
    book = Workbook()
    sheet: Any = book.active
    sheet.title = type_name
    names = template_headers(type_name)
    sheet.append(names)
    sheet.append(_row(names, example_cells(type_name)))
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    explained = book.create_sheet("allowed values")
    explained.append(["column", "required", "meaning"])
    for row in notes(type_name):
        explained.append(list(row))
    book.save(target)


def _row(names: Sequence[str], cells: dict[str, str]) -> list[str]:
    return [cells.get(name, "") for name in names]
