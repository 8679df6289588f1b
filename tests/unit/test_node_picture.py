"""The picture of a record and what stands next to it."""

from api.pages.node_picture import Box
from api.pages.node_text import Text

LETTERS = 29
"""Letters of a relation that a box of this width has room for."""


def box(relation: str, *, made_up: bool = False) -> Box:
    return Box(0, 0, 196, 60, "neutral", relation, [], Text("Ликвидация голода", "ru"), made_up)


def test_a_relation_that_is_longer_than_its_box_is_cut() -> None:
    long = "Цель в области устойчивого развития"
    cut = box(long).caption
    assert cut.endswith("…")
    assert long.startswith(cut.removesuffix("…").rstrip())
    assert len(cut) <= LETTERS
    assert len(box(long, made_up=True).caption) <= LETTERS - len("◇ ")
    assert box("Тема").caption == "Тема"
