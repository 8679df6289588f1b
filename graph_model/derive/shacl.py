"""SHACL shapes of the records' RDF, derived from the declarations: core constraints, no SPARQL.

Clusters and SDGs are both skos:Concept, which no target of SHACL core tells apart. Their shapes are reached
from their concept scheme: a shape targets the scheme, follows skos:inScheme backwards, and holds what it
finds against the property shapes of the type, so that results name the concept and the property.

Every node has an IRI but those of inverse paths, for which SHACL demands blank nodes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from graph_model.derive.rdf import RdfWriter
from graph_model.derive.rdf_fields import RdfField, rdf_fields
from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, owned_relationships
from graph_model.relationships import PARTICIPATES_IN, PARTY_TYPES, Owns, Role
from graph_model.text import IDENTIFIER_PATTERN, LONGEST_IDENTIFIER, ValueForm
from graph_model.vocabulary import (
    DCT,
    ISO639_1,
    ISO639_2,
    ORG,
    OWL,
    PROV,
    RDF,
    RDFS,
    SCHEMA,
    SHACL,
    SHAPES_PATH,
    SKOS,
    XSD,
)

PARTICIPATION: Final = "participation"
_DATES: Final = {"year": XSD.gYear, "month": XSD.gYearMonth, "day": XSD.date}

_Node = NamedNode | BlankNode
_Value = _Node | Literal | str | int | float | bool


def shapes(public_base: str) -> Iterator[Triple]:
    """The shapes graph of an instance, always in the same order."""
    return iter(_Shapes(public_base).graph())


def shape_iri(public_base: str, name: str) -> str:
    """The IRI of a shape: of a type by its name, of a field by ``{type}-{field}``."""
    return f"{public_base}{SHAPES_PATH}#{name}"


class _Shapes:
    """Collects the triples of the shapes under one public base."""

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._writer = RdfWriter(public_base)
        self._triples: dict[Triple, None] = {}

    def graph(self) -> Iterable[Triple]:
        document = NamedNode(f"{self._base}{SHAPES_PATH}")
        self._say(document, RDF.type, self._term(OWL.Ontology))
        self._say(document, RDFS.label, Literal("Shapes of Trimatch's records", language="en"))
        for name, datatype in _DATES.items():
            self._shape(name, SHACL.NodeShape, datatype=self._term(datatype))
        for type_name, kind in RECORD_TYPES.items():
            self._shape(f"a-{type_name}", SHACL.NodeShape, {"class": self._term(kind.rdf_type)})
        self._participation()
        for kind in RECORD_TYPES.values():
            self._record(kind)
        return self._triples

    def _record(self, kind: type[Record]) -> None:
        name = kind.type_name
        properties = [*self._constants(kind), *self._notations(kind)]
        properties += [self._field(kind, each) for each in rdf_fields(kind) if not _among_notations(each)]
        properties += [
            self._relationship(kind, field, owns) for field, owns in owned_relationships(kind).items()
        ]
        node: dict[str, _Value] = {
            "nodeKind": self._term(SHACL.IRI),
            "pattern": f"^{_escaped(self._base)}/{name}/{IDENTIFIER_PATTERN}$",
            "maxLength": len(f"{self._base}/{name}/") + LONGEST_IDENTIFIER,
        }
        shape = self._shape(name, SHACL.NodeShape, node)
        self._say(shape, RDFS.label, Literal(kind.label, language="en"))
        for each in properties:
            self._say(shape, SHACL.property, each)
        if kind.concept_scheme is None:
            self._say(shape, SHACL.targetClass, self._term(kind.rdf_type))
            return
        members = self._shape(f"{name}-members", SHACL.PropertyShape, node)
        self._say(members, SHACL.path, self._inverse(SKOS.inScheme))
        for each in properties:
            self._say(members, SHACL.property, each)
        scheme = self._shape(f"{name}-scheme", SHACL.NodeShape)
        self._say(scheme, SHACL.targetNode, self._term(kind.concept_scheme))
        self._say(scheme, SHACL.property, members)

    def _constants(self, kind: type[Record]) -> Iterator[NamedNode]:
        constants = {"businessFunction": (SCHEMA.businessFunction, kind.business_function)}
        constants["inScheme"] = (SKOS.inScheme, kind.concept_scheme)
        for name, (predicate, value) in constants.items():
            if value is not None:
                yield self._property(kind, name, predicate, {"hasValue": self._term(value)})

    def _notations(self, kind: type[Record]) -> Iterator[NamedNode]:
        """Codes that share skos:notation: each is told by its datatype, and may be there once."""
        codes = {each.name: each for each in rdf_fields(kind) if _among_notations(each)}
        allowed: list[NamedNode] = []
        for name in (*(["id"] if kind.identifier_datatype else []), *codes):
            datatype = codes[name].declaration.datatype if name in codes else kind.identifier_datatype
            limits = _limits(kind, name)
            constraints: dict[str, _Value] = {
                "datatype": self._term(datatype or XSD.string),
                "pattern": _portable(limits["pattern"]),
            }
            if "maxLength" in limits:
                constraints["maxLength"] = limits["maxLength"]
            code = self._shape(f"{kind.type_name}-{name}-code", SHACL.NodeShape, constraints)
            allowed.append(code)
            counts: dict[str, _Value] = {"qualifiedValueShape": code, "qualifiedMaxCount": 1}
            if name == "id" or codes[name].required:
                counts["qualifiedMinCount"] = 1
            yield self._property(kind, name, SKOS.notation, counts)
        if allowed:
            either: dict[str, _Value] = {"or": self._list(f"{kind.type_name}-codes", allowed)}
            yield self._property(kind, "notation", SKOS.notation, either)

    def _field(self, kind: type[Record], field: RdfField) -> NamedNode:
        limits = _limits(kind, field.name)
        constraints = self._value_constraints(field, limits)
        if field.in_languages:
            constraints |= {"uniqueLang": True}
        elif not field.several:
            constraints |= {"maxCount": 1}
        if field.required:
            constraints |= {"minCount": 1}
        for name, limit in (("minInclusive", "minimum"), ("maxInclusive", "maximum")):
            if limit in limits:
                constraints |= {name: Literal(str(limits[limit]), datatype=self._term(XSD.decimal))}
        return self._property(kind, field.name, field.declaration.predicate, constraints)

    def _value_constraints(self, field: RdfField, limits: dict[str, Any]) -> dict[str, _Value]:
        if field.enumeration:
            return self._one_of(field.enumeration)
        if field.form is ValueForm.WEB_ADDRESS:
            length = {"maxLength": limits["maxLength"]} if "maxLength" in limits else {}
            return {"nodeKind": self._term(SHACL.IRI), "pattern": "^https?://", **length}
        if field.form is ValueForm.LANGUAGE and field.declaration.predicate == DCT.language:
            one, two = (_escaped(str(namespace)) for namespace in (ISO639_1, ISO639_2))
            return {"nodeKind": self._term(SHACL.IRI), "pattern": f"^({one}[a-z]{{2}}|{two}[a-z]{{3}})$"}
        if field.form is ValueForm.PARTIAL_DATE:
            return self._date()
        if field.value is not str:
            datatypes: dict[type, str] = {bool: XSD.boolean, float: XSD.decimal}
            return {"datatype": self._term(datatypes.get(field.value, XSD.dateTime))}
        datatype = RDF.langString if field.in_languages else field.declaration.datatype or XSD.string
        constraints: dict[str, _Value] = {"datatype": self._term(datatype)}
        length = {"maxLength": limits["maxLength"]} if "maxLength" in limits else {}
        if "pattern" in limits:
            return {**constraints, "pattern": _portable(limits["pattern"]), **length}
        return {**constraints, "minLength": 1, **length}

    def _date(self) -> dict[str, _Value]:
        return {"or": self._list("date", [self._named(name) for name in _DATES])}

    def _one_of(self, enumeration: type[StrEnum]) -> dict[str, _Value]:
        return {"in": self._list(enumeration.__name__, [self._writer.concept(each) for each in enumeration])}

    def _relationship(self, kind: type[Record], field: str, owns: Owns) -> NamedNode:
        constraints: dict[str, _Value] = {"nodeKind": self._term(SHACL.IRI)}
        if _limits(kind, field).get("minItems"):
            constraints["minCount"] = 1
        if owns.kind is PARTICIPATES_IN:
            constraints["class"] = self._term(ORG.Membership)
            return self._property(kind, field, PROV.qualifiedAssociation, constraints)
        constraints |= self._any_of(owns.targets)
        if "items" not in _schema(kind)[field]:
            constraints["maxCount"] = 1
        path: str | BlankNode = owns.kind.predicate
        if owns.inverse:
            path = owns.kind.reverse or self._inverse(owns.kind.predicate)
        return self._property(kind, field, path, constraints)

    def _any_of(self, types: Sequence[str]) -> dict[str, _Value]:
        """Of the class of one of these types."""
        classes = {RECORD_TYPES[name].rdf_type: name for name in reversed(types)}
        if len(classes) == 1:
            return {"class": self._term(next(iter(classes)))}
        return {"or": self._list("-or-".join(types), [self._named(f"a-{name}") for name in types])}

    def _participation(self) -> None:
        shape = self._shape(PARTICIPATION, SHACL.NodeShape, {"targetClass": self._term(ORG.Membership)})
        once: dict[str, _Value] = {"minCount": 1, "maxCount": 1}
        iri: dict[str, _Value] = {"nodeKind": self._term(SHACL.IRI)}
        partnership = {"class": self._term(SCHEMA.Project)}
        for name, predicate, constraints in (
            ("partnership", ORG.organization, once | iri | partnership),
            ("party", ORG.member, once | iri | self._any_of(PARTY_TYPES)),
            ("role", ORG.role, once | self._one_of(Role)),
            ("from", SCHEMA.startDate, {"maxCount": 1, **self._date()}),
            ("to", SCHEMA.endDate, {"maxCount": 1, **self._date()}),
        ):
            each = self._shape(f"{PARTICIPATION}-{name}", SHACL.PropertyShape, constraints)
            self._say(each, SHACL.path, self._term(predicate))
            self._say(each, SHACL.name, Literal(name, language="en"))
            self._say(shape, SHACL.property, each)

    def _property(
        self, kind: type[Record], name: str, path: str | BlankNode, constraints: dict[str, _Value]
    ) -> NamedNode:
        shape = self._shape(f"{kind.type_name}-{name}", SHACL.PropertyShape, constraints)
        self._say(shape, SHACL.path, path if isinstance(path, BlankNode) else self._term(path))
        self._say(shape, SHACL.name, Literal(name, language="en"))
        field = kind.model_fields.get(name)
        if field is not None and field.description:
            self._say(shape, SHACL.description, Literal(field.description, language="en"))
        return shape

    def _inverse(self, predicate: str) -> BlankNode:
        path = BlankNode(f"inverse_{re.sub('[^A-Za-z0-9]', '_', predicate)}")
        self._say(path, SHACL.inversePath, self._term(predicate))
        return path

    def _list(self, name: str, items: Sequence[NamedNode]) -> NamedNode:
        nodes = [self._named(f"list-{name}-{place}") for place in range(1, len(items) + 1)]
        for node, item, rest in zip(nodes, items, [*nodes[1:], self._term(RDF.nil)], strict=True):
            self._say(node, RDF.first, item)
            self._say(node, RDF.rest, rest)
        return nodes[0]

    def _shape(
        self, name: str, kind: str, constraints: dict[str, Any] | None = None, **more: Any
    ) -> NamedNode:
        shape = self._named(name)
        self._say(shape, RDF.type, self._term(kind))
        for constraint, value in {**(constraints or {}), **more}.items():
            self._say(shape, getattr(SHACL, constraint), value)
        return shape

    def _named(self, name: str) -> NamedNode:
        return NamedNode(shape_iri(self._base, name))

    def _term(self, term: str) -> NamedNode:
        return self._writer.term(term)

    def _say(self, subject: _Node, predicate: str, value: _Value) -> None:
        object_ = value if isinstance(value, NamedNode | BlankNode | Literal) else Literal(value)
        self._triples[Triple(subject, self._term(predicate), object_)] = None


def _among_notations(field: RdfField) -> bool:
    """Whether a field shares skos:notation with another one or with the identifier."""
    return field.declaration.predicate == SKOS.notation and field.declaration.datatype is not None


@cache
def _schema(kind: type[Record]) -> dict[str, Any]:
    properties: dict[str, Any] = kind.model_json_schema()["properties"]
    return properties


def _limits(kind: type[Record], name: str) -> dict[str, Any]:
    """The limits of a field's single value as JSON Schema has them, and minItems of the list around it."""
    schema = _schema(kind)[name]
    schema = next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), schema)
    inner = schema.get("items") or next(iter(schema.get("patternProperties", {}).values()), schema)
    return {**inner, **{key: schema[key] for key in ("minItems",) if key in schema}}


def _escaped(text: str) -> str:
    """An IRI as a regular expression that matches it alone."""
    return text.replace(".", r"\.")


def _portable(pattern: str) -> str:
    """A pattern in what Python's and XPath's regular expressions share."""
    return pattern.replace(r"\d", "[0-9]")
