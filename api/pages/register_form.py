"""The registration form of a record type: its fields, derived from the model, and what was typed in them."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any, Final, Self, get_args, get_origin

from starlette.datastructures import FormData

from api.permissions import OWNER_FIELDS
from graph_model.nodes import Need, Offer, Practice
from graph_model.record import Record, declared_properties
from graph_model.text import UN_LANGUAGES, ValueForm

REGISTERED: Final[Mapping[str, type[Record]]] = {kind.type_name: kind for kind in (Need, Offer, Practice)}
"""The types that are registered by a form."""
TOPICS: Final = ("clusters", "sdgs")
_FIXED_BY_ADDRESS: Final = frozenset({"id", "status"})
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_ONE_LINE_AT_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class TextField:
    """A text in several languages. most: characters in one of them."""

    name: str
    most: int
    required: bool

    @property
    def one_line(self) -> bool:
        return self.most <= _ONE_LINE_AT_MOST


@dataclass(frozen=True, slots=True)
class FormFields:
    """The fields of a type's form. choices: values by field; addresses: fields that list web addresses."""

    texts: tuple[TextField, ...]
    choices: Mapping[str, tuple[str, ...]]
    addresses: tuple[str, ...]
    owners: str

    @property
    def lists(self) -> tuple[str, ...]:
        """Fields of which any number of values can be ticked."""
        return (*self.choices, *TOPICS, self.owners)


@cache
def fields_of(kind: type[Record]) -> FormFields:
    """The form of a record type."""
    texts: list[TextField] = []
    choices: dict[str, tuple[str, ...]] = {}
    addresses: list[str] = []
    for name in declared_properties(kind):
        model_field = kind.model_fields[name]
        items = get_args(model_field.annotation)
        if get_origin(model_field.annotation) is dict:
            most = next(mark.max_length for mark in get_args(items[1]) if hasattr(mark, "max_length"))
            texts.append(TextField(name, most, model_field.is_required()))
        elif get_origin(model_field.annotation) is list:
            if isinstance(items[0], type) and issubclass(items[0], StrEnum):
                choices[name] = tuple(items[0])
            elif ValueForm.WEB_ADDRESS in get_args(items[0]):
                addresses.append(name)
    return FormFields(tuple(texts), choices, tuple(addresses), OWNER_FIELDS[kind])


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form, unchecked, so that a form with mistakes is shown again as it was.

    texts: by field, then by language. lists: the ticked values by field. addresses: one address a line.
    """

    kind: type[Record]
    original_language: str
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, kind: type[Record], form: FormData) -> Self:
        """From a form that was sent: ``title`` is in the original language, ``title.fr`` in another one."""
        original = _text(form, "original_language")
        fields = fields_of(kind)
        texts = {each.name: _texts(form, each.name, original) for each in fields.texts}
        lists = {
            name: tuple(dict.fromkeys(str(value) for value in form.getlist(name))) for name in fields.lists
        }
        return cls(kind, original, texts, lists, {name: _text(form, name) for name in fields.addresses})

    @classmethod
    def of(cls, record: Record) -> Self:
        """From a record."""
        fields = fields_of(type(record))
        return cls(
            type(record),
            record.original_language,
            {each.name: getattr(record, each.name) for each in fields.texts},
            {name: tuple(getattr(record, name)) for name in fields.lists},
            {name: "\n".join(getattr(record, name)) for name in fields.addresses},
        )

    @property
    def owners(self) -> tuple[str, ...]:
        return self.lists.get(fields_of(self.kind).owners, ())

    @property
    def languages(self) -> list[str]:
        """Languages that texts can be added in: the six, and others that have one already."""
        others = {code for texts in self.texts.values() for code in texts} - set(UN_LANGUAGES)
        return [code for code in (*UN_LANGUAGES, *sorted(others)) if code != self.original_language]

    @property
    def text(self) -> str:
        """What it says in its original language, title first: what similar records are looked for with."""
        found = (self.texts[name].get(self.original_language, "") for name in self.texts)
        return "\n".join(text for text in found if text)

    @property
    def digest(self) -> str:
        """Changes whenever what a check looks at changes."""
        content = "\n".join([self.kind.type_name, *sorted(self.owners), self.text])
        return hashlib.sha256(content.encode(errors="replace")).hexdigest()[:32]

    def ticking(self, added: Mapping[str, Sequence[str]]) -> "Typed":
        """The same with more values ticked."""
        lists = {
            name: tuple(dict.fromkeys([*values, *added.get(name, ())])) for name, values in self.lists.items()
        }
        return replace(self, lists=lists)

    def body(self, before: Record | None) -> dict[str, Any]:
        """The record's fields as a body to write; those that no form shows stay as they are in ``before``."""
        kept = before.canonical() if before is not None else {}
        body = {name: value for name, value in kept.items() if name not in _FIXED_BY_ADDRESS}
        body["original_language"] = self.original_language
        body |= {name: dict(texts) for name, texts in self.texts.items()}
        body |= {name: list(values) for name, values in self.lists.items()}
        return body | {name: text.split() for name, text in self.addresses.items()}


def _texts(form: FormData, name: str, original: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in form:
        first, _, language = key.partition(".")
        if first == name and _LANGUAGE.fullmatch(language):
            found[language] = _text(form, key)
    if text := _text(form, name):
        found[original] = text
    return {language: text for language, text in found.items() if text}


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
