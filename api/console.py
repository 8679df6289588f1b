"""What commands print: JSON for programs, tables and messages for people."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pydantic_core
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDTH_OF_FILES: Final = 200


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(pydantic_core.to_json(value, indent=2).decode() + "\n")


def output() -> Console:
    """The console of results: stdout, wide where no terminal limits it."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)


def say(message: str) -> None:
    """A remark that is no result: stderr."""
    typer.echo(message, err=True)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """A plain table; every value is shown as it is, whatever it contains."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(escape("" if value is None else str(value)) for value in row))
    return made
