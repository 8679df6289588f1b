"""Settings of the whole suite."""

import gc
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

settings.register_profile(
    "trimatch", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("trimatch")

# A Neo4j that lives for seconds or minutes does not earn back what its optimizing compiler costs, nor to
# compile at once what the profile in its start-up archive names (an eighth of its time in the service tests);
# but soon what the quick compiler costs, a tenth.
os.environ.setdefault(
    "JAVA_TOOL_OPTIONS",
    "-XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=0.01 "
    "-XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining",
)

# The stores wait for the disk at every commit, a fifth of a service test's time. Tests kill processes, never
# the machine, so that memory keeps all that a disk would: 1.6 GB at most, since what has passed is removed.
MEMORY = Path("/dev/shm")
ROOMY_BYTES = 8 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOMY_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


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


RECORDING = "tests/service/test_local_server.py"
"""Records the start-up archive that the other servers of the run start from."""

OWN_SERVERS = (RECORDING, "tests/service/test_api_outage.py")
"""Service tests without the shared Neo4j."""

MEANWHILE = tuple(
    f"tests/unit/test_{name}.py"
    for name in (
        "shapes",
        "sparql_hostile",
        "rdf_round_trip",
        "embedding_process",
        "rdf_source",
        "export_iati",
    )
)
"""The longest without a server: what another process does until the archive is recorded."""


def scope_of(nodeid: str) -> str:
    """What of several processes runs the same test: all that use the shared Neo4j, or the site, or a file.

    A server costs half a minute of a core to start and warm up.
    """
    file = nodeid.partition("::")[0]
    folder = file.removeprefix("tests/").partition("/")[0]
    return folder if folder in ("browser", "service") and file not in OWN_SERVERS else file


class OneProcessForEachServer(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one scope stay in one process."""

    def add_node_collection(self, node: WorkerController, collection: list[str]) -> None:
        """Refuses tests that share a node id, of which one alone would run."""
        shared = [nodeid for nodeid, tests in Counter(collection).items() if tests > 1]
        if shared:
            raise pytest.UsageError(f"several tests share a node id; give each its own: {shared}")
        super().add_node_collection(node, collection)

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """How ``pytest -n`` hands out the tests."""
    return OneProcessForEachServer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, the longest scopes begin once servers start quickly."""
    order = (RECORDING, *MEANWHILE, "service", "browser", *OWN_SERVERS)

    def place(item: pytest.Item) -> int:
        scope = scope_of(item.nodeid)
        return order.index(scope) if scope in order else len(order)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look for garbage in it takes a twentieth of the processes' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
