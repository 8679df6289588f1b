"""What every command begins with: settings, logs, and the instance."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError

from graph_model.errors import ConfigurationError
from graph_model.settings import Settings
from graph_model.store import Store

if TYPE_CHECKING:
    from search.indexer import Progress
    from search.instance import Instance


def load_settings() -> Settings:
    """The settings of the environment. Raises ConfigurationError, naming the variable and its value."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"TRIMATCH_{str(row['loc'][0]).upper()}={row['input']!s:.200}: {row['msg']}"
            for row in error.errors()
        ]
        raise ConfigurationError("; ".join(problems) + " (docs/settings.md lists every setting)") from error


@contextmanager
def open_instance(settings: Settings | None = None) -> Iterator["Instance"]:
    """The instance for one command; only warnings are logged beside what the command prints."""
    from api.observability import configure_logging
    from search.instance import Instance

    settings = settings or load_settings()
    configure_logging(settings, least="WARNING")
    with Instance(settings) as instance:
        yield instance


@contextmanager
def open_store() -> Iterator[Store]:
    """The graph alone, without loading an embedder."""
    with open_instance() as instance:
        yield instance.store


def optimize(instance: "Instance") -> None:
    """Build the index's nearest-neighbour graph after a bulk load: half a minute for 100,000 records."""
    with progress("preparing the index for fast search"):
        instance.optimize()


@contextmanager
def progress(label: str) -> Iterator["Progress"]:
    """A progress bar on a terminal, log lines elsewhere; gives a function of (done, known so far)."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(label, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)
    else:
        yield _log_lines(label)


def _log_lines(label: str) -> "Progress":
    import time

    import structlog

    log = structlog.get_logger("trimatch.progress")
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 5 or done == total:
            last = time.monotonic()
            log.info("progress", work=label, done=done, total=total)

    return report
