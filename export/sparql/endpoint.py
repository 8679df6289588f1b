"""The datasets that SPARQL is asked over: what is published, and the same with its illustrative records."""

import threading
import time
from types import TracebackType
from typing import Final, Self

import structlog

from export.jsonld import prefixes
from export.sparql.keeper_process import KeeperProcess
from export.sparql.protocol import Answer, Limits, Question
from export.sparql.replica import Replica
from graph_model.derive.rdf import RdfWriter
from graph_model.errors import UnavailableError
from graph_model.messages import N_
from graph_model.settings import Settings
from graph_model.store import Store

PATIENCE_SECONDS: Final = 5.0
"""How long a query waits for a dataset that is being filled."""
_WORN_RECORDS: Final = 50_000
_MIB: Final = 1_048_576

log = structlog.get_logger(__name__)


class PublishedDataset:
    """One dataset. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings, *, illustrative: bool) -> None:
        self._store = store
        self._illustrative = illustrative
        self._prefixes = prefixes(settings.public_base)
        self._writer = RdfWriter(settings.public_base)
        self._limits = Limits(
            settings.sparql_seconds, settings.sparql_memory_mb * _MIB, settings.sparql_answer_mb * _MIB
        )
        self._lock = threading.Lock()
        self._answering: Replica | None = None
        self._coming: Replica | None = None

    @property
    def sequence(self) -> int:
        """The newest change that the dataset holds; -1 while it is filled for the first time."""
        answering = self._answering
        return answering.sequence if answering is not None else -1

    def ask(self, question: Question) -> Answer:
        """What a query gives. Raises QueryRefusedError, NoSuchFormError, UnavailableError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answering := self._answering) is None:
            if time.monotonic() > deadline:
                raise UnavailableError(N_("the graph is being made ready for SPARQL; try again shortly"))
            self.step()
        return answering.keeper.ask(question)

    def step(self) -> bool:
        """One bounded piece of work on the dataset; False where none was left. Raises UnavailableError."""
        with self._lock:
            try:
                return self._step()
            except Exception:
                self._give_up_filling()
                raise

    def _step(self) -> bool:
        self._drop_the_dead()
        if self._coming is None and (self._answering is None or _is_worn(self._answering)):
            keeper = KeeperProcess(self._limits, self._prefixes)
            self._coming = Replica(self._store, self._writer, keeper, illustrative=self._illustrative)
        busy = self._answering.step() if self._answering is not None else False
        if self._coming is not None:
            if self._coming.step():
                return True
            self._swap()
        return busy

    def _swap(self) -> None:
        """Answer from the replica that has caught up."""
        worn, self._answering, self._coming = self._answering, self._coming, None
        if worn is not None:
            worn.keeper.close()
        if self._answering is not None:
            log.info("sparql_ready", records=self._answering.records_filled, illustrative=self._illustrative)

    def _give_up_filling(self) -> None:
        """Begin anew at the next step: what was filled in part can not be told from what is whole."""
        if self._coming is not None:
            self._coming.keeper.close()
            self._coming = None

    def _drop_the_dead(self) -> None:
        """Forget a replica whose process is gone; the next step begins another."""
        if self._answering is not None and not self._answering.keeper.is_alive:
            log.warning("sparql_process_lost", illustrative=self._illustrative)
            self._answering.keeper.close()
            self._answering = None

    @property
    def process_id(self) -> int | None:
        """The process that keeps the dataset, once it answers."""
        answering = self._answering
        return answering.keeper.process_id if answering is not None else None

    def close(self) -> None:
        """End its processes. Closing twice is no error."""
        with self._lock:
            for replica in (self._answering, self._coming):
                if replica is not None:
                    replica.keeper.close()
            self._answering = self._coming = None


class SparqlEndpoint:
    """Both datasets of an instance. The illustrative one is filled when it is first asked for.

    Illustrative records are in a process of their own: no query over the facts can reach them.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.facts = PublishedDataset(store, settings, illustrative=False)
        self._everything = PublishedDataset(store, settings, illustrative=True)
        self._everything_wanted = False

    def dataset(self, *, illustrative: bool) -> PublishedDataset:
        """The dataset with or without illustrative records; one that was asked for once is kept in step."""
        if not illustrative:
            return self.facts
        self._everything_wanted = True
        return self._everything

    def step(self) -> bool:
        """One bounded piece of work; False where none was left. Raises UnavailableError."""
        busy = self.facts.step()
        if self._everything_wanted:
            busy = self._everything.step() or busy
        return busy

    def catch_up(self) -> None:
        """Bring every dataset that was asked for in step with the graph, in this thread."""
        while self.step():
            pass

    def close(self) -> None:
        """End every process. Closing twice is no error."""
        self.facts.close()
        self._everything.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_worn(replica: Replica) -> bool:
    """Whether so much was replaced that a fresh copy is smaller: the store in memory frees no old terms."""
    return replica.records_replaced > replica.records_filled + _WORN_RECORDS
