"""The form that asks for triangles, as it stands in the address of every page about them."""

from typing import Any, Final, Self

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from api.pages.languages import ReaderLanguage
from api.pages.triangle_messages import field_message
from search.requests import ExplainRequest, PathRequest

DEFAULT_MODALITY: Final = "triangular"
DEFAULT_LIMIT: Final = 10
MOST_COMPARED: Final = 3
_BETWEEN_PARTNERS: Final = ","


class PathsForm(BaseModel):
    """What was typed and chosen, unchecked, so that a form with mistakes can be shown again as it was.

    exclude: references of partners to leave out. pair: partners to compare, ``PIVOTAL,FACILITATING`` or
    ``PIVOTAL``, as references.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = ""
    need: str = ""
    beneficiary: str = ""
    modality: str = DEFAULT_MODALITY
    cluster: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limit: str = str(DEFAULT_LIMIT)
    pair: tuple[str, ...] = ()
    pivotal: str = ""
    facilitating: str = ""

    @classmethod
    def read(cls, request: Request) -> Self:
        """From an address; empty values are no values, and a value given twice counts once."""
        given: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            values = dict.fromkeys(value for value in request.query_params.getlist(name) if value.strip())
            if values:
                given[name] = tuple(values) if field.annotation == tuple[str, ...] else list(values)[-1]
        return cls(**given)

    @property
    def asks(self) -> bool:
        """Whether there is a question to answer."""
        return bool(self.q or self.need)

    @property
    def conditions(self) -> dict[str, Any]:
        """What decides the answer, as parameters of an address, without what equals the default."""
        return self.model_dump(exclude_defaults=True, exclude={"pair", "pivotal", "facilitating"})

    def with_(self, **changes: Any) -> dict[str, Any]:
        """The conditions with some changed, as parameters of an address."""
        return self.conditions | changes

    def without_excluded(self, ref: str) -> dict[str, Any]:
        """The conditions with one partner let in again."""
        return self.with_(exclude=[each for each in self.exclude if each != ref])

    def also_excluding(self, ref: str) -> dict[str, Any]:
        """The conditions with one partner more left out."""
        return self.with_(exclude=[*self.exclude, ref])

    def request(self, language: ReaderLanguage) -> PathRequest:
        """The question. Raises ValidationError."""
        return PathRequest.model_validate({**self._asked(), "lang": language.code})

    def explanation(self, language: ReaderLanguage, pair: str) -> ExplainRequest:
        """The question about one pair. Raises ValidationError."""
        pivotal, _, facilitating = pair.partition(_BETWEEN_PARTNERS)
        named = {"pivotal": pivotal, "facilitating": facilitating or None}
        return ExplainRequest.model_validate({**self._asked(), **named, "lang": language.code})

    def _asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = {"modality": self.modality, "limit": self.limit}
        asked |= {"cluster": self.cluster, "exclude": self.exclude}
        for name in ("q", "need", "beneficiary"):
            if value := getattr(self, name):
                asked[name] = value
        return asked


def pair_of(pivotal: str, facilitating: str | None) -> str:
    """How a pair of partners stands in an address."""
    return pivotal + (_BETWEEN_PARTNERS + facilitating if facilitating else "")


def problems_of(error: ValidationError, language: ReaderLanguage) -> dict[str, str]:
    """What is wrong with the form, by the name of the field where it is to be shown."""
    problems: dict[str, str] = {}
    for row in error.errors(include_url=False):
        field = str(row["loc"][0]) if row["loc"] else "q"
        problems.setdefault(field, field_message(field, row, language))
    return problems
