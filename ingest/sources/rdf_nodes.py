"""The records in a set of RDF statements: which subjects are records, and what is said of each."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import unquote

from pyoxigraph import BlankNode, NamedNode, Quad, Store, Triple

from graph_model.derive.from_rdf import RecordReader
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, Status, owned_relationships
from graph_model.relationships import PARTICIPATES_IN, RELATIONSHIP_TYPES
from graph_model.vocabulary import (
    DCT,
    ORG,
    OWN_TERMS_PATH,
    PROV,
    RDF,
    SCHEMA,
    SCHEMA_BY_HTTP,
    SKOS,
    term_iri,
)

_STATUS: Final = f"{OWN_TERMS_PATH}status"
_LONGEST_SLUG: Final = 60

Subject = NamedNode | BlankNode


@dataclass(frozen=True, slots=True)
class RdfRecord:
    """The statements of one record. base: of the addresses in them. foreign: not minted by a Trimatch."""

    subject: NamedNode
    triples: tuple[Triple, ...]
    base: str
    foreign: bool = False


def base_of(subject: Subject, triples: Iterable[Triple | Quad]) -> str | None:
    """The public base of the instance that minted a record; None where none did.

    A record tells it by its status, which every record states: subject, predicate and value share the base.
    """
    for triple in triples:
        predicate = triple.predicate.value
        if triple.subject == subject and predicate.endswith(_STATUS) and isinstance(subject, NamedNode):
            base = predicate.removesuffix(_STATUS)
            value = getattr(triple.object, "value", "")
            own_value = value.startswith(f"{base}{OWN_TERMS_PATH}{Status.__name__}-")
            if own_value and RecordReader(base).ref(subject.value) is not None:
                return base
    return None


@cache
def classes(public_base: str) -> dict[str, type[Record]]:
    """Record types by the IRI of their class, schema.org's in both spellings; shared classes left out."""
    kinds = [kind for kind in RECORD_TYPES.values() if kind.concept_scheme is None]
    found = {term_iri(kind.rdf_type, public_base): kind for kind in kinds}
    return found | {by_http(iri): kind for iri, kind in found.items()}


@cache
def schemes(public_base: str) -> dict[str, type[Record]]:
    """Record types by the IRI of the concept scheme that tells them apart."""
    return {
        term_iri(kind.concept_scheme, public_base): kind
        for kind in RECORD_TYPES.values()
        if kind.concept_scheme is not None
    }


def by_http(iri: str) -> str:
    """The same term of schema.org by http instead of https."""
    return f"{SCHEMA_BY_HTTP}{iri.removeprefix(str(SCHEMA))}" if iri.startswith(str(SCHEMA)) else iri


def minted_id(iri: str, kind: type[Record]) -> str:
    """An identifier for a record of others: the last part of its IRI, and a digest of the whole."""
    last = unquote(re.split(r"[/#]", iri.rstrip("/#"))[-1])
    slug = re.sub(r"[^A-Za-z0-9]+", "-", last).strip("-")[:_LONGEST_SLUG].strip("-") or kind.type_name
    return f"{slug}-{hashlib.sha256(iri.encode()).hexdigest()[:10]}"


class LoadedNodes:
    """The subjects of a loaded file."""

    def __init__(self, store: Store, public_base: str) -> None:
        self._store = store
        self._base = public_base
        self._bases = {public_base}
        self._ties = set(_ties(public_base))

    def subjects(self) -> list[Subject]:
        """Every subject once, in an order that depends on the statements alone."""
        found: set[Subject] = set()
        for quad in self._store:
            if isinstance(quad.subject, NamedNode | BlankNode):
                found.add(quad.subject)
            if quad.predicate.value.endswith(_STATUS):
                self._bases.add(quad.predicate.value.removesuffix(_STATUS))
        self._ties.update(*map(_ties, self._bases))
        return sorted(found, key=str)

    def is_of_an_instance(self, iri: str) -> bool:
        """Whether an IRI is under the base of an instance that the file has records of, and no record."""
        return any(iri.startswith(f"{base}/") and RecordReader(base).ref(iri) is None for base in self._bases)

    def kinds(self, subject: Subject) -> list[type[Record]]:
        """The record types that a subject has the classes of."""
        types = set(self._values(subject, RDF.type))
        by_class = classes(self._base)
        found = {by_class[iri].type_name for iri in types & by_class.keys()}
        if SKOS.Concept in types:
            by_scheme = schemes(self._base)
            stated = set(self._values(subject, SKOS.inScheme))
            found |= {by_scheme[iri].type_name for iri in stated & by_scheme.keys()}
        return [kind for name, kind in RECORD_TYPES.items() if name in found]

    def ref(self, iri: NamedNode) -> str | None:
        """``type/id`` of an IRI that is a record's here, or has the form of our own addresses."""
        own = RecordReader(self._base).ref(iri.value)
        if own is not None:
            return own
        base = base_of(iri, self.about(iri))
        if base is not None:
            return RecordReader(base).ref(iri.value)
        kinds = self.kinds(iri)
        return f"{kinds[0].type_name}/{minted_id(iri.value, kinds[0])}" if len(kinds) == 1 else None

    def about(self, subject: Subject) -> list[Triple]:
        """The statements with this subject."""
        return _triples(self._store.quads_for_pattern(subject, None, None))

    def record(self, subject: NamedNode, kind: type[Record], base: str) -> tuple[Triple, ...]:
        """The statements of a record: its own, those that others make of it, its participations'.

        base: of own terms in them.
        """
        triples = self.about(subject)
        for predicate in _towards(kind, base):
            triples += _triples(self._store.quads_for_pattern(None, NamedNode(predicate), subject))
        for node in self._participations(subject, kind):
            triples += self.about(node)
        return tuple(dict.fromkeys(triples))

    def is_part_of_a_record(self, triples: Iterable[Triple]) -> bool:
        """Whether a subject is a participation, or only says how it stands to records."""
        predicates = {triple.predicate.value for triple in triples}
        types = {getattr(t.object, "value", "") for t in triples if t.predicate.value == RDF.type}
        return ORG.Membership in types or predicates <= self._ties

    def _participations(self, subject: NamedNode, kind: type[Record]) -> Iterator[Subject]:
        if any(owns.kind is PARTICIPATES_IN for owns in owned_relationships(kind).values()):
            qualified = NamedNode(PROV.qualifiedAssociation)
            for quad in self._store.quads_for_pattern(subject, qualified, None):
                if isinstance(quad.object, NamedNode | BlankNode):
                    yield quad.object
            for quad in self._store.quads_for_pattern(None, NamedNode(ORG.organization), subject):
                if isinstance(quad.subject, NamedNode | BlankNode):
                    yield quad.subject

    def _values(self, subject: Subject, predicate: str) -> Iterator[str]:
        for quad in self._store.quads_for_pattern(subject, NamedNode(predicate), None):
            if isinstance(quad.object, NamedNode):
                yield quad.object.value


@cache
def _towards(kind: type[Record], public_base: str) -> tuple[str, ...]:
    """Predicates by which another node may tell a relationship that the record owns."""
    owned = owned_relationships(kind).values()
    told = [owns.kind.predicate if owns.inverse else owns.kind.reverse for owns in owned]
    iris = [term_iri(predicate, public_base) for predicate in told if predicate is not None]
    return tuple(dict.fromkeys([*iris, *map(by_http, iris)]))


@cache
def _ties(public_base: str) -> tuple[str, ...]:
    both = [each for kind in RELATIONSHIP_TYPES.values() for each in (kind.predicate, kind.reverse) if each]
    iris = [term_iri(predicate, public_base) for predicate in both if predicate != DCT.creator]
    return (*iris, *map(by_http, iris))


def _triples(quads: Iterable[Quad]) -> list[Triple]:
    return [quad.triple for quad in quads]
