"""Errors that a user may meet.

TrimatchError
 ├─ ConfigurationError      a setting or a file of the instance is wrong
 ├─ InvalidRecordError      a record breaks the model: field, value and remedy are named
 ├─ NotFoundError           nothing has this reference
 ├─ GoneError               the record was withdrawn or deleted
 ├─ ConflictError           the record changed since it was read, or the write contradicts another
 ├─ NotAllowedError         the caller's role does not cover this
 └─ UnavailableError        a store or a download cannot be reached now; trying again later may help
"""

import dataclasses
from dataclasses import dataclass
from typing import Self

from graph_model.messages import Message


class TrimatchError(Exception):
    """Base of every error whose message is meant for a user: what happened and what to do.

    template: the message; with ``values``, as str.format takes it. One that is marked with N_ is translated
    for the reader of a page.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(str(self.message))


class ConfigurationError(TrimatchError):
    """A setting or a file of this instance is wrong and a person must mend it."""


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field of one record. message: the reason, where it can be translated."""

    field: str
    value: str
    reason: str
    message: Message | None = dataclasses.field(default=None, compare=False)

    @classmethod
    def of(cls, field: str, value: str, message: Message) -> Self:
        """A problem whose reason can be said in other languages."""
        return cls(field, value, str(message), message)

    def __str__(self) -> str:
        return f"{self.field}: {self.reason} (got {self.value!r})"


class InvalidRecordError(TrimatchError):
    """A record breaks the model."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


class NotFoundError(TrimatchError):
    """Nothing visible to the caller has this reference."""


class GoneError(TrimatchError):
    """The record was published once and has been withdrawn or deleted."""


class ConflictError(TrimatchError):
    """The record changed since the caller read it, or the write contradicts another record."""


class NotAllowedError(TrimatchError):
    """The caller is known, but the role or the ownership does not cover this."""


class UnavailableError(TrimatchError):
    """A store or a download cannot be reached now."""
