"""What a person is told about a value that a model refuses: what is wrong and what to do."""

from collections.abc import Mapping
from typing import Any, Final

from graph_model.messages import N_, InvalidValueError, Message

_NO_WHOLE_NUMBER: Final = N_("This is no whole number. Write one in digits.")
_WRONG_FORM: Final = N_("It is not written as this field asks for. Choose from the list, or correct it.")
_NOT_IN_LIST: Final = N_("It is none of the values of this field. Choose one from the list.")
_BY_TYPE: Final[Mapping[str, str]] = {
    "missing": N_("This field is missing. Fill it in."),
    "extra_forbidden": N_("There is no such field. Leave it out, or correct its name."),
    "greater_than_equal": N_("It is too small: the least that it may be is {ge}."),
    "less_than_equal": N_("It is too large: the most that it may be is {le}."),
    "int_parsing": _NO_WHOLE_NUMBER,
    "int_parsing_size": _NO_WHOLE_NUMBER,
    "int_from_float": _NO_WHOLE_NUMBER,
    "bool_parsing": N_("Write true or false."),
    "string_too_long": N_("It is too long: write at most {max_length} characters."),
    "string_pattern_mismatch": _WRONG_FORM,
    "enum": _NOT_IN_LIST,
    "literal_error": _NOT_IN_LIST,
}
"""By pydantic's name of the error."""


def validation_message(row: Mapping[str, Any]) -> Message | None:
    """The message of one error of pydantic's; None where only pydantic's own words tell it."""
    context = row.get("ctx", {})
    if isinstance(context.get("error"), InvalidValueError):
        message: Message = context["error"].message
        return message
    template = _BY_TYPE.get(row["type"])
    return Message(template, context) if template else None
