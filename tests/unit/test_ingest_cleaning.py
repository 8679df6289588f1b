"""Texts of the outside world become plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning import harmless_cell, looks_like_formula, one_line, plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Coffee &amp; tea</p><p>Second</p>", "Coffee & tea\nSecond"),
        ("A<script>alert(1)</script>B", "AB"),
        ("&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("yields a < b and c > d", "yields a < b and c > d"),
        ("CafÃ© de MÃ©xico", "Café de México"),
        ("zero\u200bwidth\u00a0space\x07", "zerowidth space"),
        ("first\r\n\r\n\r\nsecond", "first\n\nsecond"),
        ("Bill &amp;amp; Melinda", "Bill & Melinda"),
        ("<img src=x onerror=alert(1)>text", "text"),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert plain_text(text) == expected


@given(st.text())
def test_plain_text_leaves_no_tag_that_a_browser_would_run(text: str) -> None:
    assert "<script" not in plain_text(f"{text}<script>x</script>").casefold()


@given(st.text(max_size=200))
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=HYPERLINK(A1)", "=cmd|' /C calc'!A0", "+SUM(A1)", "-A1", "@SUM(A1)", "+x|' /C calc'!A0"],
)
def test_formulas_are_told(text: str) -> None:
    assert looks_like_formula(text)


@pytest.mark.parametrize("text", ["-5", "+254 700", "- item", "@wipo", "-based", "a=b", "Growth: +3 %"])
def test_ordinary_texts_are_no_formulas(text: str) -> None:
    assert not looks_like_formula(text)


def test_a_cell_for_spreadsheets_is_never_computed() -> None:
    assert harmless_cell("=1+1") == "'=1+1"
    assert harmless_cell("tea") == "tea"
