"""Changes to the graph whose event stream a test follows."""

import random
from typing import Any

from graph_model.errors import ConflictError
from graph_model.nodes import Need, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.store import Store


def change(store: Store, ref: str, **fields: Any) -> Record:
    stored = store.get(ref)
    assert stored is not None
    content = stored.record.model_dump() | fields
    record = type(stored.record).model_validate(content)
    store.write([record])
    return record


class RandomWriting:
    """Random writes to the graph, among them all that show, hide and recast records."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.made = 0

    def step(self) -> None:
        actions = [self.create, self.update, self.update, self.set_status, self.set_status, self.delete]
        self.random.choice([*actions, self.set_authenticity, self.recast, self.several])()

    def ref(self, *types: str) -> str:
        refs = [stored.record.ref for name in types for stored in self.store.records(name)]
        return self.random.choice(refs)

    def create(self) -> None:
        self.made += 1
        need = Need(
            id=f"made-{self.made}",
            title={"en": f"Need {self.made}", "ar": "حاجة"},
            description={"en": "…"},
            sought_by=[self.ref("stakeholder", "country")],
            clusters=[self.ref("cluster")],
            status=self.random.choice([Status.DRAFT, Status.PUBLISHED]),
            authenticity=self.random.choice(list(Authenticity)),
            source="test",
        )
        self.store.write([need])

    def update(self) -> None:
        ref = self.ref("need", "offer", "partnership", "practice")
        change(self.store, ref, title={"en": f"Title {self.random.random()}"}, original_language="en")

    def set_status(self) -> None:
        ref = self.ref("need", "offer", "partnership", "stakeholder", "cluster", "practice")
        change(self.store, ref, status=self.random.choice(list(Status)))

    def set_authenticity(self) -> None:
        ref = self.ref("need", "offer", "partnership", "stakeholder", "country")
        change(self.store, ref, authenticity=self.random.choice(list(Authenticity)))

    def recast(self) -> None:
        if self.random.random() < 0.5:
            change(self.store, self.ref("country"), developing=self.random.random() < 0.5)
        else:
            kind = self.random.choice(list(StakeholderKind))
            change(self.store, self.ref("stakeholder"), kind=kind, country=self.ref("country"))

    def several(self) -> None:
        """One transaction that touches records which name each other."""
        refs = {self.ref("need", "partnership", "stakeholder", "cluster", "offer") for _ in range(7)}
        status = self.random.choice([Status.PUBLISHED, Status.WITHDRAWN])
        stored = self.store.get_many(sorted(refs)).values()
        self.store.write([each.record.model_copy(update={"status": status}) for each in stored])

    def delete(self) -> None:
        refs = [self.ref("need", "practice", "partnership")]
        try:
            self.store.delete(refs)
        except ConflictError:
            change(self.store, refs[0], status=Status.WITHDRAWN)
        if not list(self.store.records(refs[0].partition("/")[0])):
            self.create()
