"""The catalogue and the VoID description: what they offer exists, and what they count is what leaves."""

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse
from rdflib import DCAT, DCTERMS, RDF, VOID, URIRef

from export.formats import FORMATS
from tests.service.api_fixtures import Api, api
from tests.service.test_export import SECRETS, hidden

__all__ = ["api"]

TYPES = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")


@pytest.fixture
def base(api: Api) -> str:
    """Public base of the service."""
    return api.instance.settings.public_base


def graph_at(api: Api, path: str, media_type: str = "text/turtle") -> rdflib.Graph:
    """A document, parsed by rdflib."""
    answer = api.call("GET", path, headers={"Accept": media_type})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    return rdflib.Graph().parse(data=answer.content, format=media_type)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's own parser of JSON-LD
@pytest.mark.parametrize("path", ["/catalog", "/.well-known/void"])
def test_every_form_says_the_same_without_blank_nodes(api: Api, path: str) -> None:
    graphs = [graph_at(api, path, media_type) for media_type in TYPES]
    assert len({frozenset(graph) for graph in graphs}) == 1
    assert not [term for triple in graphs[0] for term in triple if isinstance(term, rdflib.BNode)]


def test_every_download_of_the_catalogue_can_be_fetched(api: Api, base: str) -> None:
    graph = graph_at(api, "/catalog")
    dataset = URIRef(f"{base}/catalog#dataset")
    assert (URIRef(f"{base}/catalog"), RDF.type, DCAT.Catalog) in graph
    distributions = list(graph.objects(dataset, DCAT.distribution))
    assert len(distributions) == sum(1 if each.compressed else 2 for each in FORMATS.values())
    for distribution in distributions:
        address = str(graph.value(distribution, DCAT.downloadURL))
        answer = api.call("HEAD", address.removeprefix(base))
        assert answer.status_code == 200, address
        media_type = str(
            graph.value(distribution, DCAT.compressFormat) or graph.value(distribution, DCAT.mediaType)
        )
        assert answer.headers["content-type"].partition(";")[0] in media_type


def test_the_catalogue_names_the_feed_the_services_and_what_the_graph_spans(api: Api, base: str) -> None:
    api.instance.store.write(hidden())
    graph = graph_at(api, "/catalog")
    dataset = URIRef(f"{base}/catalog#dataset")
    endpoints = {str(each) for each in graph.objects(None, DCAT.endpointURL)}
    assert endpoints == {f"{base}/sparql", f"{base}/api"}
    assert f"{base}/feed" in {str(each) for each in graph.objects(None, DCAT.accessURL)}
    period = graph.value(dataset, DCTERMS.temporal)
    assert str(graph.value(period, DCAT.startDate)) == "2019"
    assert str(graph.value(period, DCAT.endDate)) == "2021-05-31"
    spatial = {str(each).rpartition("/")[2] for each in graph.objects(dataset, DCTERMS.spatial)}
    assert spatial == {"KEN", "BRA", "VNM", "JPN"}
    assert any("CC BY 4.0" in str(each) for each in graph.objects(dataset, DCTERMS.rights))


def test_void_counts_what_a_dump_has(api: Api, base: str) -> None:
    api.instance.store.write(hidden())
    graph = graph_at(api, "/.well-known/void")
    dataset = URIRef(f"{base}/catalog#dataset")
    quads = list(parse(api.call("GET", "/export/nquads").content, format=RdfFormat.N_QUADS))
    assert int(str(graph.value(dataset, VOID.triples))) == len(quads)
    assert int(str(graph.value(dataset, VOID.entities))) == len({quad.graph_name for quad in quads})
    for partition in graph.objects(dataset, VOID.propertyPartition):
        predicate = str(graph.value(partition, VOID.property))
        told = int(str(graph.value(partition, VOID.triples)))
        assert told == len([quad for quad in quads if quad.predicate.value == predicate]), predicate
    example = str(graph.value(dataset, VOID.exampleResource))
    assert api.call("GET", example.removeprefix(base)).status_code == 200


def test_void_follows_the_graph_and_counts_illustrative_records_where_asked(api: Api, base: str) -> None:
    dataset = URIRef(f"{base}/catalog#dataset")

    def entities(path: str) -> int:
        return int(str(graph_at(api, path).value(dataset, VOID.entities)))

    before = entities("/.well-known/void")
    api.instance.store.write(hidden())
    assert entities("/.well-known/void") == before + 1
    assert entities("/.well-known/void?illustrative=true") == before + 2


@pytest.mark.parametrize("path", ["/catalog", "/.well-known/void"])
def test_hidden_records_show_in_neither(api: Api, path: str) -> None:
    api.instance.store.write(hidden())
    text = api.call("GET", path).text.lower()
    assert not [secret for secret in SECRETS if secret in text]


def test_a_form_that_there_is_not_is_refused(api: Api) -> None:
    assert api.call("GET", "/catalog", headers={"Accept": "image/png"}).status_code == 406
