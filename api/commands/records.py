"""``trimatch ingest``, ``template`` and ``reconcile``."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.opening import load_settings, open_instance, optimize, progress
from api.console import output, print_json, say, table
from api.running import running_service
from graph_model.nodes import RECORD_TYPES

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(ingest)
    app.command()(template)
    app.command()(reconcile)


def ingest(
    file: Annotated[Path, typer.Argument(help="The file to load.")],
    source: Annotated[str, typer.Option(help="What the file is: undp, iati, csv, xlsx or rdf.")],
    type_: Annotated[
        str | None,
        typer.Option("--type", help="Type of the rows of a csv or xlsx file; default: by its name."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Load a file into the graph; rows that cannot be loaded go to a quarantine file (exit code 3)."""
    from ingest.pipeline import ingest_file, source_of
    from ingest.summary import print_summary

    settings = load_settings()
    source_of(file, source, type_, settings.public_base)  # a wrong name is told before anything is started
    with open_instance(settings) as instance:
        # A service of this home holds the index with Qdrant Edge, and follows the graph by itself.
        indexer = None if running_service(settings) else instance.indexer
        with progress("reading") as report:
            summary = ingest_file(
                settings, instance.store, file, source, type_name=type_, indexer=indexer, progress=report
            )
        if indexer is not None:
            optimize(instance)
    if as_json:
        print_json(asdict(summary) | {"exit_code": summary.exit_code})
    else:
        print_summary(summary, output())
    if summary.exit_code:
        raise typer.Exit(summary.exit_code)


def template(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help=f"One of: {', '.join(RECORD_TYPES)}.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write, .csv or .xlsx; default: CSV on standard output.")
    ] = None,
) -> None:
    """Write an empty file for one type of record: headers, allowed values and one example row."""
    from ingest.template import write_template

    if type_ not in RECORD_TYPES:
        raise typer.BadParameter(f"{type_!r} is no type; types are: {', '.join(RECORD_TYPES)}")
    if out is None:
        write_template(type_, sys.stdout)
    else:
        write_template(type_, out, "xlsx" if out.suffix == ".xlsx" else "csv")
        say(f"wrote {out}")


def reconcile(
    check: Annotated[bool, typer.Option("--check", help="Report the differences and mend nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Compare index and projection with the graph by hashes, and mend what differs."""
    with open_instance() as instance:
        with progress("indexing") as report:
            instance.catch_up(report)
        with progress("comparing") as report:
            found = instance.reconcile(check_only=check, progress=report)
        if not check:
            optimize(instance)
    if as_json:
        print_json(asdict(found))
    else:
        rows = [
            (name.replace("_", " "), finding["count"], ", ".join(finding["examples"]))
            for name, finding in asdict(found).items()
            if isinstance(finding, dict)
        ]
        rows.append(("projection", int(found.projection_differed), ""))
        output().print(table(("DIFFERENCE", "RECORDS", "FIRST OF THEM"), rows))
        say(f"{found.equal} agree; {found.differences} differed{'' if check else ' and were mended'}.")
    if check and (found.differences or found.projection_differed):
        raise typer.Exit(1)
