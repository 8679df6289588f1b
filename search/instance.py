"""One instance of Trimatch, open: its graph, its vector index and what answers from them."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from graph_model.local_server import LocalServer
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder, load_embedder
from search.index_lifecycle import ActiveIndex, IndexLifecycle
from search.indexer import IndexReport, Progress
from search.paths import PathFinder
from search.reconcile import ReconcileReport, reconcile
from search.text_search import TextSearch


class Instance:
    """An open instance; a context manager. Parts beyond the graph open when they are first used.

    Safe to share between threads. Every error derives from TrimatchError.
    """

    def __init__(self, settings: Settings, load: Callable[[str], LoadedEmbedder] = load_embedder) -> None:
        """Open the graph, starting the managed Neo4j where none runs for this home.

        load: gives the embedder that a setting names. Raises ConfigurationError, UnavailableError.
        """
        self.settings = settings
        self._load = load
        self._lock = threading.RLock()
        self._closing = ExitStack()
        with ExitStack() as opening:
            server = LocalServer(settings)
            opening.callback(server.release)
            self.store = Store(server.acquire())
            opening.callback(self.store.close)
            self.store.ensure_schema()
            self._closing = opening.pop_all()

    @property
    def indexer(self) -> IndexLifecycle:
        """Builds and follows the vector index. Loads the embedder at the first use: a second or some."""
        with self._lock:
            return self._indexer

    @cached_property
    def _indexer(self) -> IndexLifecycle:
        lifecycle = IndexLifecycle(self.settings, self.store, self._load)
        self._closing.callback(lifecycle.close)
        return lifecycle

    @property
    def active(self) -> ActiveIndex:
        """The index that answers queries now, with its embedder."""
        return self.indexer.active

    @property
    def text_search(self) -> TextSearch:
        """Search over everything that is published."""
        return TextSearch(self.active, self.store)

    @property
    def paths(self) -> PathFinder:
        """Partnership paths. Builds the projection at the first use."""
        with self._lock:
            return self._paths

    @cached_property
    def _paths(self) -> PathFinder:
        return PathFinder(self.store, self.active, self.settings)

    def catch_up(self, progress: Progress | None = None) -> IndexReport:
        """Index everything that the graph has and the vector index lacks, in this thread."""
        return self.indexer.catch_up(progress)

    def optimize(self) -> None:
        """Make searches of many records fast after a bulk load: see VectorIndex.optimize."""
        with self.active.use() as opened:
            opened.index.optimize()

    def step(self) -> bool:
        """One bounded piece of background work on the index and the projection; False where none was left."""
        busy = self.indexer.step()
        if self.paths.is_behind(self.indexer.indexer.sequence):
            self.paths.follow()
        return busy

    def reconcile(self, *, check_only: bool = False, progress: Progress | None = None) -> ReconcileReport:
        """Compare the vector index and the projection with the graph and, unless check_only, mend them."""
        report = reconcile(self.store, self.indexer.indexer, check_only=check_only, progress=progress)
        report.projection_differed = not self.paths.reconcile(check_only=check_only)
        if not check_only:
            self.catch_up()
        return report

    def close(self) -> None:
        """Close everything that was opened, the newest first. Closing twice is no error."""
        with self._lock:
            self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_instance(settings: Settings | None = None) -> Instance:
    """Open the instance that the settings describe, those of the environment by default."""
    return Instance(settings or Settings())
