"""What the engine says in English about paths that there are not, word for word, and the code beside it."""

import pytest

from api.pages.languages import reader_language
from api.pages.triangle_messages import emptied_message, excluded_message
from graph_model.text import UN_LANGUAGES
from search.answers import PathAnswer
from search.conditions import Emptied, Emptying, Excluded, Exclusion


@pytest.mark.parametrize(
    ("emptied", "said"),
    [
        (
            Emptied(Emptying.CLUSTER, "triangular", ("tea", "coffee")),
            "cluster: no published offer, practice or partnership is in tea, coffee",
        ),
        (
            Emptied(Emptying.GRAPH, "triangular"),
            "graph: it holds no published offer, practice or partnership yet",
        ),
        (
            Emptied(Emptying.PIVOTAL, "north-south", excluding=True),
            "pivotal partner: no developed country with a track record is left for north-south "
            "after the exclusions",
        ),
        (
            Emptied(Emptying.PIVOTAL, "triangular"),
            "pivotal partner: no developing country with a track record is left for triangular",
        ),
        (
            Emptied(Emptying.FACILITATING, "triangular", excluding=True),
            "facilitating partner: no party with a track record is left for triangular after the exclusions",
        ),
        (Emptied(Emptying.MODALITY, "triangular"), "modality: no two different parties are left"),
        (
            Emptied(Emptying.EVIDENCE, "triangular"),
            "evidence: no triangle has a record behind each of its edges",
        ),
    ],
)
def test_what_emptied_an_answer(emptied: Emptied, said: str) -> None:
    assert str(emptied) == said


@pytest.mark.parametrize(
    ("excluded", "said"),
    [
        (
            Excluded(Exclusion.FACILITATING_MISSING, "facilitating", "triangular"),
            "facilitating: a triangular path needs a facilitating partner; name one",
        ),
        (
            Excluded(Exclusion.TWO_CORNERS, "pivotal", "triangular", "country/BRA"),
            "country/BRA would stand in two corners",
        ),
        (
            Excluded(Exclusion.DEVELOPING, "facilitating", "triangular", "country/IND"),
            "facilitating: country/IND is a developing country, and triangular asks for a developed or "
            "multilateral one",
        ),
        (
            Excluded(Exclusion.NOT_DEVELOPING, "pivotal", "south-south", "country/JPN"),
            "pivotal: country/JPN is no developing country, and south-south asks for one",
        ),
    ],
)
def test_what_excludes_a_triangle(excluded: Excluded, said: str) -> None:
    assert str(excluded) == said


def test_programs_are_given_the_words_alone() -> None:
    emptied = Emptied(Emptying.GRAPH, "triangular")
    answer = PathAnswer(
        query="tea",
        need=None,
        beneficiary=None,
        modality="triangular",
        paths=[],
        considered=0,
        emptied_by=str(emptied),
        emptied=emptied,
        model="m",
        embedder="e",
    )
    assert "emptied" not in answer.model_dump()
    assert "emptied" not in PathAnswer.model_json_schema(mode="serialization")["properties"]
    assert PathAnswer.model_validate_json(answer.model_dump_json()).emptied_by == str(emptied)


@pytest.mark.parametrize("code", UN_LANGUAGES)
def test_a_reader_is_told_every_condition_in_the_own_language(code: str) -> None:
    language = reader_language(code)
    said = {emptied_message(Emptied(each, "triangular"), language) for each in Emptying}
    names = {"country/KEN": "Kenya"}
    excluded = [Excluded(each, "pivotal", "triangular", "country/KEN") for each in Exclusion]
    said |= {excluded_message(each, names, language) for each in excluded}
    assert len(said) == len(Emptying) + len(Exclusion)
    assert not any("country/KEN" in each for each in said)
