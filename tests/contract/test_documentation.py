"""What the documents say exists, exists."""

import re
import tomllib
from pathlib import Path

import typer
from typer.core import TyperGroup

from api import settings_reference
from api.command_line import app
from graph_model.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_names() -> set[str]:
    """``demo``, ``token create``, and so on."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    names: set[str] = set()
    for name, command in root.commands.items():
        names.add(name)
        if isinstance(command, TyperGroup):
            names |= {f"{name} {inner}" for inner in command.commands}
    return names


def test_every_command_of_the_readme_exists() -> None:
    documented = re.findall(r"\btrimatch ([a-z]+(?: (?:create|list|revoke))?)", README)
    assert documented
    assert set(documented) - command_names() == set()


def test_every_command_stands_in_the_readme() -> None:
    table = [line for line in README.splitlines() if line.startswith("| `")]
    missing = [name for name in command_names() if not any(name.split()[-1] in row for row in table)]
    assert missing == []


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for text in (README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for target in re.findall(r"^\s+make ([a-z-]+)|`make ([a-z-]+)`", text, re.MULTILINE):
            assert re.search(rf"^{target[0] or target[1]}:", makefile, re.MULTILINE), target


def test_the_table_of_settings_is_current() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_reference.markdown(), "run `make docs`"


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_licence_files_of_the_package_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    for name in project["license-files"]:
        assert (ROOT / name).is_file()
    assert "GNU General Public License" in (ROOT / "NOTICE").read_text(encoding="utf-8")
