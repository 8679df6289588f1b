"""Every string of the pages is in every language's catalogue, with the same placeholders."""

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from api.pages.languages import DEFAULT, catalogue_file
from graph_model.text import UN_LANGUAGES

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in UN_LANGUAGES if code != DEFAULT]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w*)(?:!r)?\}")
"""By name: where English shows a value as Python writes it, others have quotation marks of their own."""
PACKAGES = ("api", "export", "graph_model")
FEWEST_ERRORS = 20
"""Fewer would mean that they are no longer found."""


def _is_searched(folder: str | os.PathLike[str]) -> bool:
    path = Path(folder)
    return path == ROOT or path.relative_to(ROOT).parts[0] in PACKAGES


def _sources() -> list[Path]:
    return [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


@cache
def strings() -> dict[str, str | tuple[str, ...]]:
    """What the pages say, and the errors that they show, by singular."""
    with (ROOT / "api" / "translations" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    found = extract_from_dir(str(ROOT), methods, options, keywords, directory_filter=_is_searched)
    messages = (message for _, _, message, _, _ in found)
    return {message if isinstance(message, str) else message[0]: message for message in messages if message}


def catalogue(code: str) -> Catalog:
    with catalogue_file(code).open("rb") as file:
        return read_po(file, locale=code)


def test_there_are_strings_to_translate() -> None:
    assert len(strings()) > 300


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_string_is_translated(code: str) -> None:
    known = catalogue(code)
    missing = [text for text, message in strings().items() if not translations(known.get(message))]
    assert missing == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_catalogue_keeps_what_nobody_says(code: str) -> None:
    said = strings()
    assert [
        str(message.id) for message in catalogue(code) if message.id and singular(message) not in said
    ] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_the_placeholders(code: str) -> None:
    wrong = [
        text
        for message in catalogue(code)
        if message.id
        for text in translations(message)
        if not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall("".join(_forms(message.id))))
        or (
            isinstance(message.id, str)
            and sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(message.id))
        )
    ]
    assert wrong == []


def test_errors_give_the_values_that_their_words_have_places_for() -> None:
    """In English too: a value that is missing would put another error in the place of this one."""
    found, wrong = 0, []
    for path, call, template in _errors_in_words():
        found += 1
        wanted = {name for _, name in PLACEHOLDER.findall(template)}
        if {each.arg for each in call.keywords} != wanted:
            wrong.append(f"{path}:{call.lineno}")
    assert found > FEWEST_ERRORS
    assert wrong == []


def _errors_in_words() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every error that is made with words marked for translation."""
    for path in _sources():
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not getattr(call.func, "id", "").endswith("Error"):
                continue
            for marked in call.args:
                if isinstance(marked, ast.Call) and getattr(marked.func, "id", "") == "N_":
                    yield path, call, ast.literal_eval(marked.args[0])


def singular(message: Message) -> str:
    return _forms(message.id)[0]


def translations(message: Message | None) -> list[str]:
    """The translations of a message; none where any form is missing or doubtful."""
    if message is None or message.fuzzy:
        return []
    forms = list(_forms(message.string))
    return forms if all(forms) else []


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))
