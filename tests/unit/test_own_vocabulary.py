"""The own vocabulary declares what is used, once and in both languages, and keeps the rules of SKOS."""

import re
from collections import Counter, defaultdict
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from graph_model.derive.rdf import RdfWriter
from graph_model.modality import Modality
from graph_model.nodes import RECORD_TYPES, Partnership
from graph_model.own_concepts import CONCEPT_TEXTS, SCHEME_TEXTS
from graph_model.own_terms import TERM_TEXTS
from graph_model.own_vocabulary import Declaration, declarations, ontology_iri, ontology_triples, uses
from graph_model.relationships import Role
from graph_model.vocabulary import DCT, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, XSD, OwnTerm
from ingest.demo_graph import demo_records

BASE = "http://example.org"
NAMESPACE = f"{BASE}/ns#"
Pairs = dict[str, set[tuple[Any, Any]]]
ONTOLOGY = list(ontology_triples(BASE))


@pytest.fixture(scope="module")
def demo() -> list[Triple]:
    """The demonstration graph in RDF, every modality told once."""
    writer = RdfWriter(BASE)
    return [
        triple
        for type_name in RECORD_TYPES
        for record in demo_records(type_name)
        for triple in writer.triples(
            record, modalities=tuple(Modality) if isinstance(record, Partnership) else ()
        )
    ]


def values(subject: str, predicate: str) -> list[str]:
    return [
        triple.object.value
        for triple in ONTOLOGY
        if triple.subject == NamedNode(subject)
        and triple.predicate == NamedNode(predicate)
        and isinstance(triple.object, NamedNode | Literal)
    ]


def test_every_own_term_in_the_demonstration_graph_is_declared(demo: list[Triple]) -> None:
    used = set()
    for triple in demo:
        for node in (triple.subject, triple.predicate, triple.object):
            iri = node.datatype.value if isinstance(node, Literal) else getattr(node, "value", "")
            if iri.startswith(NAMESPACE):
                used.add(iri.removeprefix(NAMESPACE))
    assert used
    assert used - set(uses()) == set()


def test_every_term_is_declared_once_and_none_is_idle() -> None:
    declared = Counter([*TERM_TEXTS, *SCHEME_TEXTS, *CONCEPT_TEXTS])
    assert [term for term, count in declared.items() if count > 1] == []
    assert set(declared) == set(uses())
    assert Counter(each.term for each in declarations()) == declared


@pytest.mark.parametrize("each", declarations(), ids=lambda each: each.term)
def test_every_term_is_explained_in_both_languages(each: Declaration) -> None:
    subject = NAMESPACE + each.term
    for predicate in (RDFS.label, RDFS.comment):
        texts = [
            triple.object
            for triple in ONTOLOGY
            if triple.subject.value == subject and triple.predicate.value == predicate  # type: ignore[union-attr]
        ]
        languages = [text.language for text in texts if isinstance(text, Literal)]
        assert {"en", "fr"} <= set(languages)
        assert len(languages) == len(set(languages))
    assert values(subject, RDF.type)
    assert values(subject, RDFS.isDefinedBy) == [f"{BASE}/ns"]


def test_the_ontology_has_a_header() -> None:
    ontology = ontology_iri(BASE)
    assert values(ontology, RDF.type) == [OWL.Ontology]
    assert values(ontology, DCT.license) == ["https://spdx.org/licenses/Apache-2.0"]
    assert len(values(ontology, DCT.title)) == 2
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", values(ontology, OWL.versionInfo)[0])
    assert values(ontology, OWL.imports) == []


def test_domains_and_ranges_follow_the_model() -> None:
    assert values(NAMESPACE + "incomeGroup", RDFS.domain) == [SCHEMA.Country]
    assert values(NAMESPACE + "status", RDFS.domain) == [PROV.Entity]
    assert values(NAMESPACE + "resource", RDFS.domain) == []
    assert values(NAMESPACE + "resource", SCHEMA.domainIncludes) == [SCHEMA.Demand, SCHEMA.Offer]
    assert values(NAMESPACE + "addresses", RDFS.range) == [SCHEMA.Demand]
    assert values(NAMESPACE + "challenge", RDFS.range) == [RDF.langString]
    assert values(NAMESPACE + "developing", RDFS.range) == [XSD.boolean]


def test_what_the_demonstration_graph_says_fits_domains_and_ranges(demo: list[Triple]) -> None:
    classes = defaultdict(set)
    for triple in (*demo, *ONTOLOGY):
        if triple.predicate.value == RDF.type:
            classes[triple.subject].add(triple.object.value)  # type: ignore[union-attr]
    for term, use in uses().items():
        for triple in demo:
            if triple.predicate.value != NAMESPACE + term:
                continue
            assert classes[triple.subject] & set(use.domain), triple
            if isinstance(triple.object, Literal):
                assert triple.object.datatype.value in use.range, triple
            else:
                assert classes[triple.object] & set(use.range), triple


def test_roles_are_labelled_in_six_languages_and_are_prov_roles() -> None:
    for role in Role:
        subject = f"{NAMESPACE}Role-{role}"
        assert len(values(subject, SKOS.prefLabel)) == 6
        assert PROV.Role in values(subject, RDF.type)
        assert values(subject, SKOS.topConceptOf) == [f"{NAMESPACE}Role"]


def test_a_term_without_texts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    declarations.cache_clear()
    monkeypatch.setattr("graph_model.own_vocabulary.uses", lambda: {**uses(), OwnTerm("odd"): None})
    with pytest.raises(LookupError, match="odd"):
        declarations()


@pytest.fixture(scope="module")
def pairs(demo: list[Triple]) -> Pairs:
    """Subjects and objects by predicate, of vocabulary and demonstration graph together."""
    found: Pairs = defaultdict(set)
    for triple in (*demo, *ONTOLOGY):
        found[triple.predicate.value].add((triple.subject, triple.object))
    return found


def test_skos_one_preferred_label_per_language(pairs: Pairs) -> None:
    labels = Counter((node, text.language) for node, text in pairs[SKOS.prefLabel])
    assert [key for key, count in labels.items() if count > 1] == []


def test_skos_preferred_and_alternative_labels_are_disjoint(pairs: Pairs) -> None:
    assert pairs[SKOS.prefLabel] & pairs[SKOS.altLabel] == set()


def test_skos_labels_are_distinct_in_a_scheme(pairs: Pairs) -> None:
    scheme_of = dict(pairs[SKOS.inScheme])
    seen = Counter((scheme_of[node], text) for node, text in pairs[SKOS.prefLabel] if node in scheme_of)
    assert [key for key, count in seen.items() if count > 1] == []


def test_skos_broader_mirrors_narrower_and_has_no_cycle(pairs: Pairs) -> None:
    assert pairs[SKOS.broader] == {(narrow, broad) for broad, narrow in pairs[SKOS.narrower]}
    parents = dict(pairs[SKOS.broader])
    for node in parents:
        seen = {node}
        current = node
        while current in parents:
            current = parents[current]
            assert current not in seen
            seen.add(current)


def test_skos_hierarchy_stays_in_its_scheme(pairs: Pairs) -> None:
    scheme_of = dict(pairs[SKOS.inScheme])
    for narrow, broad in pairs[SKOS.broader]:
        assert scheme_of[narrow] == scheme_of[broad]


def test_skos_top_concepts_are_those_without_a_broader_one(pairs: Pairs) -> None:
    below = {node for node, _ in pairs[SKOS.broader]}
    assert pairs[SKOS.topConceptOf] == {pair for pair in pairs[SKOS.inScheme] if pair[0] not in below}
    assert {(node, scheme) for scheme, node in pairs[SKOS.hasTopConcept]} <= pairs[SKOS.topConceptOf]


def test_skos_every_scheme_is_declared(pairs: Pairs) -> None:
    schemes = {node for node, kind in pairs[RDF.type] if kind == NamedNode(SKOS.ConceptScheme)}
    assert {scheme for _, scheme in pairs[SKOS.inScheme]} == schemes


def test_skos_exact_and_close_matches_are_disjoint(pairs: Pairs) -> None:
    assert pairs[SKOS.exactMatch] & pairs[SKOS.closeMatch] == set()
    assert pairs[SKOS.exactMatch] & pairs[SKOS.broader] == set()
