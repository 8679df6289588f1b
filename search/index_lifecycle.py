"""Which vector index answers queries, and how a new one takes its place.

The index of an embedder is built from the graph once, then follows the change log. While the index of the
wanted embedder is being built, the complete index of an earlier embedder goes on answering.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog

from graph_model import queries
from graph_model.derive.payload import facet_keys
from graph_model.errors import NotFoundError, TrimatchError, UnavailableError
from graph_model.record import Status
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder, load_embedder
from search.indexer import Indexer, IndexReport, Progress
from search.indexer_thread import POLL_SECONDS, IndexerThread
from search.open_index import OpenIndex, drop_index, index_name, list_indexes, open_index
from search.reconcile import comparisons
from search.requests import SEARCHABLE_TYPES
from search.vector_index import VectorIndex

PAYLOAD_VERSION: Final = 1
"""Raise it when payloads are computed in another way: every index is then compared with the graph again."""
PLACE_FILE: Final = "vectors.id"

log = structlog.get_logger(__name__)


class ActiveIndex:
    """The index that answers queries now. Safe to share between threads."""

    def __init__(self, opened: OpenIndex) -> None:
        self._opened = opened
        self._users: dict[str, int] = {}
        self._change = threading.Condition()

    @contextmanager
    def use(self) -> Iterator[OpenIndex]:
        """The index and its embedder; they stay open until the block ends, also when another takes over."""
        with self._change:
            opened = self._opened
            self._users[opened.name] = self._users.get(opened.name, 0) + 1
        try:
            yield opened
        finally:
            with self._change:
                self._users[opened.name] -= 1
                self._change.notify_all()

    @property
    def identity(self) -> str:
        """Identity of the embedder whose index answers."""
        return self._opened.embedder.identity

    @property
    def index(self) -> VectorIndex:
        """The index that answers at this moment; take ``use`` for more than one call."""
        return self._opened.index

    def switch(self, opened: OpenIndex) -> OpenIndex:
        """Answer with another index from now on; returns the former one once nobody uses it."""
        with self._change:
            former, self._opened = self._opened, opened
            self._change.wait_for(lambda: not self._users.get(former.name))
        return former


@dataclass(slots=True)
class _Building:
    """An index that is being filled: what remains to compare, and where the change log stood at the start."""

    indexer: Indexer
    steps: Iterator[Any]
    done: int = 0


class IndexLifecycle:
    """Opens the indexes of one instance, builds and follows them, and replaces the active one."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        load: Callable[[str], LoadedEmbedder] = load_embedder,
    ) -> None:
        """Open the index that answers queries. Takes as long as loading the embedder.

        Raises ConfigurationError where the embedder cannot be loaded, UnavailableError where a store cannot
        be reached or another process holds the index.
        """
        self._settings = settings
        self._store = store
        self._load = load
        self._place = _place(settings)
        self._layout = _layout()
        self._lock = threading.RLock()
        self._building: _Building | None = None
        self._thread: IndexerThread | None = None
        self._closed = False
        store.update(queries.index_cursor_constraint())
        wanted = self._open(settings.embedder, load(settings.embedder))
        former = None if self._is_complete(wanted) else self._former(wanted)
        self.active = ActiveIndex(former or wanted)
        self._indexer = self._follow(former or wanted)
        if self._is_complete(wanted):
            self._drop_others(wanted)
        else:
            self._building = self._build(self._indexer if former is None else self._follow(wanted))

    @property
    def indexer(self) -> Indexer:
        """Keeps the index that answers queries in step."""
        return self._indexer

    @property
    def rebuilding(self) -> str | None:
        """Identity of the embedder whose index is being built, if any."""
        building = self._building
        return building.indexer.opened.embedder.identity if building else None

    def lag(self) -> int:
        """Changes that the index that answers does not hold; all of them until its first build is over."""
        return self._store.last_sequence() if self._first_build else self._indexer.lag()

    def is_in_step(self) -> bool:
        """Whether the index that answers queries is complete and holds every change."""
        return self.lag() == 0

    def wait_for(self, sequence: int, timeout_seconds: float) -> bool:
        """Wait until another thread has indexed this change; False where the time ran out first."""
        deadline = time.monotonic() + timeout_seconds
        while self._first_build and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return (
            self._indexer.wait_for(sequence, max(0.0, deadline - time.monotonic())) and not self._first_build
        )

    @property
    def _first_build(self) -> bool:
        building = self._building
        return building is not None and building.indexer is self._indexer

    def start(self) -> None:
        """Build and follow in a background thread until closed."""
        if self._thread is None:
            self._thread = IndexerThread(self.step)
            self._thread.start()

    def wake(self) -> None:
        """Look for changes at once: a local writer calls this after a write."""
        if self._thread is not None:
            self._thread.wake()

    def step(self) -> bool:
        """One bounded piece of building and of following; False where nothing was to do."""
        with self._lock:
            if self._closed:
                return False
            built = self._build_on()
            # Until its first build is over, the log before the start of the build is the build's work.
            if self._first_build:
                return True
            return (self._indexer.run_batch() is not None) or built

    def catch_up(self, progress: Progress | None = None) -> IndexReport:
        """Build what is not built and index every change, in this thread."""
        report = IndexReport()
        with self._lock:
            total = self._store.last_sequence() if self._building else 0
            while self._building is not None:
                self._build_on(report)
                if progress and self._building is not None:
                    progress(self._building.done, max(total, self._building.done))
            report.add(self._indexer.run_once(progress))
        return report

    def close(self) -> None:
        """End the thread and close every index. Closing twice is no error."""
        if self._thread is not None:
            self._thread.close()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._building is not None and self._building.indexer is not self._indexer:
                self._building.indexer.opened.index.close()
            self._indexer.opened.index.close()

    def _open(self, setting: str, embedder: LoadedEmbedder) -> OpenIndex:
        name = index_name(embedder.identity)
        index = open_index(self._settings, name, embedder.dimensions, facet_keys(SEARCHABLE_TYPES))
        opened = OpenIndex(name, embedder, index)
        cursor = self._cursor(name)
        # A folder or collection that was deleted leaves its cursor behind.
        lost = cursor is not None and cursor["complete"] and index.count() == 0 and self._anything_to_index()
        stands = cursor is not None and cursor["complete"] and cursor["layout"] == self._layout and not lost
        if not stands:
            # The build compares the graph as it is from now on, so that older changes need not be followed.
            self._put_cursor(name, setting, sequence=self._store.last_sequence(), complete=False)
        return opened

    def _former(self, wanted: OpenIndex) -> OpenIndex | None:
        """Another index that is complete, with its embedder; None where there is none that can be used."""
        existing = set(list_indexes(self._settings)) - {wanted.name}
        for row in self._store.run(queries.index_cursors(self._place)):
            if row["index"] in existing and row["complete"] and row["layout"] == self._layout:
                try:
                    opened = self._open(row["embedder"], self._load(row["embedder"]))
                except TrimatchError as problem:
                    log.warning("former_index_unusable", index=row["index"], problem=str(problem))
                    continue
                if opened.name == row["index"] and self._is_complete(opened):
                    return opened
                opened.index.close()
        return None

    def _build(self, indexer: Indexer) -> _Building:
        return _Building(indexer, comparisons(self._store, indexer, check_only=False))

    def _build_on(self, report: IndexReport | None = None) -> bool:
        building = self._building
        if building is None:
            return False
        try:
            compared, size = next(building.steps, (None, 0))
        except UnavailableError:
            # The iterator is spent; equal points are passed over quickly the second time.
            self._building = self._build(building.indexer)
            raise
        if compared is not None:
            building.done += size
            if report is not None:
                report.count(compared)
            return True
        building.indexer.run_once()
        self._finish(building.indexer)
        return True

    def _finish(self, indexer: Indexer) -> None:
        opened = indexer.opened
        opened.index.flush()
        self._put_cursor(opened.name, self._settings.embedder, sequence=indexer.sequence, complete=True)
        self._building = None
        if indexer is self._indexer:
            return
        former = self.active.switch(opened)
        self._indexer = indexer
        former.index.close()
        self._drop_others(opened)
        log.info("index_replaced", former=former.name, index=opened.name)

    def _drop_others(self, kept: OpenIndex) -> None:
        """Drop the indexes of former embedders of this graph."""
        for row in self._store.run(queries.index_cursors(self._place)):
            if row["index"] == kept.name:
                continue
            try:
                drop_index(self._settings, row["index"])
            except NotFoundError:
                pass  # dropped before its cursor could be removed
            except UnavailableError as problem:
                log.warning("former_index_kept", index=row["index"], problem=str(problem))
                continue
            self._store.update(queries.remove_index_cursor(self._place, row["index"]))

    def _follow(self, opened: OpenIndex) -> Indexer:
        cursor = self._cursor(opened.name)
        return Indexer(self._store, opened, self._place, cursor["sequence"] if cursor else 0)

    def _cursor(self, name: str) -> dict[str, Any] | None:
        rows = self._store.run(queries.index_cursors(self._place))
        return next((row for row in rows if row["index"] == name), None)

    def _put_cursor(self, name: str, setting: str, *, sequence: int, complete: bool) -> None:
        properties = {"embedder": setting, "layout": self._layout, "sequence": sequence, "complete": complete}
        self._store.update(queries.put_index_cursor(self._place, name, properties))

    def _is_complete(self, opened: OpenIndex) -> bool:
        cursor = self._cursor(opened.name)
        return bool(cursor and cursor["complete"])

    def _anything_to_index(self) -> bool:
        return any(
            row["type"] in SEARCHABLE_TYPES and row["status"] == Status.PUBLISHED
            for row in self._store.run(queries.count_by_type())
        )


def _layout() -> str:
    text = repr((PAYLOAD_VERSION, facet_keys(SEARCHABLE_TYPES)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _place(settings: Settings) -> str:
    """Names where the indexes live: several homes may keep theirs beside one Neo4j."""
    if settings.qdrant_url is not None:
        return settings.qdrant_url
    path = settings.home / PLACE_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(uuid4().hex, encoding="ascii")
    return f"edge:{path.read_text(encoding='ascii').strip()}"
