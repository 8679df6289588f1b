"""The clusters' matches in UNBIS and EuroVoc: each looked up in the UN's data, and its label read."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from graph_model.nodes import Cluster
from graph_model.vocabulary import EUROVOC, UNBIS
from ingest.demo_graph import demo_records

INDEX = Path(__file__).resolve().parents[3] / "shared" / "data" / "linkedsdg" / "concepts-source-index.tsv"

EXACT: Final = {
    "traditional-medicine": {"UNBIS TRADITIONAL MEDICINE"},
    "technology-transfer": {"UNBIS TECHNOLOGY TRANSFER", "EuroVoc TECHNOLOGY TRANSFER"},
    "patent-information": {"UNBIS PATENT INFORMATION"},
}
CLOSE: Final = {
    "food-agriculture": {"UNBIS FOOD SECURITY", "EuroVoc FOOD SECURITY"},
    "geographical-indications": {"UNBIS APPELLATIONS OF ORIGIN", "EuroVoc DESIGNATION OF ORIGIN"},
    "plant-varieties": {"UNBIS PLANT VARIETIES", "EuroVoc PLANT VARIETY RIGHT"},
    "public-health": {"UNBIS PUBLIC HEALTH", "EuroVoc PUBLIC HEALTH"},
    "access-to-medicines": {"UNBIS ESSENTIAL DRUGS"},
    "green-innovation": {"UNBIS ENVIRONMENTALLY SOUND TECHNOLOGY", "EuroVoc CLEAN TECHNOLOGY"},
    "clean-energy": {"UNBIS SUSTAINABLE ENERGY", "EuroVoc RENEWABLE ENERGY"},
    "ip-management": {"UNBIS INTELLECTUAL PROPERTY", "EuroVoc INTELLECTUAL PROPERTY"},
    "smes-startups": {"EuroVoc SMALL AND MEDIUM-SIZED ENTERPRISES"},
    "creative-industries": {"UNBIS CULTURAL INDUSTRIES", "EuroVoc CULTURE INDUSTRY"},
    "copyright-collective-management": {"UNBIS COPYRIGHT", "EuroVoc COPYRIGHT"},
    "audiovisual-music": {"EuroVoc AUDIOVISUAL INDUSTRY"},
    "traditional-knowledge-crafts": {"UNBIS TRADITIONAL KNOWLEDGE"},
}
"""What was judged to fit, by cluster: a concept that names only a part of a cluster is no close match."""


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """By IRI, the scheme and the labels of a concept."""
    if not INDEX.exists():
        pytest.skip(f"the index of UNBIS and EuroVoc concepts is not at {INDEX}")
    found: dict[str, set[str]] = defaultdict(set)
    schemes = {str(UNBIS): "UNBIS", str(EUROVOC): "EuroVoc"}
    with INDEX.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            for concept in row["matches"].split(";"):
                scheme = next((name for start, name in schemes.items() if concept.startswith(start)), "?")
                found[concept].add(f"{scheme} {row['label']}")
    return found


def clusters() -> list[Cluster]:
    return [record for record in demo_records("cluster") if isinstance(record, Cluster)]


def test_each_match_is_a_concept_whose_label_was_judged_to_fit(labels: dict[str, set[str]]) -> None:
    for field, judged in (("exact_match", EXACT), ("close_match", CLOSE)):
        published = {
            cluster.id: set().union(*(labels.get(concept, {concept}) for concept in concepts))
            for cluster in clusters()
            if (concepts := getattr(cluster, field))
        }
        assert published == judged


def test_an_exact_match_has_the_name_of_the_cluster(labels: dict[str, set[str]]) -> None:
    for cluster in clusters():
        for concept in cluster.exact_match:
            names = {label.partition(" ")[2].casefold() for label in labels[concept]}
            assert names == {cluster.name["en"].casefold()}
