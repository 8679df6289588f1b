"""Records from RDF: the inverse of graph_model.derive.rdf, from the same declarations.

What the graph computes or keeps by itself is not read back: modality, times of creation and change, and the
classes and reverse predicates that follow from other triples.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, get_origin

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.from_rdf_values import Term, UnfitError, ValueReader, partial_date, text_of
from graph_model.derive.rdf_fields import RdfField, rdf_fields
from graph_model.derive.statements import MODALITY
from graph_model.errors import FieldProblem, InvalidRecordError
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, owned_relationships
from graph_model.relationships import PARTICIPATES_IN, RELATIONSHIP_TYPES, Owns, Role
from graph_model.vocabulary import (
    DCT,
    ORG,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    XSD,
    term_iri,
)

_STATED_BESIDE: Final = (
    RDF.type,
    DCT.created,
    DCT.modified,
    MODALITY,
    PROV.qualifiedAssociation,
    SKOS.inScheme,
    SKOS.topConceptOf,
    SCHEMA.businessFunction,
)
"""Predicates of a record that no property of its own takes its values from."""
_TIES: Final = tuple(
    predicate
    for kind in RELATIONSHIP_TYPES.values()
    for predicate in (kind.predicate, kind.reverse)
    if predicate is not None
)
"""Predicates between records: those that another record owns are told by that one."""
_LONGEST_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as its triples tell it. notes: statements that the model has no place for."""

    record: Record
    notes: tuple[FieldProblem, ...]


class RecordReader:
    """Turns the triples of a record, written under one public base, into the record."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._values = ValueReader(public_base)

    def ref(self, iri: str) -> str | None:
        """``type/id`` of a record's IRI under the base, None for any other IRI."""
        if not iri.startswith(f"{self._base}/"):
            return None
        ref = iri[len(self._base) + 1 :]
        type_name, slash, identifier = ref.partition("/")
        return ref if type_name in RECORD_TYPES and slash and identifier and "/" not in identifier else None

    def read(self, subject: NamedNode, triples: Iterable[Triple]) -> Reading:
        """The record of a subject, from its triples, those that name it, and its participations'.

        Raises InvalidRecordError for what no record can be read from, pydantic.ValidationError for what the
        model forbids.
        """
        ref = self.ref(subject.value)
        if ref is None:
            reason = f"is no address of a record; expected {self._base}/TYPE/ID"
            raise InvalidRecordError([FieldProblem("id", subject.value, reason)])
        type_name, _, identifier = ref.partition("/")
        reading = _OneRecord(
            self, self._values, self._base, RECORD_TYPES[type_name], identifier, subject.value
        )
        return reading.read(triples)


@dataclass(slots=True)
class _OneRecord:
    reader: RecordReader
    values: ValueReader
    base: str
    kind: type[Record]
    identifier: str
    subject: str
    own: dict[str, list[Term]] = field(default_factory=dict)
    towards: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, dict[str, list[Term]]] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)
    notes: list[FieldProblem] = field(default_factory=list)

    def read(self, triples: Iterable[Triple]) -> Reading:
        self._sort(triples)
        self._check_what_is_fixed()
        values: dict[str, Any] = {"id": self.identifier}
        for each in rdf_fields(self.kind):
            self._property(each, values)
        for name, owns in owned_relationships(self.kind).items():
            if owns.kind is PARTICIPATES_IN:
                values[name] = list(self._participations(name))
            else:
                self._relationship(name, owns, values)
        self._note_the_rest()
        if self.problems:
            raise InvalidRecordError(self.problems)
        return Reading(self.kind.model_validate(values), tuple(self.notes))

    def _sort(self, triples: Iterable[Triple]) -> None:
        for triple in dict.fromkeys(triples):
            predicate = triple.predicate.value
            about = text_of(triple.subject)
            if about == self.subject:
                self.own.setdefault(predicate, []).append(triple.object)
            elif text_of(triple.object) == self.subject and isinstance(triple.object, NamedNode):
                self.towards.setdefault(predicate, []).append(about)
            if about != self.subject:
                self.others.setdefault(about, {}).setdefault(predicate, []).append(triple.object)

    def _iri(self, term: str) -> str:
        return term_iri(term, self.base)

    def _problem(self, name: str, value: Term | str, reason: str) -> None:
        text = value if isinstance(value, str) else text_of(value)
        self.problems.append(FieldProblem(name, text[:_LONGEST_VALUE], reason))

    def _check_what_is_fixed(self) -> None:
        """The class, the code and the constants of the type must be those that its IRI says."""
        fixed = [(RDF.type, self.kind.rdf_type, "type")]
        if self.kind.concept_scheme:
            fixed.append((SKOS.inScheme, self.kind.concept_scheme, "inScheme"))
        if self.kind.business_function:
            fixed.append((SCHEMA.businessFunction, self.kind.business_function, "businessFunction"))
        for predicate, expected, name in fixed:
            given = [text_of(value) for value in self.own.get(predicate, [])]
            if self._iri(expected) not in given:
                reason = f"a {self.kind.type_name} needs {predicate} {self._iri(expected)}; add it"
                self._problem(name, ", ".join(given), reason)
        if self.kind.identifier_datatype:
            for code in self._values(SKOS.notation, self.kind.identifier_datatype):
                if text_of(code) != self.identifier:
                    self._problem("id", code, f"contradicts the address, which ends in {self.identifier}")

    def _values(self, predicate: str, datatype: str | None) -> list[Term]:
        """Values of a predicate that several fields share are told apart by their datatype."""
        values = self.own.get(self._iri(predicate), [])
        if datatype is None:
            return values
        wanted = self._iri(datatype)
        return [each for each in values if isinstance(each, Literal) and each.datatype.value == wanted]

    def _property(self, each: RdfField, values: dict[str, Any]) -> None:
        terms = self._values(each.declaration.predicate, each.declaration.datatype)
        if not terms:
            return
        if each.in_languages:
            values[each.name] = self._texts(each, terms)
        elif each.several:
            found = [value for term in terms if (value := self._value(each, term)) is not None]
            values[each.name] = self._ordered(each, found) if each.declaration.ordered else sorted(found)
        elif len(terms) > 1:
            given = ", ".join(sorted(map(text_of, terms)))
            self._problem(each.name, given, f"has {len(terms)} values; keep one")
        elif (value := self._value(each, terms[0])) is not None:
            values[each.name] = value

    def _texts(self, each: RdfField, terms: list[Term]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for term in terms:
            if not isinstance(term, Literal) or term.language is None:
                self._problem(each.name, term, 'has no language; write a text with its tag: "…"@en')
            elif term.language in texts:
                self._problem(f"{each.name}_{term.language}", term, "is a second text in this language")
            else:
                texts[term.language] = term.value
        return texts

    def _ordered(self, each: RdfField, found: list[Any]) -> list[Any]:
        """In the order of the literal that keeps it, alphabetically where there is none."""
        orders = self.own.get(self._iri(each.declaration.ordered or ""), [])
        if not orders:
            return sorted(found)
        order = text_of(orders[0]).split(" ")
        if len(orders) > 1 or set(order) != set(found):
            reason = f"must list each of {', '.join(sorted(found))} once, separated by spaces"
            self._problem(each.name, ", ".join(map(text_of, orders)), reason)
        return order

    def _value(self, each: RdfField, term: Term) -> Any:
        try:
            return self.values.value(each, term)
        except UnfitError as problem:
            self._problem(each.name, term, str(problem))
            return None

    def _relationship(self, name: str, owns: Owns, values: dict[str, Any]) -> None:
        ends = list(self._ends(name, owns))
        if get_origin(self.kind.model_fields[name].annotation) is list or len(ends) > 1:
            values[name] = ends
        elif ends:
            values[name] = ends[0]

    def _ends(self, name: str, owns: Owns) -> Iterator[str]:
        there, back = owns.kind.predicate, owns.kind.reverse
        if owns.inverse:
            there, back = back or "", there
        named = list(self.own.get(self._iri(there), [])) if there else []
        iris = dict.fromkeys([text_of(term) for term in named])
        if back:
            iris |= dict.fromkeys(self.towards.get(self._iri(back), []))
        for iri in iris:
            ref = self.reader.ref(iri)
            if ref is None:
                self._problem(name, iri, f"names no record; expected {self.base}/TYPE/ID")
            else:
                yield ref

    def _participations(self, name: str) -> Iterator[dict[str, Any]]:
        for node in self.own.get(PROV.qualifiedAssociation, []):
            stated = self.others.get(text_of(node), {})
            party = self._one(name, node, stated, ORG.member, "the party")
            role = self._one(name, node, stated, ORG.role, "the role")
            if party is None or role is None:
                continue
            ref = self.reader.ref(text_of(party))
            if ref is None:
                self._problem(name, party, f"names no record; expected {self.base}/TYPE/ID")
                continue
            try:
                yield {
                    "party": ref,
                    "role": self.values.concept(Role, role),
                    "from": self._date(stated, SCHEMA.startDate),
                    "to": self._date(stated, SCHEMA.endDate),
                }
            except UnfitError as problem:
                self._problem(name, role, f"in {text_of(node)}: {problem}")

    def _one(
        self, name: str, node: Term, stated: dict[str, list[Term]], predicate: str, what: str
    ) -> Term | None:
        values = stated.get(predicate, [])
        if len(values) != 1:
            reason = f"needs {what} by {predicate} exactly once, and has {len(values)}"
            self._problem(name, node, reason)
            return None
        return values[0]

    def _date(self, stated: dict[str, list[Term]], predicate: str) -> str | None:
        values = stated.get(predicate, [])
        if len(values) > 1:
            raise UnfitError(f"{predicate} has {len(values)} values; keep one")
        return partial_date(values[0]) if values else None

    def _note_the_rest(self) -> None:
        known = {self._iri(predicate) for predicate in _predicates(self.kind)}
        ties = {self._iri(predicate) for predicate in _TIES} - known
        for predicate, terms in self.own.items():
            left = [] if predicate in known else terms
            if predicate in ties:
                left = [term for term in terms if self.reader.ref(text_of(term)) is None]
            if predicate == SKOS.notation:
                left = [term for term in terms if not self._is_notation(term)]
            if left:
                reason = "is no statement of this type of record and was left out"
                self.notes.append(FieldProblem(predicate, text_of(left[0])[:_LONGEST_VALUE], reason))

    def _is_notation(self, term: Term) -> bool:
        datatypes = [each.declaration.datatype or XSD.string for each in _notations(self.kind)]
        if self.kind.identifier_datatype:
            datatypes.append(self.kind.identifier_datatype)
        return isinstance(term, Literal) and term.datatype.value in map(self._iri, datatypes)


@cache
def _predicates(kind: type[Record]) -> tuple[str, ...]:
    """Predicates of a record of this type that are read, or that follow from what is read."""
    own = [each.declaration for each in rdf_fields(kind)]
    ordered = [each.ordered for each in own if each.ordered]
    return (*_STATED_BESIDE, *(each.predicate for each in own), *ordered)


def _notations(kind: type[Record]) -> list[RdfField]:
    return [each for each in rdf_fields(kind) if each.declaration.predicate == SKOS.notation]
