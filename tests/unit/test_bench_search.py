"""What the searches are compared on: queries, exact answers, and fusion as the other engine does it."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench._search_data import ExactSearch, Organisation, make_queries, read_organisations
from bench._search_engines import highest_share
from bench._search_stores import lucene
from bench.search import Measured, main

ORGANISATIONS = [
    Organisation(
        f"organisation/{place}", f"Institute of Marine Science number {place}", "KE" if place else "BR"
    )
    for place in range(30)
]


def test_the_sample_is_the_same_each_time(tmp_path: Path) -> None:
    rows = [{"name": f"Name {place}", "country_code": "ke"} for place in range(50)]
    (tmp_path / "ke.json").write_text(json.dumps(rows), encoding="utf-8")
    first = read_organisations(tmp_path, 10)
    assert first == read_organisations(tmp_path, 10)
    assert len({each.ref for each in first}) == 10
    assert {each.country for each in first} == {"KE"}


def test_half_of_the_queries_are_names_less_a_word() -> None:
    names = {each.ref: each.name.split() for each in ORGANISATIONS}
    queries = make_queries(ORGANISATIONS, 20)
    named = [query for query in queries if query.wanted is not None]
    assert len(queries) == 20
    assert len(named) == 10
    for query in named:
        assert query.wanted is not None
        assert len(query.text.split()) == len(names[query.wanted]) - 1
    assert len({query.text for query in queries if query.wanted is None}) == 10


def test_exact_search_keeps_the_country_and_orders_by_cosine() -> None:
    vectors = np.eye(3, dtype=np.float32)
    exact = ExactSearch(
        [Organisation("a", "A", "BR"), Organisation("b", "B", "KE"), Organisation("c", "C", "KE")], vectors
    )
    query = np.array([0.9, 0.1, 0.4], dtype=np.float32)
    assert [ref for ref, _ in exact.nearest(query, 2, None)] == ["a", "c"]
    assert [ref for ref, _ in exact.nearest(query, 5, "KE")] == ["c", "b"]


def test_the_highest_share_of_either_ranking_counts() -> None:
    assert highest_share([("a", 0.9), ("b", 0.45)], [("b", 4.0), ("c", 3.0)]) == ["a", "b", "c"]
    assert highest_share([], [("b", 4.0)]) == ["b"]


def test_operators_of_lucene_are_words_in_a_query() -> None:
    assert lucene("R&D (Wisconsin) AND a/b NOT-x") == r"R&D \(Wisconsin\) and a\/b not\-x"


def test_recall_is_a_share_of_the_exact_answer() -> None:
    measured = Measured()
    queries = make_queries(ORGANISATIONS, 20)
    wanted = next(query for query in queries if query.wanted is not None)
    measured.note(wanted, [wanted.wanted or "", "x"], ["x", "y"], 3.0)
    summary = measured.summary()
    assert summary["recall@20"] == 0.5
    assert summary["named first"] == summary["named in 20"] == 1.0
    assert summary["median ms"] == 3.0


def test_absent_data_is_named_and_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 0
    assert "absent" in capsys.readouterr().err
