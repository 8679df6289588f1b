"""Proposed triangles as linked data, on request: marked as proposals, with the model and time that made them.

A proposal is no fact. Its corners are therefore no participations and no members of an organisation: they
have a class and properties of their own, and none that a reader of facts would follow.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.rdf import RdfWriter
from graph_model.modality import Modality
from graph_model.own_vocabulary import (
    HAS_PROPOSED_CORNER,
    PROBABILITY,
    PROPOSED_CORNER,
    PROPOSED_MODALITY,
    PROPOSED_PARTY,
    PROPOSED_ROLE,
    PROPOSED_TRIANGLE,
    SCORE,
)
from graph_model.record import Authenticity
from graph_model.relationships import Role
from graph_model.vocabulary import DCT, PROV, RDF, RDFS, XSD, OwnTerm
from search.answers import Corner, Path, PathAnswer

NOTICE: Final = {
    "en": "Proposed by a model. No party has agreed to it; it states no fact.",
    "fr": "Proposé par un modèle. Aucune partie n'y a consenti ; n'énonce aucun fait.",
}
_AUTHENTICITY: Final = OwnTerm("authenticity")
_WEAKEST_FIRST: Final = (Authenticity.ILLUSTRATIVE, Authenticity.DERIVED, Authenticity.REAL)


def proposal_triples(answer: PathAnswer, document: str, at: datetime, writer: RdfWriter) -> Iterator[Triple]:
    """An answer of path finding in RDF. document: IRI of the document that it stands in, whose fragments
    name everything proposed. at: when it was found, with a time zone."""
    source, activity = NamedNode(document), NamedNode(f"{document}#finding")
    yield Triple(source, writer.term(RDF.type), writer.term(PROV.Collection))
    yield from _texts(source, RDFS.comment, NOTICE, writer)
    yield Triple(source, writer.term(PROV.wasGeneratedBy), activity)
    yield Triple(activity, writer.term(RDF.type), writer.term(PROV.Activity))
    moment = Literal(at.isoformat(), datatype=writer.term(XSD.dateTime))
    yield Triple(activity, writer.term(PROV.endedAtTime), moment)
    yield Triple(activity, writer.term(DCT.description), Literal(answer.query))
    if answer.need:
        yield Triple(activity, writer.term(PROV.used), writer.node(f"need/{answer.need}"))
    for name, identity in (("model", answer.model), ("embedder", answer.embedder)):
        agent = NamedNode(f"{document}#{name}")
        yield Triple(activity, writer.term(PROV.wasAssociatedWith), agent)
        yield Triple(agent, writer.term(RDF.type), writer.term(PROV.SoftwareAgent))
        yield Triple(agent, writer.term(DCT.identifier), Literal(identity))
    for path in answer.paths:
        triangle = NamedNode(f"{document}#{_fragment(path)}")
        yield Triple(source, writer.term(PROV.hadMember), triangle)
        yield Triple(triangle, writer.term(PROV.wasGeneratedBy), activity)
        yield from _triangle(triangle, path, writer)


def _triangle(triangle: NamedNode, path: Path, writer: RdfWriter) -> Iterator[Triple]:
    yield Triple(triangle, writer.term(RDF.type), writer.term(PROPOSED_TRIANGLE))
    yield from _texts(triangle, RDFS.comment, NOTICE, writer)
    for predicate, value in ((SCORE, path.score), (PROBABILITY, path.probability)):
        number = Literal(repr(float(value)), datatype=writer.term(XSD.double))
        yield Triple(triangle, writer.term(predicate), number)
    if path.modality in set(Modality):
        modality = writer.concept(Modality(path.modality))
        yield Triple(triangle, writer.term(PROPOSED_MODALITY), modality)
    known = {each.authenticity for each in path.evidence}
    weakest = next((each for each in _WEAKEST_FIRST if each in known), None)
    if weakest:
        yield Triple(triangle, writer.term(_AUTHENTICITY), writer.concept(weakest))
    for role, corner in _corners(path):
        node = NamedNode(f"{triangle.value}_{role}")
        yield Triple(triangle, writer.term(HAS_PROPOSED_CORNER), node)
        yield Triple(node, writer.term(RDF.type), writer.term(PROPOSED_CORNER))
        yield Triple(node, writer.term(PROPOSED_PARTY), writer.node(corner.id))
        yield Triple(node, writer.term(PROPOSED_ROLE), writer.concept(role))
    for ref in dict.fromkeys(ref for each in path.evidence for ref in each.nodes):
        yield Triple(triangle, writer.term(PROV.wasDerivedFrom), writer.node(ref))


def _corners(path: Path) -> Iterator[tuple[Role, Corner]]:
    for role, corner in (
        (Role.BENEFICIARY, path.beneficiary),
        (Role.PIVOTAL, path.pivotal),
        (Role.FACILITATING, path.facilitating),
    ):
        if corner is not None:
            yield role, corner


def _fragment(path: Path) -> str:
    return "_".join(["proposed", *(corner.id.replace("/", "-") for _, corner in _corners(path))])


def _texts(subject: NamedNode, predicate: str, texts: dict[str, str], writer: RdfWriter) -> Iterator[Triple]:
    for language, text in texts.items():
        yield Triple(subject, writer.term(predicate), Literal(text, language=language))
