"""``trimatch export``."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from api.commands.opening import load_settings, open_instance, progress
from api.console import say


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(export)


def export(
    format_: Annotated[
        str, typer.Option("--format", help="nquads, trig, turtle, ntriples, jsonld, iati, csv or xlsx.")
    ] = "nquads",
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Type of record; may be repeated. Default: all.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Records in this cluster or beneath it.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Records that concern this country (ISO 3166-1 alpha-3).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Records written in this language.")] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Records changed since this ISO 8601 date or time; the feed also tells removals."),
    ] = None,
    illustrative: Annotated[
        bool, typer.Option("--illustrative", help="Also records that only illustrate.")
    ] = False,
    names: Annotated[
        str, typer.Option(help="Language of names and texts in csv and xlsx: en, fr, es, ar, ru or zh.")
    ] = "en",
    gzip: Annotated[bool, typer.Option("--gzip", help="Compress.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="File to write; it appears once complete. Default: standard output.")
    ] = None,
) -> None:
    """Write the published records, or a selection of them, to a file."""
    from export.dump import gzipped
    from export.formats import format_named
    from export.published import count
    from export.selection import Selection

    chosen = format_named(format_)
    selection = chosen.narrowed(
        Selection.of(
            type=tuple(type_ or ()),
            cluster=cluster,
            country=country,
            language=language,
            since=since,
            illustrative=illustrative,
            names=names,
        )
    )
    if output is None and (gzip or chosen.compressed) and sys.stdout.isatty():
        raise typer.BadParameter("this would fill the terminal with binary data; name a file with --output")
    settings = load_settings()
    with open_instance(settings) as instance:
        total = sum(count(instance.store, selection).values())
        write = chosen.write_for(total)
        with progress("exporting") as show, _opened(output) as file:

            def report(written: int) -> None:
                show(written, max(total, written))

            if gzip:
                with gzipped(file) as compressed:
                    write(instance.store, selection, settings.public_base, compressed, report=report)
            else:
                write(instance.store, selection, settings.public_base, file, report=report)
    if output is not None:
        say(f"wrote {output}: {total} records, {output.stat().st_size} bytes")


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that appears under its name only once all of it is written."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _umask() -> int:
    """What a new file's permissions lack; it can be read only by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
