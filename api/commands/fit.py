"""``trimatch fit``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.opening import load_settings, open_instance, progress
from api.console import output, print_json, say, table
from api.running import running_service
from graph_model.errors import ConfigurationError
from graph_model.settings import Settings

if TYPE_CHECKING:
    from search.instance import Instance
    from search.model_fitting import FitReport
    from search.path_model import PathModel

EXIT_NOT_BETTER: Final = 3
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(fit)


def fit(as_json: Json = False) -> None:
    """Fit the path model on the partnerships of this graph; keep it where it is better (else exit code 3)."""
    settings = load_settings()
    address = running_service(settings)
    if address is not None:
        raise ConfigurationError(
            f"the service of this home runs at {address} and would go on with its present model; stop it, "
            "run `trimatch fit`, then start it again"
        )
    with open_instance(settings) as instance:
        with progress("indexing") as report:
            instance.catch_up(report)
        found = _fit(instance)
    if found.is_better:
        from search.paths import own_model

        found.model.save(own_model(settings))
    exit_code = 0 if found.is_better else EXIT_NOT_BETTER
    if as_json:
        print_json(asdict(found) | {"is_better": found.is_better, "exit_code": exit_code})
    else:
        _print(found)
    if exit_code:
        raise typer.Exit(exit_code)


def _fit(instance: "Instance") -> "FitReport":
    from ingest.countries import default_resolver
    from ingest.demo_graph import demo_records
    from ingest.masking import CountryMask
    from search.model_fitting import fit_model
    from search.projection_feed import ProjectionFeed

    mask = CountryMask(default_resolver(), [record.id for record in demo_records("country")])
    feed = ProjectionFeed(instance.store)
    feed.follow()
    used = _model_in_use(instance.settings)
    with progress("reading partnerships") as report:
        return fit_model(instance.store, instance.active, feed.projection, used, mask, report)


def _model_in_use(settings: Settings) -> "PathModel":
    """The shipped one in place of one that an earlier version fitted: fitting is the remedy for that."""
    from search.path_model import SHIPPED_MODEL, PathModel
    from search.paths import own_model

    own = own_model(settings)
    try:
        return PathModel.load(own if own.exists() else SHIPPED_MODEL)
    except ConfigurationError as problem:
        say(f"trimatch: {problem}; compared with the shipped model")
        return PathModel.load(SHIPPED_MODEL)


def _print(found: "FitReport") -> None:
    rows = [
        (partner, f"{new:.3f}", f"{used:.3f}")
        for partner, (new, used) in (("pivotal", found.pivotal), ("facilitating", found.facilitating))
    ]
    title = f"Mean reciprocal rank of the true partner in {found.cases} partnerships, out of fold"
    output().print(table(("PARTNER", "FITTED", "IN USE"), rows, title))
    if found.is_better:
        say(f"Better: {found.model.identity} is in use from now on.")
    else:
        say("Not better than the model in use, which stays.")
