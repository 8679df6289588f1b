"""Fusion of dense and text search keeps records of other languages where dense search has them."""

import pytest

from search.fusion import reciprocal_rank, within_language
from search.vector_index import Hit


def hits(*names: str, near: bool = False) -> list[Hit]:
    """Hits named language:number, best first."""
    scores = (1.0 - place / 100 for place in range(len(names)))
    return [Hit(name, score, {"language": name[:2]}, near) for name, score in zip(names, scores, strict=True)]


def test_reciprocal_rank_adds_up_and_breaks_ties_by_reference() -> None:
    found = reciprocal_rank(hits("en:a", "en:b"), hits("en:b", "en:c"))
    assert [hit.ref for hit in found] == ["en:b", "en:a", "en:c"]
    assert found[0].score == pytest.approx(1 / 62 + 1 / 61)


def test_only_the_language_of_the_words_is_reordered() -> None:
    dense = hits("fr:a", "en:a", "zh:a", "en:b", "fr:b", near=True)
    found = within_language(dense, hits("en:b", "fr:b"))
    assert [hit.ref for hit in found] == ["fr:a", "en:b", "zh:a", "en:a", "fr:b"]


def test_what_only_words_found_is_added_and_marked() -> None:
    found = within_language(hits("en:a", near=True), hits("en:c", "fr:c"))
    assert {hit.ref: hit.near for hit in found} == {"en:a": True, "en:c": False, "fr:c": False}


def test_scores_fall() -> None:
    found = within_language(hits("fr:a", "en:a", "en:b", near=True), hits("en:b", "en:a", "fr:c"))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_without_a_text_hit_the_dense_order_stands() -> None:
    dense = hits("fr:a", "en:a", near=True)
    assert [hit.ref for hit in within_language(dense, [])] == ["fr:a", "en:a"]


def test_a_limit_keeps_the_first_of_the_whole_order() -> None:
    dense, words = hits("fr:a", "en:a", "en:b", near=True), hits("en:b", "en:d", "fr:c")
    whole = within_language(dense, words)
    assert [within_language(dense, words, limit) for limit in range(7)] == [
        whole[:limit] for limit in range(7)
    ]
