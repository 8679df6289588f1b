"""How the value of a declared field becomes RDF terms: a function for each field, made once."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from graph_model.derive.rdf_fields import RdfField, concept
from graph_model.text import ValueForm
from graph_model.vocabulary import DCT, ISO639_1, ISO639_2, XSD

Object = NamedNode | Literal
ToTerm = Callable[[Any], Object]
"""Turns one value of a field into an RDF term."""

_BOOLEANS: Final = {True: Literal(True), False: Literal(False)}
_DECIMAL: Final = NamedNode(XSD.decimal)
_DATE_TIME: Final = NamedNode(XSD.dateTime)
_DATES: Final = {4: NamedNode(XSD.gYear), 7: NamedNode(XSD.gYearMonth), 10: NamedNode(XSD.date)}


def to_term(field: RdfField, term: Callable[[str], NamedNode]) -> ToTerm:
    """The function for a field. term: gives the node of a standard or own term."""
    if field.declaration.datatype is not None:
        return _typed(term(field.declaration.datatype))
    if field.enumeration is not None:
        return enumerated(field.enumeration, term)
    if field.form is ValueForm.LANGUAGE and field.declaration.predicate == DCT.language:
        return _language
    by_form: dict[ValueForm, ToTerm] = {
        ValueForm.WEB_ADDRESS: NamedNode,
        ValueForm.PARTIAL_DATE: partial_date,
    }
    by_type: dict[type, ToTerm] = {
        bool: _BOOLEANS.__getitem__,
        float: _decimal,
        datetime: date_time,
        str: by_form.get(field.form, Literal) if field.form else Literal,
    }
    return by_type[field.value]


def enumerated(
    enumeration: type[StrEnum], term: Callable[[str], NamedNode]
) -> Callable[[StrEnum], NamedNode]:
    """Gives the concept of a value of an enum."""
    return {value: term(concept(value)) for value in enumeration}.__getitem__


def partial_date(value: str) -> Literal:
    """YYYY, YYYY-MM or YYYY-MM-DD with the datatype that fits."""
    return Literal(value, datatype=_DATES[len(value)])


def date_time(moment: datetime) -> Literal:
    """A moment with its time zone."""
    return Literal(moment.isoformat(), datatype=_DATE_TIME)


def language_iri(code: str) -> str:
    """The Library of Congress's IRI of an ISO 639-1 or 639-2 code."""
    return f"{ISO639_1 if len(code) == 2 else ISO639_2}{code}"


def _typed(datatype: NamedNode) -> ToTerm:
    return lambda value: Literal(value, datatype=datatype)


def _decimal(value: float) -> Literal:
    # xsd:decimal has no exponents.
    return Literal(f"{Decimal(repr(value)):f}", datatype=_DECIMAL)


@lru_cache(maxsize=1_000)
def _language(code: str) -> NamedNode:
    return NamedNode(language_iri(code))
