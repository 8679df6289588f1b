"""The rules that keep the code in shape."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("graph_model", "search", "ingest", "export", "api", "bench")
PRODUCT_FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
AIM_LINES, MOST_LINES = 300, 400
FOREIGN_IRI = re.compile(r"https?://(?!(127\.0\.0\.1|localhost)\b)[a-z0-9-]+\.[a-z0-9.-]+", re.IGNORECASE)
"""An address on a public host; what is built from settings is none."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def strings_of(path: Path) -> list[tuple[int, str]]:
    """String constants of a module with their lines, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_packages_import_only_the_layers_beneath_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_instance_without_a_qdrant_server_does_not_load_its_client() -> None:
    code = "import sys, search.instance; sys.exit('qdrant_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_files_are_short_enough_to_read() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PRODUCT_FILES}
    long = {name: lines for name, lines in lengths.items() if lines > AIM_LINES}
    if long:
        print(f"longer than {AIM_LINES} lines: {long}")
    assert {name for name, lines in long.items() if lines > MOST_LINES} == set()


def test_only_the_vocabulary_spells_iris() -> None:
    found = [
        f"{relative(path)}:{line}: {text[:80]}"
        for path in PRODUCT_FILES
        if relative(path) != "graph_model/vocabulary.py"
        for line, text in strings_of(path)
        if FOREIGN_IRI.search(text)
    ]
    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    found = [
        relative(path)
        for path in PRODUCT_FILES
        if relative(path) != "graph_model/settings.py" and reads_environment(path)
    ]
    assert found == []


def reads_environment(path: Path) -> bool:
    """Whether a module reads os.environ; handing it on to a child process is no reading."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and "environ" in {a.name for a in node.names}
        )
        for node in ast.walk(tree)
    )


def test_only_the_store_calls_the_neo4j_driver() -> None:
    """Measurements are free to: they hold the product against programs that take a driver of their own."""
    found = [
        relative(path)
        for path in PRODUCT_FILES
        if relative(path) not in ("graph_model/store.py", "graph_model/local_server.py")
        and not relative(path).startswith("bench/")
        and re.search(r"^\s*(import neo4j\b|from neo4j\b)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert found == []


@pytest.mark.parametrize("path", PRODUCT_FILES, ids=relative)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
