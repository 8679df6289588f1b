"""The arithmetic of the load measurement."""

import pytest

from bench._load_clients import Answer
from bench.load import growth, summary


def test_failed_answers_are_errors_and_no_answers() -> None:
    answers = [Answer("/api/search", at, 0.1) for at in range(8)]
    answers += [Answer("/api/paths", 9, 0.2, "503 closed"), Answer("/api/paths", 9, 0.4)]
    found = summary(answers, seconds=3)
    assert found["answers"] == 9
    assert found["answers a second"] == pytest.approx(3)
    assert found["errors"] == 1
    assert found["problems"] == {"503 closed": 1}
    assert found["milliseconds"]["/api/search"]["p99"] == pytest.approx(100)
    assert found["milliseconds"]["/api/paths"]["answers"] == 1
    assert found["milliseconds"]["/{type}/{id}"] == {"answers": 0}


def test_growth_is_given_for_ten_minutes_and_one_outlier_does_not_move_it() -> None:
    memory = [(2.0 * place, 500 + 2.0 * place / 60) for place in range(60)]
    memory[30] = (60.0, 900.0)
    found = growth(memory)
    assert found is not None
    assert found["MiB in 10 minutes"] == pytest.approx(10, rel=0.01)
    assert found["low"] <= found["MiB in 10 minutes"] <= found["high"]


def test_memory_that_goes_up_and_down_has_an_interval_around_zero() -> None:
    found = growth([(2.0 * place, 500 + place % 2) for place in range(60)])
    assert found is not None
    assert found["low"] <= 0 <= found["high"]


def test_few_samples_say_nothing_of_growth() -> None:
    assert growth([(0.0, 500.0), (2.0, 501.0)]) is None
