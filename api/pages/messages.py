"""Messages of errors in the reader's language."""

from api.pages.languages import DEFAULT, ReaderLanguage
from api.pages.node_text import Text, harmless
from graph_model.messages import Message

_FIRST_STRONG_ISOLATE = "\N{FIRST STRONG ISOLATE}"
_POP_DIRECTIONAL_ISOLATE = "\N{POP DIRECTIONAL ISOLATE}"


def said(message: Message, language: ReaderLanguage) -> Text:
    """A message in the reader's language; in English where its words have no translation.

    Values are harmless, and keep their own direction in a sentence of another one.
    """
    words = language.gettext(message.template) if message.template else ""
    if language.code == DEFAULT or words == message.template:
        return Text(harmless(str(message)), DEFAULT)
    values = {name: _shown(value, language) for name, value in message.values.items()}
    return Text(str(Message(words, values)), language.code)


def _shown(value: object, language: ReaderLanguage) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return language.number(value)
    return f"{_FIRST_STRONG_ISOLATE}{harmless(str(value))}{_POP_DIRECTIONAL_ISOLATE}"
