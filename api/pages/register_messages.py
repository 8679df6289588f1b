"""What is wrong with a registration, at the field where it is to be mended, in the reader's language."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from api.pages.languages import ReaderLanguage
from api.pages.messages import said
from api.pages.register_form import fields_of
from api.problems import InvalidBodyError
from graph_model.errors import InvalidRecordError
from graph_model.messages import N_, Message
from graph_model.record import Record
from graph_model.validation_messages import validation_message

WHOLE: Final = "form"
"""Where a problem is shown that concerns no single field."""
_TITLE_MISSING: Final = N_("Give a title in the language in which you write.")
_TEXT_EMPTY: Final = N_("This text is empty once markup is taken out of it. Write it in plain words.")
_TOO_LONG: Final = N_("Write at most {most} characters; these are {actual}.")
_NO_OWNER: Final = N_("Choose at least one country or organisation that it belongs to.")
_WRONG_OWNER: Final = N_("One of these is no country or organisation of the graph. Choose from the list.")
_WRONG_ADDRESS: Final = N_("“{value}” is no web address. Write one on each line, starting with https://.")
_WRONG_CHOICE: Final = N_("“{value}” is not in the list. Choose from the list.")
_WRONG_LANGUAGE: Final = N_("Choose a language from the list.")


def problems_of(
    error: InvalidBodyError | InvalidRecordError, kind: type[Record], original: str, language: ReaderLanguage
) -> dict[str, str]:
    """Messages by field; those of a text in a further language by ``field.language``. original: a code."""
    problems: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    if isinstance(error, InvalidRecordError):
        rows = [
            {"loc": (_field_of(problem.value, kind),), "type": "unknown", "input": problem.value}
            for problem in error.problems
        ]
    elif isinstance(error.__cause__, ValidationError):
        rows = [{**row} for row in error.__cause__.errors()]
    for row in rows:
        place, message = _problem(row, kind, original, language)
        problems.setdefault(place, message)
    return problems or {WHOLE: said(Message(str(error)), language).text}


def _field_of(ref: str, kind: type[Record]) -> str:
    """The field that named a record which does not exist."""
    type_name = ref.partition("/")[0]
    return {"cluster": "clusters", "sdg": "sdgs"}.get(type_name, fields_of(kind).owners)


def _problem(
    row: Mapping[str, Any], kind: type[Record], original: str, language: ReaderLanguage
) -> tuple[str, str]:
    fields = fields_of(kind)
    path = [str(part) for part in row["loc"]]
    field = path[0] if path else str(row.get("msg", "")).removeprefix("Value error, ").partition(":")[0]
    value = str(row.get("input"))[:80]
    context = row.get("ctx", {})
    if field in {each.name for each in fields.texts}:
        place = field if len(path) < 2 or path[1] == original else f"{field}.{path[1]}"
        if row["type"] == "string_too_long":
            most, actual = int(context["max_length"]), len(str(row["input"]))
            numbers = {"most": language.number(most), "actual": language.number(actual)}
            return place, language.gettext(_TOO_LONG).format(**numbers)
        return place, language.gettext(_TITLE_MISSING if len(path) < 2 else _TEXT_EMPTY)
    if field == fields.owners:
        message = _NO_OWNER if row["type"] == "too_short" else _WRONG_OWNER
        return field, language.gettext(message)
    if field in fields.addresses:
        return field, language.gettext(_WRONG_ADDRESS).format(value=value)
    if field == "original_language":
        return field, language.gettext(_WRONG_LANGUAGE)
    if field in fields.lists:
        return field, language.gettext(_WRONG_CHOICE).format(value=value)
    told = validation_message(row) or Message(str(row.get("msg", "")))
    return WHOLE, f"{field}: {said(told, language).text}"
