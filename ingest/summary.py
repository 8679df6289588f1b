"""What an ingest did, for people and for scripts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

EXIT_GOOD: Final = 0
EXIT_FAILED: Final = 1
EXIT_QUARANTINED: Final = 3


@dataclass(slots=True)
class IngestSummary:
    """Counts of one ingest.

    rows: read; loaded: in the graph now; quarantined: not; repeated: said the same as an earlier row of the
    file. fields_left_out: parts of loaded rows that the quarantine file lists. created, updated, unchanged:
    records by type. doubtful: organisations listed for a person. embedded: new vectors.
    """

    file: str
    source: str
    rows: int = 0
    loaded: int = 0
    quarantined: int = 0
    repeated: int = 0
    fields_left_out: int = 0
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    embedded: int = 0
    seconds: float = 0.0
    quarantine_file: Path | None = None
    review_file: Path | None = None

    @property
    def exit_code(self) -> int:
        """0 where every row loaded, 3 where some are in quarantine. A file that fails raises instead: 1."""
        return EXIT_QUARANTINED if self.quarantined else EXIT_GOOD

    def count(self, created: Iterable[str], updated: Iterable[str], unchanged: Iterable[str]) -> None:
        """Add references by what a write did to them."""
        for counter, refs in ((self.created, created), (self.updated, updated), (self.unchanged, unchanged)):
            counter.update(ref.partition("/")[0] for ref in refs)


def print_summary(summary: IngestSummary, console: Console | None = None) -> None:
    """The summary as a table, and where the files for a person are."""
    console = console or Console()
    table = Table(title=f"{summary.file} ({summary.source})", title_justify="left")
    table.add_column("")
    for heading in ("created", "updated", "unchanged"):
        table.add_column(heading, justify="right")
    for name in sorted({*summary.created, *summary.updated, *summary.unchanged}):
        counts = (summary.created[name], summary.updated[name], summary.unchanged[name])
        table.add_row(name, *(f"{count:,}" for count in counts))
    console.print(table)
    repeated = f", {summary.repeated:,} repeated" if summary.repeated else ""
    console.print(
        f"{summary.rows:,} rows: {summary.loaded:,} loaded, {summary.quarantined:,} in quarantine{repeated}; "
        f"{summary.embedded:,} texts embedded; {summary.seconds:.1f} s",
        highlight=False,
    )
    if summary.fields_left_out:
        console.print(f"{summary.fields_left_out:,} fields of loaded rows were left out.", highlight=False)
    if summary.quarantine_file:
        console.print(
            f"Rows and fields to correct: {summary.quarantine_file}", soft_wrap=True, highlight=False
        )
    if summary.review_file:
        console.print(
            f"{summary.doubtful:,} organisations may be known under another name: {summary.review_file}",
            soft_wrap=True,
            highlight=False,
        )
