"""Records of others, in the terms of the standards, brought into the form of our own.

Addresses become ours: an IRI gets an identifier made from its last part and a digest of the whole, so that
the same IRI is the same record whenever it comes again. Texts are cleaned as those of any other feed. Nothing
is made up but provenance: where no source is stated, it is the site of the record's own IRI.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from graph_model.derive.from_rdf_values import Term
from graph_model.derive.rdf_fields import RdfField, rdf_fields
from graph_model.record import Record
from graph_model.text import ValueForm
from graph_model.vocabulary import (
    DCT,
    ORG,
    PROV,
    RDF,
    SCHEMA,
    SCHEMA_BY_HTTP,
    SDG,
    XSD,
    node_iri,
    term_iri,
)
from ingest.cleaning import one_line, plain_text
from ingest.sources.rdf_nodes import RdfRecord, Subject

_SDG: Final = re.compile(re.escape(str(SDG)) + r"(\d{1,2}(?:\.[0-9a-f]{1,2})?)")
_LONGEST_IDENTIFIER: Final = 500

RefOf = Callable[[NamedNode], str | None]
"""``type/id`` of an IRI that stands for a record."""


class ForeignRecords:
    """Brings records of one file under a public base."""

    def __init__(self, public_base: str, ref_of: RefOf) -> None:
        self._base = public_base
        self._ref_of = ref_of

    def record(self, subject: NamedNode, kind: type[Record], triples: Iterable[Triple]) -> RdfRecord:
        """The same record with our addresses and clean texts."""
        own = NamedNode(node_iri(self._ref_of(subject) or "", self._base))
        fields = {term_iri(each.declaration.predicate, self._base): each for each in rdf_fields(kind)}
        given = [_with_https(triple) for triple in triples]
        nodes = self._participations(subject, own, given)
        found: dict[Triple, None] = {}
        for triple in given:
            field = fields.get(triple.predicate.value) if triple.subject == subject else None
            about = nodes.get(triple.subject) or self._address_of(triple.subject)
            value = nodes.get(triple.object) or self._value(triple, field, kind, given)
            if isinstance(about, NamedNode | BlankNode):
                found[Triple(about, triple.predicate, value)] = None
        for node in nodes.values():
            found[Triple(own, NamedNode(PROV.qualifiedAssociation), node)] = None
        stated = {triple.predicate.value for triple in found if triple.subject == own}
        for predicate, text in _provenance(subject.value).items():
            if predicate not in stated:
                found[Triple(own, NamedNode(predicate), Literal(text))] = None
        return RdfRecord(own, tuple(found), self._base, foreign=True)

    def _value(self, triple: Triple, field: RdfField | None, kind: type[Record], given: list[Triple]) -> Term:
        value = triple.object
        if isinstance(value, Literal):
            return _cleaned(value, field, kind, _languages(triple, given)) if field is not None else value
        if field is not None and (field.form is ValueForm.WEB_ADDRESS or field.enumeration):
            return value
        return self._address_of(value)

    def _address_of(self, term: Term) -> Term:
        if not isinstance(term, NamedNode):
            return term
        goal = _SDG.fullmatch(term.value)
        if goal is not None:
            return NamedNode(node_iri(f"sdg/{goal[1]}", self._base))
        ref = self._ref_of(term)
        return NamedNode(node_iri(ref, self._base)) if ref is not None else term

    def _participations(
        self, subject: NamedNode, own: NamedNode, given: list[Triple]
    ) -> dict[Term | Subject, NamedNode]:
        """Participations may be blank nodes elsewhere; each gets an address under its partnership."""
        found: list[Term] = []
        for triple in given:
            if triple.subject == subject and triple.predicate.value == PROV.qualifiedAssociation:
                found.append(triple.object)
            elif triple.object == subject and triple.predicate.value == ORG.organization:
                found.append(triple.subject)
        return {
            node: NamedNode(f"{own.value}#participation-{place}")
            for place, node in enumerate(dict.fromkeys(found), 1)
        }


def _provenance(iri: str) -> dict[str, str]:
    parts = urlsplit(iri)
    site = f"{parts.scheme}://{parts.netloc}" if parts.netloc else iri
    return {DCT.source: site, DCT.identifier: iri} if len(iri) <= _LONGEST_IDENTIFIER else {DCT.source: site}


def _with_https(triple: Triple) -> Triple:
    """schema.org by its preferred spelling."""
    predicate = _https(triple.predicate)
    value = triple.object
    if triple.predicate.value == RDF.type and isinstance(value, NamedNode):
        value = _https(value)
    return Triple(triple.subject, predicate, value)


def _https(node: NamedNode) -> NamedNode:
    term = node.value.removeprefix(str(SCHEMA_BY_HTTP))
    return node if term == node.value else NamedNode(f"{SCHEMA}{term}")


def _languages(triple: Triple, given: list[Triple]) -> list[str]:
    """The languages in which a property of a subject is given."""
    alike = (t for t in given if t.subject == triple.subject and t.predicate == triple.predicate)
    return [t.object.language for t in alike if isinstance(t.object, Literal) and t.object.language]


def _cleaned(literal: Literal, field: RdfField, kind: type[Record], languages: list[str]) -> Literal:
    """Plain text; the language without its region where that leaves one text a language."""
    text = one_line(literal.value) if field.name == kind.heading_field else plain_text(literal.value)
    if field.in_languages and literal.language:
        primary = literal.language.partition("-")[0]
        alone = [each.partition("-")[0] for each in languages].count(primary) == 1
        return Literal(text, language=primary if alone else literal.language)
    if literal.language and field.value is str:
        return Literal(text)
    if literal.datatype.value == XSD.string:
        return Literal(text)
    return literal
