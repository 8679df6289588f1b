"""JSON-LD 1.1 of one resource: a context derived from the model, and a document compacted with it.

A document holds its root once, with its fragments (a partnership's participations) nested where they are
first named, and what others say of the root under ``@reverse``. The context is embedded, so that a reader
needs no second request; the whole of it is served beside the vocabulary.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.rdf_fields import RdfField, rdf_fields
from graph_model.nodes import RECORD_TYPES
from graph_model.own_vocabulary import PREFIX, TermKind, uses
from graph_model.relationships import RELATIONSHIP_TYPES
from graph_model.text import ValueForm
from graph_model.vocabulary import (
    DCT,
    FOAF,
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
    Namespace,
    term_iri,
)

NAMESPACES: Final[Mapping[str, Namespace]] = {
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "dct": DCT,
    "foaf": FOAF,
    "org": ORG,
    "prov": PROV,
    "schema": SCHEMA,
    "vs": TERM_STATUS,
    "vann": VANN,
}
_NODES: Final = (
    RDFS.domain,
    RDFS.range,
    RDFS.subClassOf,
    RDFS.isDefinedBy,
    RDFS.seeAlso,
    SCHEMA.domainIncludes,
    SCHEMA.rangeIncludes,
    SCHEMA.businessFunction,
    SKOS.inScheme,
    SKOS.topConceptOf,
    SKOS.hasTopConcept,
    DCT.license,
    ORG.organization,
    ORG.member,
    ORG.role,
    PROV.agent,
    PROV.hadRole,
    PROV.hadMember,
    PROV.qualifiedAssociation,
    PROV.wasAssociatedWith,
    PROV.wasDerivedFrom,
    PROV.wasGeneratedBy,
)
"""Predicates beside those of the fields and relationships whose values are nodes."""


@dataclass(frozen=True, slots=True)
class _Coercion:
    """What a term's plain values are: ``@id``, a datatype, or texts by language."""

    datatype: str | None = None
    in_languages: bool = False


def prefixes(public_base: str) -> dict[str, str]:
    """Namespaces by prefix, the own vocabulary's among them."""
    return {name: str(namespace) for name, namespace in NAMESPACES.items()} | {
        PREFIX: public_base + OWN_TERMS_PATH
    }


def compact(term: str, public_base: str) -> str:
    """``prefix:name`` of a standard or own term where there is a prefix, else its IRI."""
    return _Compaction(public_base).compact(term_iri(term, public_base))


def context(public_base: str) -> dict[str, Any]:
    """The whole context: short names of every predicate in use, with what their values are."""
    return _Compaction(public_base).context(None)


def document(triples: Iterable[Triple], public_base: str, root: str | None = None) -> dict[str, Any]:
    """Triples as a compacted document. root: IRI of what it is about; without one, every node stands alone.

    There are no blank nodes. Nothing is lost: the document expands to the same triples.
    """
    return _Document(triples, _Compaction(public_base), root).compacted()


class _Compaction:
    """Short names under one public base."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._prefixes = prefixes(public_base)
        self._coercions: dict[str, _Coercion] = {}
        self._names: dict[str, str] = {}
        for predicate, coercion in _coercions():
            iri = term_iri(predicate, public_base)
            self._coercions.setdefault(iri, coercion)
            name = _local_name(iri)
            if iri not in self._names and name not in self._names.values():
                self._names[iri] = name

    def name(self, predicate: str) -> str:
        return self._names.get(predicate) or self.compact(predicate)

    def compact(self, iri: str) -> str:
        """``prefix:name`` where there is a prefix, else the IRI."""
        for prefix, namespace in self._prefixes.items():
            if iri.startswith(namespace):
                return f"{prefix}:{iri.removeprefix(namespace)}"
        return iri

    def coercion(self, predicate: str) -> _Coercion:
        if predicate not in self._names:  # a name that the context does not declare coerces nothing
            return _Coercion()
        return self._coercions[predicate]

    def context(self, used: Iterable[str] | None) -> dict[str, Any]:
        """The context of these predicates; None for all of them."""
        declared: dict[str, Any] = {"@version": 1.1, "id": "@id", "type": "@type", **self._prefixes}
        for iri in sorted(self._names if used is None else set(used) & self._names.keys()):
            definition: dict[str, Any] = {"@id": self.compact(iri)}
            coercion = self._coercions[iri]
            if coercion.in_languages:
                definition["@container"] = "@language"
            elif coercion.datatype:
                datatype = coercion.datatype
                definition["@type"] = datatype if datatype == "@id" else self.compact(datatype)
            declared[self._names[iri]] = definition
        return declared


class _Document:
    """One document in the making."""

    def __init__(self, triples: Iterable[Triple], compaction: _Compaction, root: str | None) -> None:
        self._compaction = compaction
        self._root = root
        self._nodes: dict[str, dict[str, list[Any]]] = {}
        self._reverse: dict[str, list[str]] = defaultdict(list)
        self._used: set[str] = set()
        self._told: set[str] = set()
        for triple in triples:
            if not isinstance(triple.subject, NamedNode):
                raise TypeError(f"{triple.subject} is no IRI: no blank node is minted")
            self._add(triple.subject.value, triple.predicate.value, triple.object)

    def compacted(self) -> dict[str, Any]:
        nodes = [self._node(subject) for subject in self._subjects() if subject not in self._told]
        body = nodes[0] if len(nodes) == 1 else {"@graph": nodes}
        if self._root in self._nodes and len(nodes) > 1:
            raise ValueError(f"nodes beside the root {self._root} are neither its fragments nor name it")
        return {"@context": self._compaction.context(self._used), **body}

    def _subjects(self) -> list[str]:
        """The root first, so that its fragments nest in it."""
        return sorted(self._nodes, key=lambda subject: subject != self._root)

    def _is_fragment(self, iri: str) -> bool:
        return self._root is not None and iri.startswith(f"{self._root}#")

    def _add(self, subject: str, predicate: str, value: Any) -> None:
        says_of_root = isinstance(value, NamedNode) and value.value == self._root
        if says_of_root and subject != self._root and not self._is_fragment(subject):
            self._reverse[predicate].append(subject)
        else:
            values = self._nodes.setdefault(subject, {}).setdefault(predicate, [])
            if value not in values:
                values.append(value)

    def _node(self, subject: str) -> dict[str, Any]:
        self._told.add(subject)
        properties = dict(self._nodes[subject])
        node: dict[str, Any] = {"id": subject}
        classes = [self._compaction.compact(each.value) for each in properties.pop(RDF.type, [])]
        if classes:
            node["type"] = _one_or_all(classes)
        for predicate, values in properties.items():
            name, value = self._named_values(predicate, values)
            node[name] = value
        if subject == self._root and self._reverse:
            self._used.update(self._reverse)
            node["@reverse"] = {
                self._compaction.name(predicate): _one_or_all(
                    sorted(set(subjects))
                    if self._compaction.coercion(predicate).datatype == "@id"
                    else [{"id": each} for each in sorted(set(subjects))]
                )
                for predicate, subjects in self._reverse.items()
            }
        return node

    def _named_values(self, predicate: str, values: list[Any]) -> tuple[str, Any]:
        """The name under which the values of a predicate stand, and they."""
        coercion = self._compaction.coercion(predicate)
        by_language: dict[str, list[str]] = defaultdict(list)
        for value in values:
            if coercion.in_languages and isinstance(value, Literal) and value.language:
                by_language[value.language].append(value.value)
        if coercion.in_languages and sum(map(len, by_language.values())) < len(values):
            # The short name takes texts by language alone.
            return self._compaction.compact(predicate), _one_or_all(
                [self._value(_Coercion(), value) for value in values]
            )
        self._used.add(predicate)
        if coercion.in_languages:
            texts = {language: _one_or_all(several) for language, several in by_language.items()}
            return self._compaction.name(predicate), texts
        return self._compaction.name(predicate), _one_or_all(
            [self._value(coercion, value) for value in values]
        )

    def _value(self, coercion: _Coercion, value: Any) -> Any:
        if isinstance(value, NamedNode):
            if (
                value.value in self._nodes
                and value.value not in self._told
                and self._is_fragment(value.value)
            ):
                return self._node(value.value)
            return value.value if coercion.datatype == "@id" else {"id": value.value}
        if value.language:
            return {"@value": value.value, "@language": value.language}
        datatype = value.datatype.value
        if coercion.datatype == datatype:
            return value.value
        if coercion.datatype is None and datatype == XSD.boolean and value.value in ("true", "false"):
            return value.value == "true"
        if coercion.datatype is None and datatype == XSD.string:
            return value.value
        return {"@value": value.value, "type": self._compaction.compact(datatype)}


def _coercions() -> Iterator[tuple[str, _Coercion]]:
    """Every predicate in use with what its plain values are, the model's first."""
    for kind in RECORD_TYPES.values():
        for field in rdf_fields(kind):
            yield field.declaration.predicate, _field_coercion(field)
            if field.declaration.ordered:
                yield field.declaration.ordered, _Coercion()
    for relationship in RELATIONSHIP_TYPES.values():
        for predicate in (relationship.predicate, relationship.reverse):
            if predicate:
                yield predicate, _Coercion("@id")
    for term, use in uses().items():
        if use.kind is TermKind.OBJECT_PROPERTY:
            yield term, _Coercion("@id")
        elif use.kind is TermKind.DATATYPE_PROPERTY:
            yield term, _Coercion(XSD.double if XSD.double in use.range else None)
    for predicate in _NODES:
        yield predicate, _Coercion("@id")
    for predicate in (DCT.created, DCT.modified, PROV.endedAtTime):
        yield predicate, _Coercion(XSD.dateTime)
    yield RDFS.comment, _Coercion(in_languages=True)
    for predicate in (TERM_STATUS.term_status, OWL.versionInfo):
        yield predicate, _Coercion()


def _field_coercion(field: RdfField) -> _Coercion:
    if field.in_languages:
        return _Coercion(in_languages=True)
    is_language = field.form is ValueForm.LANGUAGE and field.declaration.predicate == DCT.language
    if field.enumeration or field.form is ValueForm.WEB_ADDRESS or is_language:
        return _Coercion("@id")
    return _Coercion({float: XSD.decimal, datetime: XSD.dateTime}.get(field.value))


def _local_name(iri: str) -> str:
    return iri.rpartition("#")[2] if "#" in iri else iri.rpartition("/")[2]


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
