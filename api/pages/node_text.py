"""Texts of records as the page of a node shows them: harmless, and with the direction that they run in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from babel import Locale, UnknownLocaleError

from api.pages.languages import ReaderLanguage
from graph_model.direction import harmless
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the language that it is in."""

    text: str
    language: str

    @property
    def direction(self) -> str:
        """ltr, rtl, or auto where the language is unknown."""
        return direction_of(self.language)


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record by its name in the reader's language. periods: of its participations, as (from, to)."""

    ref: str
    name: Text
    authenticity: str
    periods: Sequence[tuple[str | None, str | None]] = ()

    @property
    def type_name(self) -> str:
        return self.ref.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Passage:
    """One field of text. field: its name in the model."""

    field: str
    text: Text


def direction_of(language: str) -> str:
    """The direction that a language is written in: ltr, rtl, or auto where it is unknown."""
    try:
        return str(Locale.parse(language).text_direction)
    except (UnknownLocaleError, ValueError):
        return "auto"


def text_for(reader: ReaderLanguage, texts: Mapping[str, str], original: str | None) -> Text:
    """The text that suits a reader best."""
    text, language = reader.text(texts, original)
    return Text(harmless(text), language)


def named_record(row: Mapping[str, Any], reader: ReaderLanguage) -> NamedRecord:
    """A row's {ref, texts, original_language, authenticity} and, where it has them, periods."""
    heading = RECORD_TYPES[row["ref"].partition("/")[0]].heading_field
    texts = texts_by_language(row["texts"], heading)
    periods = [(since, until) for since, until in row.get("periods") or () if since or until]
    name = text_for(reader, texts, row["original_language"])
    return NamedRecord(row["ref"], name, row["authenticity"], periods)


def texts_by_language(pairs: Iterable[Sequence[str]], field: str) -> dict[str, str]:
    """Texts of a field by language. pairs: [``title_en``, text]."""
    return {
        key.removeprefix(f"{field}_"): text
        for key, text in sorted(pairs, key=itemgetter(0))
        if key.startswith(f"{field}_")
    }


def text_fields(record: Record) -> dict[str, Mapping[str, str]]:
    """The fields of a record that are texts in languages and not empty, the heading first."""
    fields = {
        name: value
        for name in type(record).model_fields
        if isinstance(value := getattr(record, name), dict) and value
    }
    return {record.heading_field: fields.pop(record.heading_field), **fields}


def passages(record: Record, reader: ReaderLanguage) -> list[Passage]:
    """Every text of a record in the language that suits the reader best, without the heading."""
    return [
        Passage(name, text_for(reader, texts, record.original_language))
        for name, texts in text_fields(record).items()
        if name != record.heading_field
    ]


def other_languages(record: Record, reader: ReaderLanguage) -> list[tuple[str, list[Passage]]]:
    """What the record says in every language but where the reader has it already: (language, passages)."""
    found: dict[str, list[Passage]] = {}
    for name, texts in text_fields(record).items():
        shown = text_for(reader, texts, record.original_language).language
        for language, text in texts.items():
            if language != shown:
                found.setdefault(language, []).append(Passage(name, Text(harmless(text), language)))
    original = record.original_language
    return sorted(found.items(), key=lambda each: (each[0] != original, each[0]))
