"""The command line: ``trimatch``."""

import faulthandler
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, Final

import typer
from typer.core import TyperGroup

from api.console import say
from graph_model.errors import TrimatchError

EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130
EXIT_TERMINATED: Final = 143
_COMMAND_MODULES: Final = ("service", "records", "questions", "export", "fit", "tokens")


class CommandGroup(TyperGroup):
    """Ends every command with one clear message and an exit code, never with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command named on the command line."""
        try:
            return super().invoke(ctx)
        except TrimatchError as problem:
            say(f"trimatch: {problem}")
            raise typer.Exit(EXIT_FAILED) from problem
        except KeyboardInterrupt as interrupt:
            say("trimatch: interrupted")
            raise typer.Exit(EXIT_INTERRUPTED) from interrupt
        except BrokenPipeError as closed:
            sys.stdout = None  # nobody reads any more: no flush at exit either
            raise typer.Exit(EXIT_FAILED) from closed
        except OSError as problem:
            say(f"trimatch: {problem}; check the path, its permissions and the free space of its disk")
            raise typer.Exit(EXIT_FAILED) from problem


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find partners for South-South and triangular cooperation in intellectual property.",
)
for _name in _COMMAND_MODULES:
    import_module(f"api.commands.{_name}").register(app)


def main() -> None:
    """Entry point of the ``trimatch`` program."""
    signal.signal(signal.SIGTERM, _terminate)
    faulthandler.register(signal.SIGUSR1)  # what every thread of a program that seems stuck is doing
    app()


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C: whatever was started is stopped on the way out."""
    raise SystemExit(EXIT_TERMINATED)
