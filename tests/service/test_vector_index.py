"""Both vector stores under one suite: Qdrant Edge in a folder, qdrant-client in memory and on a real server.

A real server is used where the environment variable QDRANT_URL is set.
"""

from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from graph_model.errors import ConfigurationError, NotFoundError
from search.edge_index import EdgeIndex
from search.server_index import ServerIndex
from search.vector_index import Hit, IndexedPoint, Payload, VectorIndex
from tests.service.vector_indexes import FACETS, filled, index, server_index, unit

__all__ = ["filled", "index"]


def test_a_record_is_found_by_meaning_and_by_words(filled: VectorIndex) -> None:
    dense = filled.search_dense(unit(1, 0, 0, 0), 2)
    assert [hit.ref for hit in dense] == ["need/1", "offer/1"]
    assert dense[0].score == pytest.approx(1.0, abs=1e-5)
    assert dense[0].payload == {"ref": "need/1", "type": "Need", "countries": ["KEN"]}
    assert [hit.ref for hit in filled.search_text("seeds", 5)] == ["offer/2"]
    assert filled.search_text("volcano", 5) == []
    assert filled.search_text(" … ", 5) == []


def test_a_brief_search_finds_the_same_with_the_language_alone(index: VectorIndex) -> None:
    index.upsert(
        [
            IndexedPoint("need/1", unit(1, 0, 0, 0), "patent", {"type": "Need", "language": "fr"}),
            IndexedPoint("need/2", unit(1, 1, 0, 0), "patent office", {"type": "Need"}),
            IndexedPoint("offer/1", unit(1, 0, 0, 1), "patent", {"type": "Offer", "language": "en"}),
        ]
    )
    index.set_payload({"need/1": {"type": "Need", "language": "es"}})
    where = {"type": ["Need"]}
    for brief, full in (
        (
            index.search_dense(unit(1, 0, 0, 0), 5, where, brief=True),
            index.search_dense(unit(1, 0, 0, 0), 5, where),
        ),
        (index.search_text("patent", 5, where, brief=True), index.search_text("patent", 5, where)),
    ):
        assert [(hit.ref, hit.score) for hit in brief] == [(hit.ref, hit.score) for hit in full]
        assert {hit.ref: hit.payload.get("language") for hit in brief} == {"need/1": "es", "need/2": None}
        assert "type" not in brief[0].payload
    index.delete(["need/1"])
    assert [hit.ref for hit in index.search_dense(unit(1, 0, 0, 0), 5, where, brief=True)] == ["need/2"]


def test_upsert_replaces_vector_text_and_payload(filled: VectorIndex) -> None:
    filled.upsert([IndexedPoint("need/1", unit(0, 0, 0, 1), "Fisheries", {"type": "Need"})])
    assert filled.count() == 4
    assert filled.search_dense(unit(0, 0, 0, 1), 1)[0].payload == {"ref": "need/1", "type": "Need"}
    assert [hit.ref for hit in filled.search_text("fisheries", 5)] == ["need/1"]
    assert "need/1" not in [hit.ref for hit in filled.search_text("examiners", 5)]


def test_the_last_of_two_points_with_one_ref_wins(index: VectorIndex) -> None:
    index.upsert(
        [
            IndexedPoint("need/1", unit(1, 0, 0, 0), "first", {"type": "Need"}),
            IndexedPoint("need/1", unit(0, 1, 0, 0), "second", {"type": "Offer"}),
        ]
    )
    assert index.retrieve(["need/1"]) == {"need/1": {"ref": "need/1", "type": "Offer"}}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, {"need/1", "offer/1", "offer/2", "practice/1"}),
        ({}, {"need/1", "offer/1", "offer/2", "practice/1"}),
        ({"type": ["Offer"]}, {"offer/1", "offer/2"}),
        ({"countries": ["KEN", "ARG"]}, {"need/1", "offer/1", "practice/1"}),
        ({"type": ["Offer", "Need"], "countries": ["BRA"], "sdgs": ["2"]}, {"offer/2"}),
        ({"type": ["Need"], "countries": ["BRA"]}, set()),
        ({"type": []}, set()),
        ({"sdgs": ["17"]}, set()),
    ],
)
def test_filters_hold_in_every_search(
    filled: VectorIndex, where: dict[str, list[str]] | None, expected: set[str]
) -> None:
    vector = unit(1, 1, 1, 1)
    words = "patent seed music training"
    assert {hit.ref for hit in filled.search_dense(vector, 10, where)} == expected
    assert {hit.ref for hit in filled.search_text(words, 10, where)} == expected
    assert {hit.ref for hit in filled.search_hybrid(vector, words, 10, where)} == expected
    assert filled.count(where) == len(expected)


def test_a_filter_on_an_unknown_facet_is_refused(filled: VectorIndex) -> None:
    for ask in (filled.count, lambda where: filled.search_text("patent", 5, where)):
        with pytest.raises(ValueError, match="no facet 'country'"):
            ask({"country": ["KEN"]})
    with pytest.raises(ValueError, match="no facet 'country'"):
        filled.facet("country")


def test_facets_count_exactly_and_by_frequency(filled: VectorIndex) -> None:
    assert list(filled.facet("countries").items()) == [("BRA", 2), ("KEN", 2), ("ARG", 1)]
    assert filled.facet("countries", {"type": ["Offer"]}) == {"BRA": 2, "ARG": 1}
    assert filled.facet("sdgs", limit=1) == {"9": 2}
    assert filled.facet("type", {"sdgs": ["17"]}) == {}


def test_set_payload_replaces_it_and_keeps_the_vectors(filled: VectorIndex) -> None:
    filled.set_payload({"need/1": {"type": "Closed"}, "offer/2": {"type": "Closed", "sdgs": ["1"]}})
    assert filled.retrieve(["need/1"]) == {"need/1": {"ref": "need/1", "type": "Closed"}}
    assert filled.facet("countries") == {"ARG": 1, "BRA": 1, "KEN": 1}
    assert filled.search_dense(unit(1, 0, 0, 0), 1)[0].ref == "need/1"
    assert [hit.ref for hit in filled.search_text("examiners", 5, {"type": ["Closed"]})] == ["need/1"]


def test_set_payload_of_an_absent_record_changes_nothing(filled: VectorIndex) -> None:
    with pytest.raises(NotFoundError, match="need/9"):
        filled.set_payload({"need/1": {"type": "Closed"}, "need/9": {"type": "Closed"}})
    assert filled.count({"type": ["Closed"]}) == 0


def test_delete_removes_and_forgives_what_is_absent(filled: VectorIndex) -> None:
    filled.delete(["need/1", "need/9"])
    assert filled.retrieve(["need/1", "offer/1"]).keys() == {"offer/1"}
    assert "need/1" not in [hit.ref for hit in filled.search_text("examiners", 5)]
    assert filled.facet("type") == {"Offer": 2, "Practice": 1}


def test_nothing_to_do_is_no_error(index: VectorIndex) -> None:
    index.upsert([])
    index.delete([])
    index.set_payload({})
    assert index.retrieve([]) == {}
    assert index.count() == 0
    assert list(index.scroll()) == []
    assert index.search_hybrid(unit(1, 0, 0, 0), "patent", 5) == []


def test_scroll_visits_every_point_once(index: VectorIndex) -> None:
    index.upsert([IndexedPoint(f"need/{n}", unit(1, n, 0, 0), "text", {"type": "Need"}) for n in range(57)])
    seen = list(index.scroll(batch=10))
    assert sorted(ref for ref, _ in seen) == sorted(f"need/{n}" for n in range(57))
    assert all(payload == {"ref": ref, "type": "Need"} for ref, payload in seen)


def test_ties_are_decided_by_ref_in_every_search(index: VectorIndex) -> None:
    names = [f"need/{n:03}" for n in np.random.default_rng(3).permutation(60)]
    index.upsert([IndexedPoint(name, unit(1, 2, 3, 4), "the same text", {}) for name in names])
    expected = [f"need/{n:03}" for n in range(5)]
    vector = unit(1, 1, 1, 1)
    assert [hit.ref for hit in index.search_dense(vector, 5)] == expected
    assert [hit.ref for hit in index.search_text("text", 5)] == expected
    assert [hit.ref for hit in index.search_hybrid(vector, "text", 5)] == expected


def test_hybrid_prefers_what_both_searches_found(filled: VectorIndex) -> None:
    hits = filled.search_hybrid(unit(1, 0, 0, 0), "office", 4)
    assert hits[0].ref == "offer/1"
    assert hits[0].score == pytest.approx(1 / 62 + 1 / 61)
    assert hits[1].ref == "need/1"
    assert hits[1].score == pytest.approx(1 / 61)


TEXTS = {
    "en": ("Training of patent examiners", "examiner"),
    "fr": ("Protection des indications géographiques", "indication geographique"),
    "es": ("Capacitación en propiedad intelectual", "CAPACITACION"),
    "ru": ("Обучение экспертов по товарным знакам", "товарным знакам"),
    "ar": ("حماية المعارف التقليدية", "المعارف"),
    "zh": ("技术转让和知识产权培训", "知识产权"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_words_are_found_in_every_language(index: VectorIndex, language: str) -> None:
    index.upsert([IndexedPoint(code, unit(1, 0, 0, 0), text, {}) for code, (text, _) in TEXTS.items()])
    assert [hit.ref for hit in index.search_text(TEXTS[language][1], 3)] == [language]


def test_rare_words_weigh_more_than_frequent_ones(index: VectorIndex) -> None:
    points = [IndexedPoint(f"a/{n}", unit(1, 0, 0, 0), "patent office", {}) for n in range(30)]
    index.upsert([*points, IndexedPoint("b", unit(1, 0, 0, 0), "cocoa office", {})])
    assert index.search_text("patent cocoa", 1)[0].ref == "b"


def test_bad_vectors_and_limits_are_refused(filled: VectorIndex) -> None:
    with pytest.raises(ValueError, match="shape"):
        filled.search_dense(np.ones(3, dtype=np.float32), 5)
    with pytest.raises(ValueError, match=r"need/7: .* not finite"):
        filled.upsert([IndexedPoint("need/7", np.full(4, np.nan, dtype=np.float32), "text", {})])
    with pytest.raises(ValueError, match="limit"):
        filled.search_hybrid(unit(1, 0, 0, 0), "patent", 0)


def assert_same(left: list[Hit], right: list[Hit]) -> None:
    assert [hit.ref for hit in left] == [hit.ref for hit in right]
    assert [hit.score for hit in left] == pytest.approx([hit.score for hit in right], rel=1e-4)
    assert [hit.payload for hit in left] == [hit.payload for hit in right]


def test_edge_and_client_give_the_same_answers(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    words = [f"word{number}" for number in range(400)]
    frequencies = 1 / np.arange(1, 401)
    frequencies /= frequencies.sum()
    vectors = rng.normal(size=(2_000, 32)).astype(np.float32)
    points = []
    for number, vector in enumerate(vectors):
        payload: Payload = {
            "type": str(rng.choice(["Need", "Offer", "Practice"])),
            "countries": [f"C{code}" for code in rng.choice(40, size=2, replace=False)],
        }
        text = " ".join(rng.choice(words, size=rng.integers(5, 40), p=frequencies))
        points.append(IndexedPoint(f"r/{number:04}", unit(*vector), text, payload))
    edge = EdgeIndex(tmp_path / "index", 32, FACETS)
    server = server_index(QdrantClient(":memory:"), 32)
    for store in (edge, server):
        store.upsert(points)
        store.set_payload({"r/0001": {"type": "Offer", "countries": ["C1"]}})
    edge.optimize()
    wheres: list[dict[str, list[str]] | None] = [None, {"type": ["Offer"]}, {"countries": ["C1", "C2"]}]
    for number in range(12):
        vector = unit(*rng.normal(size=32))
        text = " ".join(rng.choice(words, size=4, p=frequencies))
        where = wheres[number % 3]
        assert_same(edge.search_dense(vector, 15, where), server.search_dense(vector, 15, where))
        assert_same(edge.search_text(text, 15, where), server.search_text(text, 15, where))
        assert_same(
            edge.search_hybrid(vector, text, 15, where), server.search_hybrid(vector, text, 15, where)
        )
    for store in (edge, server):
        store.delete([f"r/{number:04}" for number in range(0, 2_000, 50)])
    for where in wheres:
        assert_same(edge.search_dense(vector, 15, where), server.search_dense(vector, 15, where))
        assert edge.facet("countries", where) == server.facet("countries", where)
        assert edge.count(where) == server.count(where)
    assert dict(edge.scroll()) == dict(server.scroll())
    edge.close()
    server.close()


def test_the_server_refuses_vectors_of_another_embedder() -> None:
    client = QdrantClient(":memory:")
    first = server_index(client)
    with pytest.raises(ConfigurationError, match="8 dimensions"):
        ServerIndex(client, first._collection, 8, ())
    client.close()
