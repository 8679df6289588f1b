"""How the value of a declared field becomes RDF terms: a function for each field, made once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from pyoxigraph import Literal, NamedNode

from graph_model.derive.rdf_fields import RdfField, concept
from graph_model.text import ValueForm
from graph_model.vocabulary import DCT, ISO639_1, ISO639_2, XSD, term_iri

Named = TypeVar("Named")
"""The form of an IRI."""
Value = TypeVar("Value")
"""The form of a literal."""
Between = TypeVar("Between")
After = TypeVar("After")


@dataclass(frozen=True, slots=True)
class Forms(Generic[Named, Value]):
    """The form in which RDF terms are wanted.

    named: of an IRI. value: of a literal. fragment: of the IRI that a fragment makes of another one.
    """

    named: Callable[[str], Named]
    value: Callable[[Literal], Value]
    fragment: Callable[[Named, str], Named]


_KEPT: Final = 1_000
_DECIMAL: Final = NamedNode(XSD.decimal)
_DATE_TIME: Final = NamedNode(XSD.dateTime)
_DATES: Final = {4: NamedNode(XSD.gYear), 7: NamedNode(XSD.gYearMonth), 10: NamedNode(XSD.date)}


class ValueForms(Generic[Named, Value]):
    """Gives for each field the function that turns one of its values into a term of the wanted form.

    term: gives a standard or own term. moment: the function of moments.
    """

    def __init__(self, forms: Forms[Named, Value], term: Callable[[str], Named], public_base: str) -> None:
        self._forms = forms
        self._term = term
        self._base = public_base
        # Records that were written together have the same.
        self.moment = lru_cache(maxsize=_KEPT)(_then(date_time, forms.value))

    def of(self, field: RdfField) -> Callable[[Any], Named | Value]:
        """The function of a field."""
        if field.declaration.datatype is not None:
            return self.typed(field.declaration.datatype)
        if field.enumeration is not None:
            return {value: self._term(concept(value)) for value in field.enumeration}.__getitem__
        if field.form is ValueForm.WEB_ADDRESS:
            return self._forms.named
        if field.form is ValueForm.LANGUAGE and field.declaration.predicate == DCT.language:
            return _then(language_iri, lru_cache(maxsize=_KEPT)(self._forms.named))
        if field.form is ValueForm.PARTIAL_DATE:
            return _then(partial_date, self._forms.value)
        if field.value is datetime:
            return self.moment
        if field.value is bool:
            return {value: self._forms.value(Literal(value)) for value in (True, False)}.__getitem__
        literals: dict[type, Callable[[Any], Literal]] = {float: _decimal, str: Literal}
        return _then(literals[field.value], self._forms.value)

    def typed(self, datatype: str) -> Callable[[str], Value]:
        """The function of texts with a standard or own datatype."""
        node, value = NamedNode(term_iri(datatype, self._base)), self._forms.value
        return lambda text: value(Literal(text, datatype=node))


def partial_date(value: str) -> Literal:
    """YYYY, YYYY-MM or YYYY-MM-DD with the datatype that fits."""
    return Literal(value, datatype=_DATES[len(value)])


def date_time(moment: datetime) -> Literal:
    """A moment with its time zone."""
    return Literal(moment.isoformat(), datatype=_DATE_TIME)


def language_iri(code: str) -> str:
    """The Library of Congress's IRI of an ISO 639-1 or 639-2 code."""
    return f"{ISO639_1 if len(code) == 2 else ISO639_2}{code}"


def _then(first: Callable[[Any], Between], second: Callable[[Between], After]) -> Callable[[Any], After]:
    return lambda value: second(first(value))


def _decimal(value: float) -> Literal:
    # xsd:decimal has no exponents.
    return Literal(f"{Decimal(repr(value)):f}", datatype=_DECIMAL)
