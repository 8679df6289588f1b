"""Every string of the pages is in every language's catalogue, with the same placeholders."""

import re
from collections.abc import Sequence
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
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}")


@cache
def strings() -> dict[str, str | tuple[str, ...]]:
    """What the templates and the code of the pages say, by singular."""
    with (ROOT / "api" / "translations" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        str(ROOT / "api"),
        [(pattern.removeprefix("api/"), method) for pattern, method in methods],
        {pattern.removeprefix("api/"): values for pattern, values in options.items()},
        {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None},
    )
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
