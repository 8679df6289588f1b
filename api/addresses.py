"""Parts of addresses with few values: a route that names them is soon passed over by other addresses."""

from starlette.convertors import Convertor, register_url_convertor

from graph_model.nodes import RECORD_TYPES
from graph_model.text import UN_LANGUAGES


class _Name(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _RecordType(_Name):
    regex = "|".join(RECORD_TYPES)


class _UnLanguage(_Name):
    regex = "|".join(UN_LANGUAGES)


def register() -> None:
    """Let routes say ``{type:record_type}`` and ``{language:un_language}``. Registering twice is no error."""
    register_url_convertor("record_type", _RecordType())
    register_url_convertor("un_language", _UnLanguage())
