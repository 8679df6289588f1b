"""The own vocabulary (``/ns``): every own term declared once, its kind, domain and range from the model.

Only what no standard vocabulary has is in it. Texts stand in ``own_terms`` and ``own_concepts``; a term that
the model uses and that has no text there is an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.rdf_fields import RdfField, concept, concept_scheme, rdf_fields
from graph_model.derive.statements import MODALITY
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.own_concepts import CONCEPT_TEXTS, SCHEME_TEXTS
from graph_model.own_terms import TERM_TEXTS, TermText
from graph_model.relationships import RELATIONSHIP_TYPES, Role
from graph_model.text import ValueForm
from graph_model.vocabulary import (
    APACHE_2_LICENCE,
    DCT,
    ORG,
    OWL,
    OWN_TERMS_PATH,
    PROV,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    TERM_STATUS,
    VANN,
    XSD,
    OwnTerm,
    term_iri,
)

PREFIX: Final = "tm"
TITLE: Final = {"en": "Trimatch vocabulary", "fr": "Vocabulaire Trimatch"}

PROPOSED_TRIANGLE: Final = OwnTerm("ProposedTriangle")
PROPOSED_CORNER: Final = OwnTerm("ProposedCorner")
HAS_PROPOSED_CORNER: Final = OwnTerm("proposedCorner")
PROPOSED_PARTY: Final = OwnTerm("proposedParty")
PROPOSED_ROLE: Final = OwnTerm("proposedRole")
PROPOSED_MODALITY: Final = OwnTerm("proposedModality")
SCORE: Final = OwnTerm("score")
PROBABILITY: Final = OwnTerm("probability")


class TermKind(StrEnum):
    """What a term of the vocabulary is."""

    CLASS = "class"
    OBJECT_PROPERTY = "object property"
    DATATYPE_PROPERTY = "datatype property"
    DATATYPE = "datatype"
    BUSINESS_FUNCTION = "business function"
    CONCEPT_SCHEME = "concept scheme"
    CONCEPT = "concept"


_TYPES: Final[Mapping[TermKind, tuple[str, ...]]] = {
    TermKind.CLASS: (OWL.Class, RDFS.Class),
    TermKind.OBJECT_PROPERTY: (OWL.ObjectProperty, RDF.Property),
    TermKind.DATATYPE_PROPERTY: (OWL.DatatypeProperty, RDF.Property),
    TermKind.DATATYPE: (RDFS.Datatype,),
    TermKind.BUSINESS_FUNCTION: (OWL.NamedIndividual, SCHEMA.BusinessFunction),
    TermKind.CONCEPT_SCHEME: (SKOS.ConceptScheme,),
    TermKind.CONCEPT: (SKOS.Concept,),
}


@dataclass(frozen=True, slots=True)
class Use:
    """How the model uses a term. domain, range: IRIs or own terms, none where the model sets no bound.

    parent: superclass of a class or datatype, scheme of a concept. scheme: of the concepts that are the
    values of a property. classes: further RDF classes of the term.
    """

    kind: TermKind
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    parent: str | None = None
    scheme: OwnTerm | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """An own term with its texts and its use."""

    term: OwnTerm
    text: TermText
    use: Use


@cache
def declarations() -> tuple[Declaration, ...]:
    """Every own term, by kind, then in the model's order. Raises LookupError for one without texts."""
    texts = {**TERM_TEXTS, **SCHEME_TEXTS, **CONCEPT_TEXTS}
    found = uses()
    undeclared = [term for term in found if term not in texts]
    if undeclared:
        raise LookupError(f"no texts in own_terms or own_concepts for: {', '.join(undeclared)}")
    kinds = list(TermKind)
    ordered = sorted(found, key=lambda term: kinds.index(found[term].kind))
    return tuple(Declaration(term, texts[term], found[term]) for term in ordered)


def ontology_triples(public_base: str) -> Iterator[Triple]:
    """The whole vocabulary in RDF, the ontology's header first."""
    ontology = NamedNode(ontology_iri(public_base))

    def node(term: str) -> NamedNode:
        return NamedNode(term_iri(term, public_base))

    yield Triple(ontology, node(RDF.type), node(OWL.Ontology))
    for language, title in TITLE.items():
        yield Triple(ontology, node(DCT.title), Literal(title, language=language))
    yield Triple(ontology, node(OWL.versionInfo), Literal(version("trimatch")))
    yield Triple(ontology, node(DCT.license), node(APACHE_2_LICENCE))
    yield Triple(ontology, node(VANN.preferredNamespacePrefix), Literal(PREFIX))
    yield Triple(ontology, node(VANN.preferredNamespaceUri), Literal(f"{public_base}{OWN_TERMS_PATH}"))
    for declaration in declarations():
        subject = node(declaration.term)
        for predicate, value in _statements(declaration):
            yield Triple(subject, node(predicate), value if isinstance(value, Literal) else node(value))
        yield Triple(subject, node(RDFS.isDefinedBy), ontology)


def ontology_iri(public_base: str) -> str:
    """The IRI of the vocabulary's document."""
    return public_base + OWN_TERMS_PATH.removesuffix("#")


def _statements(declaration: Declaration) -> Iterator[tuple[str, str | Literal]]:
    text, use = declaration.text, declaration.use
    for each in (*_TYPES[use.kind], *use.classes):
        yield RDF.type, each
    is_concept = use.kind in (TermKind.CONCEPT, TermKind.CONCEPT_SCHEME)
    for language, label in {**text.label, **text.more_labels}.items():
        yield RDFS.label, Literal(label, language=language)
        if is_concept:
            yield SKOS.prefLabel, Literal(label, language=language)
    for language, comment in text.comment.items():
        yield RDFS.comment, Literal(comment, language=language)
        if use.kind is TermKind.CONCEPT:
            yield SKOS.definition, Literal(comment, language=language)
    yield TERM_STATUS.term_status, Literal("testing" if text.testing else "stable")
    if use.kind is TermKind.CONCEPT and use.parent:
        yield SKOS.inScheme, use.parent
        yield SKOS.topConceptOf, use.parent
    elif use.parent:
        yield RDFS.subClassOf, use.parent
    if use.kind is TermKind.CONCEPT_SCHEME:
        yield from (
            (SKOS.hasTopConcept, term) for term, each in uses().items() if each.parent == declaration.term
        )
    # A property of several classes has their union as its domain: rdfs:domain would claim all at once.
    for bound, one, several in (
        (use.domain, RDFS.domain, SCHEMA.domainIncludes),
        (use.range, RDFS.range, SCHEMA.rangeIncludes),
    ):
        for each in bound:
            yield one if len(bound) == 1 else several, each
    if use.scheme:
        yield RDFS.seeAlso, use.scheme


@cache
def uses() -> Mapping[OwnTerm, Use]:
    """Every own term that the model, or what is made of it, uses, with how."""
    found: dict[OwnTerm, Use] = {}
    for term, use in (*_record_uses(), *_relationship_uses(), *_PROPOSAL_USES):
        if not isinstance(term, OwnTerm):
            continue
        known = found.get(term, use)
        found[term] = replace(
            known, domain=_merged(known.domain, use.domain), range=_merged(known.range, use.range)
        )
    everything = _merged(tuple(kind.rdf_type for kind in RECORD_TYPES.values()), ())
    return {
        term: replace(use, domain=(PROV.Entity,)) if use.domain == everything else use
        for term, use in found.items()
    }


def _record_uses() -> Iterator[tuple[str, Use]]:
    for kind in RECORD_TYPES.values():
        if kind.identifier_datatype:
            yield kind.identifier_datatype, Use(TermKind.DATATYPE, parent=RDFS.Literal)
        if kind.concept_scheme:
            yield kind.concept_scheme, Use(TermKind.CONCEPT_SCHEME)
        if kind.business_function:
            yield kind.business_function, Use(TermKind.BUSINESS_FUNCTION)
        for field in rdf_fields(kind):
            yield from _field_uses(kind.rdf_type, field)


def _field_uses(owner: str, field: RdfField) -> Iterator[tuple[str, Use]]:
    declaration = field.declaration
    if field.enumeration:
        scheme = concept_scheme(field.enumeration)
        yield declaration.predicate, Use(TermKind.OBJECT_PROPERTY, (owner,), (SKOS.Concept,), scheme=scheme)
        yield from _enumeration_uses(field.enumeration)
    elif field.form is ValueForm.WEB_ADDRESS:
        yield declaration.predicate, Use(TermKind.OBJECT_PROPERTY, (owner,))
    else:
        yield declaration.predicate, Use(TermKind.DATATYPE_PROPERTY, (owner,), (_datatype(field),))
    if declaration.datatype:
        yield declaration.datatype, Use(TermKind.DATATYPE, parent=RDFS.Literal)
    if declaration.ordered:
        yield declaration.ordered, Use(TermKind.DATATYPE_PROPERTY, (owner,), (XSD.string,))
    for extra in (declaration.classes or {}).values():
        yield extra, Use(TermKind.CLASS, parent=owner)


def _datatype(field: RdfField) -> str:
    if field.declaration.datatype:
        return field.declaration.datatype
    if field.in_languages:
        return RDF.langString
    if field.form is ValueForm.PARTIAL_DATE:
        return RDFS.Literal
    plain = {bool: XSD.boolean, float: XSD.decimal, datetime: XSD.dateTime}
    return plain.get(field.value, XSD.string)


def _enumeration_uses(
    enumeration: type[StrEnum], classes: tuple[str, ...] = ()
) -> Iterator[tuple[OwnTerm, Use]]:
    scheme = concept_scheme(enumeration)
    yield scheme, Use(TermKind.CONCEPT_SCHEME)
    for value in enumeration:
        yield concept(value), Use(TermKind.CONCEPT, parent=scheme, classes=classes)


def _relationship_uses() -> Iterator[tuple[str, Use]]:
    for kind in RELATIONSHIP_TYPES.values():
        starts, ends = _classes(kind.starts), _classes(kind.ends)
        yield kind.predicate, Use(TermKind.OBJECT_PROPERTY, starts, ends)
        if kind.reverse:
            yield kind.reverse, Use(TermKind.OBJECT_PROPERTY, ends, starts)
    yield from _enumeration_uses(Role, (PROV.Role, ORG.Role))
    modality = concept_scheme(Modality)
    yield (
        MODALITY,
        Use(TermKind.OBJECT_PROPERTY, (Partnership.rdf_type,), (SKOS.Concept,), scheme=modality),
    )
    yield from _enumeration_uses(Modality)


def _classes(type_names: Sequence[str]) -> tuple[str, ...]:
    return _merged(tuple(RECORD_TYPES[name].rdf_type for name in type_names), ())


def _merged(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


_PROPOSAL_USES: Final[tuple[tuple[OwnTerm, Use], ...]] = (
    (PROPOSED_TRIANGLE, Use(TermKind.CLASS, parent=PROV.Entity)),
    (PROPOSED_CORNER, Use(TermKind.CLASS, parent=PROV.Entity)),
    (HAS_PROPOSED_CORNER, Use(TermKind.OBJECT_PROPERTY, (PROPOSED_TRIANGLE,), (PROPOSED_CORNER,))),
    (PROPOSED_PARTY, Use(TermKind.OBJECT_PROPERTY, (PROPOSED_CORNER,), (SCHEMA.Country, ORG.Organization))),
    (
        PROPOSED_ROLE,
        Use(TermKind.OBJECT_PROPERTY, (PROPOSED_CORNER,), (SKOS.Concept,), scheme=concept_scheme(Role)),
    ),
    (
        PROPOSED_MODALITY,
        Use(TermKind.OBJECT_PROPERTY, (PROPOSED_TRIANGLE,), (SKOS.Concept,), scheme=concept_scheme(Modality)),
    ),
    (SCORE, Use(TermKind.DATATYPE_PROPERTY, (PROPOSED_TRIANGLE,), (XSD.double,))),
    (PROBABILITY, Use(TermKind.DATATYPE_PROPERTY, (PROPOSED_TRIANGLE,), (XSD.double,))),
)
