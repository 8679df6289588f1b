"""Sentences for people whose words and values are kept apart, so that they can be said in another language.

The words are a template in English. Who speaks another language looks the template up in a catalogue and puts
the same values in its translation; programs get the English.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(text: str) -> str:  # noqa: N802 -- the name by which message extraction knows strings kept for later
    """Mark a string for translation."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence. template: as str.format takes it; without values it stands for itself, braces and all."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template


class InvalidValueError(ValueError):
    """What a validator raises: a message that names the remedy too."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(str(self.message))
