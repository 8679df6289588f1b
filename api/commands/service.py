"""``trimatch serve`` and ``trimatch demo``."""

import gc
import signal
import socket
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import typer

from api.commands.opening import load_settings, optimize, progress
from api.console import say
from api.running import announced, bind
from graph_model.settings import Settings

if TYPE_CHECKING:
    from search.instance import Instance

DEMO_PURPOSE: Final = "demo"
DEMO_TOKEN_LIFETIME: Final = timedelta(days=7)
_LAST_REQUESTS_SECONDS: Final = 10
YOUNG_OBJECTS: Final = 20_000
"""Objects after which garbage is looked for among the youngest; an answer makes some thousands."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)
    app.command()(serve)


def serve() -> None:
    """Serve this instance over HTTP until Ctrl-C."""
    settings = load_settings()
    with bind(settings) as listener:
        _run(settings, listener, prepare=_open_index)


def demo() -> None:
    """Load the demo graph, serve it, and print what to try and a facilitator's token of this home."""
    settings = load_settings()
    with bind(settings) as listener:
        _run(settings, listener, prepare=_prepare_demo)


def _run(settings: Settings, listener: socket.socket, prepare: Callable[["Instance"], str]) -> None:
    """Open the instance, prepare it, and serve; whatever this started is stopped at the end."""
    from api.app import create_app
    from api.observability import configure_logging
    from search.instance import Instance

    configure_logging(settings)
    if settings.neo4j_uri is None:
        say("Starting Neo4j ...")
    with Instance(settings) as instance:
        greeting = prepare(instance)
        with announced(settings) as key:
            server = _server(create_app(settings, instance, key), lambda: typer.echo(greeting))
            spare_the_collector()
            server.run(sockets=[listener])
            if server.interrupted:
                # The event loop passes Ctrl-C on only where it still had something to cancel.
                raise KeyboardInterrupt


def spare_the_collector() -> None:
    """What is loaded by now stays: to collect garbage around it costs a request 1 to 2 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def _server(app: Any, on_started: Callable[[], None]) -> Any:
    import uvicorn

    class AnnouncingServer(uvicorn.Server):
        interrupted = False

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.interrupted = self.interrupted or sig == signal.SIGINT
            super().handle_exit(sig, frame)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_started()

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
    )
    return AnnouncingServer(config)


def _open_index(instance: "Instance") -> str:
    """Load embedder and path model now rather than in the first request; a thread fills what answers."""
    instance.paths  # noqa: B018 -- a model that does not fit this version is an error at the start
    optimize(instance)
    lag = instance.indexer.indexer.lag()
    behind = f"; the index is {lag} changes behind and catches up" if lag else ""
    return f"Serving {instance.settings.public_base}{behind}. Ctrl-C stops."


def _prepare_demo(instance: "Instance") -> str:
    from api.tokens import AccessRole, create_token, revoke_purpose
    from ingest.demo_graph import load_demo_graph

    with progress("loading the demo graph") as report:
        load_demo_graph(instance.store, report)
    with progress("indexing") as report:
        instance.catch_up(report)
    revoke_purpose(instance.store, DEMO_PURPOSE)
    token = create_token(
        instance.store, AccessRole.FACILITATOR, lifetime=DEMO_TOKEN_LIFETIME, purpose=DEMO_PURPOSE
    )
    return _greeting(instance.settings, token)


def _greeting(settings: Settings, token: str) -> str:
    base = settings.public_base
    return f"""
Trimatch serves the demo graph: open {base} in a browser (for developers: {base}/docs).

Three things to try, in another terminal of this folder:

  .venv/bin/trimatch search "appellation d'origine pour le café" --type offer
  .venv/bin/trimatch paths "training for patent examiners in plant biotechnology" --beneficiary KEN
  curl "{base}/api/paths?q=traditional+knowledge+registry&beneficiary=PER&limit=3"

A facilitator's token of this home, valid for {DEMO_TOKEN_LIFETIME.days} days or until the next `make demo`:

  {token}

Ctrl-C stops everything that was started.
"""
