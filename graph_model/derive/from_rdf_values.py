"""One RDF term as the value of a declared field: the inverse of graph_model.derive.rdf_values."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from graph_model.derive.rdf_fields import RdfField, concept_scheme
from graph_model.text import ValueForm
from graph_model.vocabulary import DCT, ISO639_1, ISO639_2, XSD, term_iri

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

_DATE_TYPES: Final = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
_NUMBERS: Final = (XSD.decimal, XSD.double, XSD.float, XSD.integer)
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


class UnfitError(ValueError):
    """A term cannot be what its field holds; the message says what to write instead."""


class ValueReader:
    """Reads values that were written under one public base."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base

    def value(self, field: RdfField, term: Term) -> Any:
        """The value of a field, but for its texts in several languages. Raises UnfitError."""
        if field.enumeration:
            return self.concept(field.enumeration, term)
        if field.form is ValueForm.WEB_ADDRESS:
            return _iri(term, "is no address; write an IRI that begins with http:// or https://")
        if field.form is ValueForm.LANGUAGE and field.declaration.predicate == DCT.language:
            return _language(term)
        if not isinstance(term, Literal):
            raise UnfitError("is no literal; write the value in quotation marks")
        if field.declaration.datatype is not None:
            return term.value
        if field.form is ValueForm.PARTIAL_DATE:
            return partial_date(term)
        if field.value is bool:
            return _truth(term)
        if field.value is float:
            return _number(term)
        if field.value is datetime:
            return _with_datatype(term, XSD.dateTime, "is no date and time; give it the type xsd:dateTime")
        return _with_datatype(term, XSD.string, "is no plain text; leave out its language or datatype")

    def concept(self, enumeration: type[StrEnum], term: Term) -> StrEnum:
        """The member of an enum that a concept stands for. Raises UnfitError."""
        prefix = f"{term_iri(concept_scheme(enumeration), self._base)}-"
        value = text_of(term).removeprefix(prefix) if isinstance(term, NamedNode) else ""
        for member in enumeration:
            if member.value == value:
                return member
        raise UnfitError(f"is none of: {', '.join(prefix + member for member in enumeration)}")


def text_of(term: Term) -> str:
    """The IRI or the text of a term, without quotation marks."""
    return str(term) if isinstance(term, Triple | BlankNode) else term.value


def partial_date(term: Term) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD, with the datatype of that precision. Raises UnfitError."""
    if isinstance(term, Literal) and term.datatype.value == _DATE_TYPES.get(len(term.value)):
        return term.value
    raise UnfitError("is no date; write YYYY as xsd:gYear, YYYY-MM as xsd:gYearMonth or a whole xsd:date")


def _iri(term: Term, reason: str) -> str:
    if isinstance(term, NamedNode):
        return term.value
    raise UnfitError(reason)


def _language(term: Term) -> str:
    reason = f"is no language; write {ISO639_1}en, or {ISO639_2}swa where it has no code of two letters"
    iri = _iri(term, reason)
    for namespace, length in ((ISO639_1, 2), (ISO639_2, 3)):
        code = iri.removeprefix(str(namespace))
        if code != iri and len(code) == length:
            return code
    raise UnfitError(reason)


def _truth(term: Literal) -> bool:
    if term.datatype.value == XSD.boolean and term.value in _TRUTH:
        return _TRUTH[term.value]
    raise UnfitError("is no boolean; write true or false, of the type xsd:boolean")


def _number(term: Literal) -> float:
    reason = "is no number; write it with a decimal point"
    if term.datatype.value not in _NUMBERS:
        raise UnfitError(reason)
    try:
        return float(term.value)
    except ValueError as problem:
        raise UnfitError(reason) from problem


def _with_datatype(term: Literal, datatype: str, reason: str) -> str:
    if term.datatype.value != datatype:
        raise UnfitError(reason)
    return term.value
