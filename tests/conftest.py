"""Settings of the whole suite."""

import os

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile(
    "trimatch", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("trimatch")

# A Neo4j that lives for seconds or minutes does not earn back what its optimizing compiler costs.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")


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


OWN_SERVERS = ("test_api_outage.py", "test_local_server.py")
"""Service tests that do not use the shared Neo4j."""


class OneProcessForEachServer(LoadScopeScheduling):  # type: ignore[misc]
    """Where several processes share the tests: all that use the site stay in one.

    So do those that use the shared Neo4j, which costs half a minute of a core to start and warm up, but in
    two halves: one process would end long after the others. Of the other tests, each file.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder, _, name = file.removeprefix("tests/").partition("/")
        if folder == "service" and name not in OWN_SERVERS:
            return "service, first half" if name < "test_f" else "service, second half"
        return folder if folder == "browser" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """How ``pytest -n`` hands out the tests."""
    return OneProcessForEachServer(config, log)
