"""Settings of the whole suite."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "trimatch", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("trimatch")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the browser tests."""
    group = parser.getgroup("browser")
    group.addoption("--screenshots", metavar="DIR", help="where the browser tests keep their screenshots")
    group.addoption(
        "--readme-screenshots", action="store_true", help="write the two screenshots of the README again"
    )
    group.addoption(
        "--site",
        metavar="URL,TOKEN",
        help="a running `trimatch demo` and its token, instead of one that the browser tests start",
    )
