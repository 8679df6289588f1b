"""An instance over the small graph that tests share for as long as none of them writes."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from graph_model.queries import CURSOR_LABEL, TOKEN_LABEL
from graph_model.record import Record
from graph_model.settings import Settings
from graph_model.store import Store
from search.embedder import LoadedEmbedder
from search.instance import Instance


class SmallInstances:
    """An instance over the small graph, made anew only where the graph is not what it was made with.

    Most tests only read, and to fill a graph and an index costs more than what they do with it.
    """

    def __init__(
        self, store: Store, settings_of: Callable[[], Settings], load: Callable[[str], LoadedEmbedder]
    ) -> None:
        self._store = store
        self._settings_of = settings_of
        self._load = load
        self._opened = ExitStack()
        self._instance: Instance | None = None
        self._made_of: Sequence[Record] = ()
        self._graph: object = None

    def instance(self, records: Sequence[Record]) -> Instance:
        """Over a graph of these records alone, whatever tests have done before."""
        self._store.update((f"MATCH (n:{TOKEN_LABEL}) DETACH DELETE n", {}))
        if self._instance is None or self._made_of != records or self._graph != self._everything():
            self.close()
            self._store.update(("MATCH (n) DETACH DELETE n", {}))
            self._instance = self._opened.enter_context(Instance(self._settings_of(), self._load))
            self._instance.store.write(records)
            self._made_of, self._graph = records, self._everything()
        return self._instance

    def close(self) -> None:
        """The next instance is a new one."""
        self._opened.close()
        self._instance = None

    def _everything(self) -> object:
        """All but how far an index has followed: times of writing tell a graph from one written again."""
        nodes = (
            f"MATCH (n) WHERE NOT n:{CURSOR_LABEL} "
            "RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties ORDER BY id"
        )
        relationships = (
            "MATCH (a)-[r]->(b) RETURN elementId(r) AS id, type(r) AS type, properties(r) AS properties, "
            "elementId(a) AS start, elementId(b) AS end ORDER BY id"
        )
        return self._store.run((nodes, {})), self._store.run((relationships, {}))
