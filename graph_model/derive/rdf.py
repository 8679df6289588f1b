"""Records as RDF, from the one declaration of each type: the terms, and the triples of a record.

No blank node is minted: a participation is ``{partnership}#{role}-{type}-{id}`` after its role and party.
Every triple is told by one record alone, so that the triples of a record may stand in a graph of its own.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.rdf_fields import RdfField, concept, rdf_fields
from graph_model.modality import Modality
from graph_model.record import Record, owned_relationships
from graph_model.relationships import Owns, Participation
from graph_model.text import ValueForm
from graph_model.vocabulary import (
    DCT,
    ISO639_1,
    ISO639_2,
    ORG,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    XSD,
    OwnTerm,
    node_iri,
    term_iri,
)

MODALITY: Final = OwnTerm("modality")
_DATE_TYPES: Final = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}


class RdfWriter:
    """Turns records into triples under one public base. Safe to share between threads."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._nodes: dict[str, NamedNode] = {}

    def term(self, term: str) -> NamedNode:
        """The node of a standard term (an IRI) or of an own term."""
        key = f"#{term}" if isinstance(term, OwnTerm) else term
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = NamedNode(term_iri(term, self._base))
        return node

    def node(self, ref: str) -> NamedNode:
        """The node of a record."""
        return NamedNode(node_iri(ref, self._base))

    def concept(self, value: StrEnum) -> NamedNode:
        """The concept of a value of an enum."""
        return self.term(concept(value))

    def triples(
        self,
        record: Record,
        *,
        shown: Container[str] | None = None,
        created_at: datetime | None = None,
        modified_at: datetime | None = None,
        modalities: Sequence[Modality] = (),
    ) -> Iterator[Triple]:
        """The triples of a record, in an order that depends on the record alone.

        shown: references that may be named, None for all. created_at, modified_at: when the graph learned of
        it. modalities: those computed from the parties of a partnership.
        """
        subject = self.node(record.ref)
        yield from self._classes(record, subject)
        for field in rdf_fields(type(record)):
            yield from self._property(record, field, subject)
        yield from self._relationships(record, subject, shown)
        for modality in modalities:
            yield Triple(subject, self.term(MODALITY), self.concept(modality))
        for predicate, moment in ((DCT.created, created_at), (DCT.modified, modified_at)):
            if moment is not None:
                yield Triple(subject, self.term(predicate), self._date_time(moment))

    def _classes(self, record: Record, subject: NamedNode) -> Iterator[Triple]:
        kind = type(record)
        yield Triple(subject, self.term(RDF.type), self.term(kind.rdf_type))
        yield Triple(subject, self.term(RDF.type), self.term(PROV.Entity))
        for field in rdf_fields(kind):
            classes = field.declaration.classes
            extra = classes.get(getattr(record, field.name)) if classes else None
            if extra:
                yield Triple(subject, self.term(RDF.type), self.term(extra))
        if kind.identifier_datatype:
            code = Literal(record.id, datatype=self.term(kind.identifier_datatype))
            yield Triple(subject, self.term(SKOS.notation), code)
        if kind.concept_scheme:
            yield Triple(subject, self.term(SKOS.inScheme), self.term(kind.concept_scheme))
            if getattr(record, "broader", None) is None:
                yield Triple(subject, self.term(SKOS.topConceptOf), self.term(kind.concept_scheme))
        if kind.business_function:
            yield Triple(subject, self.term(SCHEMA.businessFunction), self.term(kind.business_function))

    def _property(self, record: Record, field: RdfField, subject: NamedNode) -> Iterator[Triple]:
        value = getattr(record, field.name)
        if value is None:
            return
        declaration = field.declaration
        predicate = self.term(declaration.predicate)
        if field.in_languages:
            for language, text in value.items():
                yield Triple(subject, predicate, Literal(text, language=language))
            return
        values = value if field.several else [value]
        for each in values if declaration.ordered else sorted(values):
            yield Triple(subject, predicate, self._object(field, each))
        if declaration.ordered and values:
            yield Triple(subject, self.term(declaration.ordered), Literal(" ".join(values)))

    def _object(self, field: RdfField, value: Any) -> NamedNode | Literal:
        if field.declaration.datatype is not None:
            return Literal(value, datatype=self.term(field.declaration.datatype))
        match value:
            case StrEnum():
                return self.concept(value)
            case bool():
                return Literal(value)
            case float():
                return Literal(repr(value), datatype=self.term(XSD.decimal))
            case datetime():
                return self._date_time(value)
        match field.form:
            case ValueForm.WEB_ADDRESS:
                return NamedNode(value)
            case ValueForm.LANGUAGE if field.declaration.predicate == DCT.language:
                return NamedNode(language_iri(value))
            case ValueForm.PARTIAL_DATE:
                return self._partial_date(value)
        return Literal(value)

    def _partial_date(self, value: str) -> Literal:
        return Literal(value, datatype=self.term(_DATE_TYPES[len(value)]))

    def _date_time(self, moment: datetime) -> Literal:
        return Literal(moment.isoformat(), datatype=self.term(XSD.dateTime))

    def _relationships(
        self, record: Record, subject: NamedNode, shown: Container[str] | None
    ) -> Iterator[Triple]:
        for name, owns in owned_relationships(type(record)).items():
            value = getattr(record, name)
            ends = value if isinstance(value, list) else [value] if value else []
            named = set[str]()
            for end in ends:
                target = end.party if isinstance(end, Participation) else end
                if shown is not None and target not in shown:
                    continue
                if target not in named:  # a party may take part in several roles
                    named.add(target)
                    yield from self._relationship(subject, owns, self.node(target))
                if isinstance(end, Participation):
                    yield from self._participation(subject, end)

    def _relationship(self, subject: NamedNode, owns: Owns, target: NamedNode) -> Iterator[Triple]:
        start, finish = (target, subject) if owns.inverse else (subject, target)
        yield Triple(start, self.term(owns.kind.predicate), finish)
        if owns.kind.reverse:
            yield Triple(finish, self.term(owns.kind.reverse), start)

    def _participation(self, partnership: NamedNode, participation: Participation) -> Iterator[Triple]:
        party = self.node(participation.party)
        node = NamedNode(f"{partnership.value}#{participation_fragment(participation)}")
        role = self.concept(participation.role)
        yield Triple(partnership, self.term(PROV.qualifiedAssociation), node)
        yield Triple(node, self.term(RDF.type), self.term(ORG.Membership))
        yield Triple(node, self.term(RDF.type), self.term(PROV.Association))
        yield Triple(node, self.term(ORG.organization), partnership)
        yield Triple(node, self.term(ORG.member), party)
        yield Triple(node, self.term(ORG.role), role)
        yield Triple(node, self.term(PROV.agent), party)
        yield Triple(node, self.term(PROV.hadRole), role)
        if participation.from_:
            yield Triple(node, self.term(SCHEMA.startDate), self._partial_date(participation.from_))
        if participation.to:
            yield Triple(node, self.term(SCHEMA.endDate), self._partial_date(participation.to))


def participation_fragment(participation: Participation) -> str:
    """The fragment of a participation's IRI; a party may have one role twice, in two periods."""
    period = "..".join(date or "" for date in (participation.from_, participation.to))
    name = f"{participation.role}-{participation.party.replace('/', '-')}"
    return name if period == ".." else f"{name}-{period}"


def language_iri(code: str) -> str:
    """The Library of Congress's IRI of an ISO 639-1 or 639-2 code."""
    return f"{ISO639_1 if len(code) == 2 else ISO639_2}{code}"
