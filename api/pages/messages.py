"""Messages of errors in the reader's language."""

from api.pages.languages import DEFAULT, ReaderLanguage
from api.pages.node_text import Text
from graph_model.direction import harmless, isolated
from graph_model.messages import Message


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
    return isolated(str(value))
