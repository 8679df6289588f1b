"""Lock files, container image, compose file and workflow agree with each other and with the settings."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

from graph_model.jars import NEO4J_VERSION
from graph_model.settings import Settings

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-extras.lock")
DEPLOYMENT = ("docker-compose.yml", "Dockerfile", ".github/workflows/test.yml", "Makefile", ".ci/run")
SETTINGS = {f"TRIMATCH_{name.upper()}" for name in Settings.model_fields}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def load(name: str) -> Any:
    return yaml.safe_load(read(name))


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", read(lock), re.MULTILINE))


def test_every_setting_named_in_a_deployment_exists() -> None:
    for name in DEPLOYMENT:
        named = set(re.findall(r"TRIMATCH_(?!TEST_)[A-Z0-9_]+", read(name)))
        assert named <= SETTINGS, name


def test_lock_files_pin_by_hash_and_name_no_host() -> None:
    for lock in LOCKS:
        text = read(lock)
        assert "://" not in text, lock
        assert "index-url" not in text, lock
        for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert "==" in entry.splitlines()[0], entry
            assert "--hash=sha256:" in entry, entry


def test_the_locks_cover_the_declared_dependencies() -> None:
    declared = tomllib.loads(read("pyproject.toml"))
    runtime = declared["project"]["dependencies"] + declared["dependency-groups"]["build"]
    development = runtime + declared["dependency-groups"]["dev"]
    for lock, requirements in ((LOCKS[0], runtime), (LOCKS[1], development)):
        found = pinned(lock)
        for requirement in map(Requirement, requirements):
            name = requirement.name.lower()
            assert name in found, f"{lock} lacks {name}: run `make lock`"
            assert requirement.specifier.contains(found[name]), f"{lock}: {name}; run `make lock`"


def test_the_development_lock_pins_what_the_runtime_lock_pins() -> None:
    development = pinned(LOCKS[1])
    assert {name: development.get(name) for name in pinned(LOCKS[0])} == pinned(LOCKS[0])


def test_compose_gives_the_api_both_stores_and_secrets_from_the_environment() -> None:
    services = load("docker-compose.yml")["services"]
    environment = services["api"]["environment"]
    assert environment["TRIMATCH_NEO4J_URI"] == "bolt://neo4j:7687"
    assert environment["TRIMATCH_QDRANT_URL"] == "http://qdrant:6333"
    assert environment["TRIMATCH_NEO4J_PASSWORD"].startswith("${NEO4J_PASSWORD:?")
    assert environment["TRIMATCH_QDRANT_API_KEY"].startswith("${QDRANT_API_KEY:?")
    for store in ("neo4j", "qdrant"):
        assert services["api"]["depends_on"][store]["condition"] == "service_healthy"
        assert services[store]["healthcheck"]["test"]
        assert services[store]["volumes"]
        assert "ports" not in services[store]
    assert services["api"]["ports"] == ["127.0.0.1:8000:8000"]


def test_servers_are_the_versions_that_the_product_is_made_for() -> None:
    compose = load("docker-compose.yml")["services"]
    workflow = load(".github/workflows/test.yml")["jobs"]["servers"]["services"]
    for services in (compose, workflow):
        assert services["neo4j"]["image"] == f"neo4j:{NEO4J_VERSION}-community"
        server = re.fullmatch(r"qdrant/qdrant:v(\d+)\.(\d+)\.\d+", services["qdrant"]["image"])
        assert server is not None
        client = version("qdrant-client").split(".")
        assert server[1] == client[0]
        assert abs(int(server[2]) - int(client[1])) <= 1


def test_the_workflow_runs_the_tests_against_real_servers() -> None:
    job = load(".github/workflows/test.yml")["jobs"]["servers"]
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "service").glob("*.py"))
    for variable in job["env"]:
        assert variable in tests, f"no test reads {variable}"
    assert job["env"]["TRIMATCH_TEST_NEO4J_URI"].startswith("bolt://")
    assert job["env"]["QDRANT_URL"].startswith("http://")
    assert any(step.get("run") == "make test" for step in job["steps"])


def test_the_image_runs_as_nobody_special_with_pinned_packages() -> None:
    text = read("Dockerfile")
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in text
    packages = tomllib.loads(read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    ignored = read(".dockerignore").splitlines()
    for package in packages:
        assert f"COPY {package} {package}" in text
        assert f"!{package}" in ignored
