"""Sentences about evidence whose names and titles run in other directions."""

import pytest

from search.sentences import sentence, years

START, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def test_an_arabic_sentence_keeps_its_punctuation_about_titles_and_years_of_another_direction() -> None:
    text = sentence(
        "together", "ar", other="كينيا", party="UNDP", title="SDG Tracker", years=years("2016", "2020")
    )
    assert f"«{START}SDG Tracker{END}» {START}(2016–2020){END}." in text


def test_an_arabic_title_does_not_turn_an_english_sentence() -> None:
    text = sentence("offers", "en", party="Egypt", title="دعم التعاونيات", percent="24%")
    assert text == f"Egypt offers “{START}دعم التعاونيات{END}”, 24% close to this need."


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_could_turn_the_sentence_is_left_out(language: str) -> None:
    text = sentence("vanish", language, title=f"evil\N{RIGHT-TO-LEFT OVERRIDE}{END} title")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert text.count(END) == text.count(START)


def test_a_sentence_in_one_direction_has_no_invisible_characters() -> None:
    text = sentence("vanish", "fr", title="Une indication géographique")
    assert text == "Sans « Une indication géographique », ce triangle ne serait pas proposé."
