"""What each record states in RDF, from the one declaration of its type.

No blank node is minted: a participation is ``{partnership}#{role}-{type}-{id}`` after its role and party.
Every triple is told by one record alone, so that the triples of a record may stand in a graph of its own.

What a type declares is worked out once a writer, as a list of functions that add statements: a dump of a
large graph spends its time here.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypedDict, Unpack

from pyoxigraph import Literal

from graph_model.derive.rdf_fields import RdfField, concept, rdf_fields
from graph_model.derive.rdf_values import (
    Forms,
    Named,
    Value,
    ValueForms,
    partial_date,
)
from graph_model.modality import Modality
from graph_model.record import Record, owned_relationships
from graph_model.relationships import Owns, Participation, Role
from graph_model.vocabulary import DCT, ORG, PROV, RDF, SCHEMA, SKOS, OwnTerm, node_iri, term_iri

Statement = tuple[Named, Named, Named | Value]
"""Subject, predicate and object."""
MODALITY: Final = OwnTerm("modality")

_Tell = Callable[[Any, Named, list[Statement[Named, Value]]], None]
"""Adds the statements that a value of a field makes of a subject; an absent value makes none."""
_NODES_KEPT: Final = 20_000


class Told(TypedDict, total=False):
    """What is told of a record beside itself.

    shown: references that may be named, None for all. created_at, modified_at: when the graph learned of it.
    modalities: those computed from the parties of a partnership.
    """

    shown: Container[str] | None
    created_at: datetime | None
    modified_at: datetime | None
    modalities: Sequence[Modality]


class StatementWriter(Generic[Named, Value]):
    """Tells what records state, under one public base. Safe to share between threads."""

    def __init__(self, public_base: str, forms: Forms[Named, Value]) -> None:
        """forms: in which terms are given."""
        self._base = public_base
        self._forms = forms
        self._values = ValueForms(forms, self.term, public_base)
        self._terms: dict[str, Named] = {}
        self._nodes: dict[str, Named] = {}
        self._constants: dict[type[Record], list[tuple[Named, Named]]] = {}
        self._fields: dict[type[Record], list[tuple[str, _Tell[Named, Value]]]] = {}
        self._relationships: dict[type[Record], list[tuple[str, _Relationship[Named, Value]]]] = {}

    def term(self, term: str) -> Named:
        """The node of a standard term (an IRI) or of an own term."""
        key = f"#{term}" if isinstance(term, OwnTerm) else term
        node = self._terms.get(key)
        if node is None:
            node = self._terms[key] = self._forms.named(term_iri(term, self._base))
        return node

    def node(self, ref: str) -> Named:
        """The node of a record."""
        node = self._nodes.get(ref)
        if node is None:
            if len(self._nodes) >= _NODES_KEPT:
                self._nodes = {}
            node = self._nodes[ref] = self._forms.named(node_iri(ref, self._base))
        return node

    def concept(self, value: StrEnum) -> Named:
        """The concept of a value of an enum."""
        return self.term(concept(value))

    def statements(self, record: Record, **told: Unpack[Told]) -> list[Statement[Named, Value]]:
        """What a record states, in an order that depends on the record alone."""
        kind = type(record)
        if kind not in self._relationships:
            self._prepare(kind)
        subject, shown = self.node(record.ref), told.get("shown")
        values = record.__dict__
        found: list[Statement[Named, Value]] = [
            (subject, predicate, value) for predicate, value in self._constants[kind]
        ]
        for name, tell in self._fields[kind]:
            value = values[name]
            if value is not None:
                tell(value, subject, found)
        if kind.concept_scheme and values.get("broader") is None:
            found.append((subject, self.term(SKOS.topConceptOf), self.term(kind.concept_scheme)))
        for name, relationship in self._relationships[kind]:
            if value := values[name]:
                relationship.tell(value if isinstance(value, list) else (value,), subject, shown, found)
        for modality in told.get("modalities", ()):
            found.append((subject, self.term(MODALITY), self.concept(modality)))
        if (created_at := told.get("created_at")) is not None:
            found.append((subject, self.term(DCT.created), self._values.moment(created_at)))
        if (modified_at := told.get("modified_at")) is not None:
            found.append((subject, self.term(DCT.modified), self._values.moment(modified_at)))
        return found

    def _prepare(self, kind: type[Record]) -> None:
        rdf_type = self.term(RDF.type)
        constants = [
            (rdf_type, self.term(kind.rdf_type)),
            (rdf_type, self.term(PROV.Entity)),
        ]
        if kind.concept_scheme:
            constants.append((self.term(SKOS.inScheme), self.term(kind.concept_scheme)))
        if kind.business_function:
            constants.append((self.term(SCHEMA.businessFunction), self.term(kind.business_function)))
        self._constants[kind] = constants
        self._fields[kind] = list(self._tellers(kind))
        self._relationships[kind] = [
            (name, _Relationship(self, self._forms, owns)) for name, owns in owned_relationships(kind).items()
        ]

    def _tellers(self, kind: type[Record]) -> Iterator[tuple[str, _Tell[Named, Value]]]:
        for field in rdf_fields(kind):
            if field.declaration.classes:
                yield field.name, self._class_of(field)
        if kind.identifier_datatype:
            code = self._values.typed(kind.identifier_datatype)
            yield "id", _single(self.term(SKOS.notation), code)
        for field in rdf_fields(kind):
            yield field.name, self._property(field)

    def _class_of(self, field: RdfField) -> _Tell[Named, Value]:
        rdf_type = self.term(RDF.type)
        classes = {value: self.term(name) for value, name in (field.declaration.classes or {}).items()}

        def tell(value: str, subject: Named, found: list[Statement[Named, Value]]) -> None:
            if value in classes:
                found.append((subject, rdf_type, classes[value]))

        return tell

    def _property(self, field: RdfField) -> _Tell[Named, Value]:
        declaration = field.declaration
        predicate = self.term(declaration.predicate)
        if field.in_languages:
            return self._texts(predicate)
        term = self._values.of(field)
        if not field.several:
            return _single(predicate, term)
        if declaration.ordered:
            return self._ordered(predicate, self.term(declaration.ordered), term)

        def tell(values: list[str], subject: Named, found: list[Statement[Named, Value]]) -> None:
            for value in sorted(values):
                found.append((subject, predicate, term(value)))

        return tell

    def _texts(self, predicate: Named) -> _Tell[Named, Value]:
        form = self._forms.value

        def tell(texts: dict[str, str], subject: Named, found: list[Statement[Named, Value]]) -> None:
            for language in sorted(texts):
                found.append((subject, predicate, form(Literal(texts[language], language=language))))

        return tell

    def _ordered(
        self, predicate: Named, in_order: Named, term: Callable[[Any], Named | Value]
    ) -> _Tell[Named, Value]:
        form = self._forms.value

        def tell(values: list[str], subject: Named, found: list[Statement[Named, Value]]) -> None:
            for value in values:
                found.append((subject, predicate, term(value)))
            if values:
                found.append((subject, in_order, form(Literal(" ".join(values)))))

        return tell


class _Relationship(Generic[Named, Value]):
    """Adds the statements of the relationships that one field owns."""

    def __init__(self, writer: StatementWriter[Named, Value], forms: Forms[Named, Value], owns: Owns) -> None:
        self._writer = writer
        self._forms = forms
        self._forth: Named | None = writer.term(owns.kind.predicate)
        self._back = writer.term(owns.kind.reverse) if owns.kind.reverse else None
        if owns.inverse:
            self._forth, self._back = self._back, self._forth
        term = writer.term
        self._role = {role: writer.concept(role) for role in Role}
        self._qualified = term(PROV.qualifiedAssociation)
        self._type = term(RDF.type)
        self._membership, self._association = term(ORG.Membership), term(PROV.Association)
        self._organization, self._member, self._org_role = map(term, (ORG.organization, ORG.member, ORG.role))
        self._agent, self._had_role = term(PROV.agent), term(PROV.hadRole)
        self._start, self._end = term(SCHEMA.startDate), term(SCHEMA.endDate)

    def tell(
        self,
        ends: Sequence[str | Participation],
        subject: Named,
        shown: Container[str] | None,
        found: list[Statement[Named, Value]],
    ) -> None:
        """Add what these ends say of the subject; a party may take part in several roles."""
        named = set[str]()
        for end in ends:
            target = end if isinstance(end, str) else end.party
            if shown is not None and target not in shown:
                continue
            node = self._writer.node(target)
            if target not in named:
                named.add(target)
                if self._forth is not None:
                    found.append((subject, self._forth, node))
                if self._back is not None:
                    found.append((node, self._back, subject))
            if not isinstance(end, str):
                self._participation(end, subject, node, found)

    def _participation(
        self, end: Participation, partnership: Named, party: Named, found: list[Statement[Named, Value]]
    ) -> None:
        node = self._forms.fragment(partnership, participation_fragment(end))
        role = self._role[end.role]
        found += (
            (partnership, self._qualified, node),
            (node, self._type, self._membership),
            (node, self._type, self._association),
            (node, self._organization, partnership),
            (node, self._member, party),
            (node, self._org_role, role),
            (node, self._agent, party),
            (node, self._had_role, role),
        )
        if end.from_:
            found.append((node, self._start, self._forms.value(partial_date(end.from_))))
        if end.to:
            found.append((node, self._end, self._forms.value(partial_date(end.to))))


def _single(predicate: Named, term: Callable[[Any], Named | Value]) -> _Tell[Named, Value]:
    return lambda value, subject, found: found.append((subject, predicate, term(value)))


def participation_fragment(participation: Participation) -> str:
    """The fragment of a participation's IRI; a party may have one role twice, in two periods."""
    name = f"{participation.role}-{participation.party.replace('/', '-')}"
    if participation.from_ is None and participation.to is None:
        return name
    return f"{name}-{participation.from_ or ''}..{participation.to or ''}"
