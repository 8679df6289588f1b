"""The catalogue of what an instance offers (DCAT 3), and the description of its graph (VoID).

Neither has blank nodes; what they count and span is what would leave in a dump made at the same time.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from export.feed import Stream
from export.formats import FORMATS, RDF_FORMATS, ExportFormat
from export.jsonld import NAMESPACES
from export.published import authenticities, count
from export.selection import Selection
from export.sparql.description import SPARQL_PATH
from export.statistics import Statistics
from graph_model import export_queries
from graph_model.derive.rdf_values import date_time, partial_date
from graph_model.store import Store
from graph_model.vocabulary import (
    DCAT,
    DCT,
    FOAF,
    IANA_MEDIA_TYPES,
    LDES,
    OWN_TERMS_PATH,
    RDF,
    SHAPES_PATH,
    SPARQL_PROTOCOL,
    TREE,
    VOID,
    XSD,
    node_iri,
)
from graph_model.vocabulary import FORMATS as W3C_FORMATS

CATALOGUE_PATH: Final = "/catalog"
VOID_PATH: Final = "/.well-known/void"
GZIP: Final = "application/gzip"
_TITLE: Final = {
    "en": "Trimatch: partnerships, needs, offers and practices in intellectual property cooperation",
    "fr": "Trimatch : partenariats, besoins, offres et pratiques de coopération en propriété intellectuelle",
}
_DESCRIPTION: Final = {
    "en": "South-South, North-South and triangular cooperation in intellectual property as linked data: "
    "published records only.",
    "fr": "Coopération Sud-Sud, Nord-Sud et triangulaire en propriété intellectuelle, en données liées : "
    "fiches publiées seulement.",
}
_EACH_RECORD_RIGHTS: Final = (
    "There is no one licence of the whole: each record states the terms of its source in dct:rights."
)


def catalogue(store: Store, public_base: str, *, illustrative: bool) -> Iterator[Triple]:
    """The triples of the catalogue. Raises UnavailableError."""
    page = f"{public_base}{CATALOGUE_PATH}"
    dataset, publisher = f"{page}#dataset", f"{page}#publisher"
    stream = Stream(public_base, illustrative)
    yield _node(page, RDF.type, DCAT.Catalog)
    yield from _texts(page, DCT.title, _TITLE)
    yield from _texts(page, DCT.description, _DESCRIPTION)
    yield _node(page, DCT.publisher, publisher)
    yield _node(page, FOAF.homepage, public_base)
    yield _node(publisher, RDF.type, FOAF.Agent)
    yield _text(publisher, FOAF.name, f"Trimatch, {public_base}")
    for each in (dataset, stream.iri):
        yield _node(page, DCAT.dataset, each)
        yield _node(each, DCT.publisher, publisher)
    yield from _dataset(store, public_base, dataset, illustrative=illustrative)
    for name, exported in FORMATS.items():
        yield from _distributions(public_base, dataset, name, exported, illustrative=illustrative)
    yield from _feed(stream, dataset)
    yield from _services(public_base, page, dataset)


def void_description(
    store: Store, public_base: str, statistics: Statistics | None, *, illustrative: bool
) -> Iterator[Triple]:
    """The triples of the VoID document. Without statistics it lacks the counts of triples.

    Raises UnavailableError.
    """
    page = f"{public_base}{VOID_PATH}"
    dataset = f"{public_base}{CATALOGUE_PATH}#dataset"
    yield _node(page, RDF.type, VOID.DatasetDescription)
    yield _node(page, FOAF.primaryTopic, dataset)
    yield _node(dataset, RDF.type, VOID.Dataset)
    yield from _texts(dataset, DCT.title, _TITLE)
    yield _text(dataset, VOID.uriSpace, f"{public_base}/")
    yield _node(dataset, VOID.sparqlEndpoint, f"{public_base}{SPARQL_PATH}")
    for name, title in RDF_FORMATS.items():
        yield _node(dataset, VOID.dataDump, _address(public_base, name, illustrative=illustrative))
        yield _node(dataset, VOID.feature, f"{W3C_FORMATS}{title}")
    total = sum(count(store, Selection(illustrative=illustrative)).values())
    yield _number(dataset, VOID.entities, total)
    if statistics is not None:
        yield from _counts(page, dataset, statistics, public_base)


def _dataset(store: Store, public_base: str, dataset: str, *, illustrative: bool) -> Iterator[Triple]:
    leaving = authenticities(illustrative=illustrative)
    yield _node(dataset, RDF.type, DCAT.Dataset)
    yield from _texts(dataset, DCT.title, _TITLE)
    yield from _texts(dataset, DCT.description, _DESCRIPTION)
    counts = count(store, Selection(illustrative=illustrative))
    told = ", ".join(f"{number} of type {name}" for name, number in counts.items() if number)
    if told:
        yield _english(dataset, DCT.description, f"Records: {sum(counts.values())} ({told}).")
    yield _node(dataset, DCT.conformsTo, f"{public_base}{SHAPES_PATH}")
    yield _node(dataset, FOAF.page, f"{public_base}{VOID_PATH}")
    newest = store.run(export_queries.last_change())[0]["at"]
    if newest is not None:
        yield Triple(NamedNode(dataset), NamedNode(DCT.modified), date_time(newest))
    for row in store.run(export_queries.countries_concerned(leaving)):
        yield _node(dataset, DCT.spatial, node_iri(row["ref"], public_base))
    span = store.run(export_queries.coverage(leaving))[0]
    if span["earliest"] or span["latest"]:
        period = f"{dataset}-period"
        yield _node(dataset, DCT.temporal, period)
        yield _node(period, RDF.type, DCT.PeriodOfTime)
        for predicate, date in ((DCAT.startDate, span["earliest"]), (DCAT.endDate, span["latest"])):
            if date:
                yield Triple(NamedNode(period), NamedNode(predicate), partial_date(date))
    yield _english(dataset, DCT.rights, _EACH_RECORD_RIGHTS)
    for row in store.run(export_queries.licences(leaving)):
        terms = row["licence"] or "no terms stated by the source"
        yield _english(dataset, DCT.rights, f"{row['records']} records: {terms}")


def _distributions(
    public_base: str, dataset: str, name: str, exported: ExportFormat, *, illustrative: bool
) -> Iterator[Triple]:
    for compressed in (False,) if exported.compressed else (False, True):
        distribution = f"{dataset}-{name}{'-gzip' if compressed else ''}"
        address = _address(public_base, name, illustrative=illustrative, compressed=compressed)
        yield _node(dataset, DCAT.distribution, distribution)
        yield _node(distribution, RDF.type, DCAT.Distribution)
        title = exported.title + (", compressed with gzip" if compressed else "")
        yield _english(distribution, DCT.title, title)
        yield _node(distribution, DCAT.accessURL, address)
        yield _node(distribution, DCAT.downloadURL, address)
        yield _node(distribution, DCAT.mediaType, f"{IANA_MEDIA_TYPES}{exported.media_type}")
        if compressed:
            yield _node(distribution, DCAT.compressFormat, f"{IANA_MEDIA_TYPES}{GZIP}")
        if name in RDF_FORMATS:
            yield _node(distribution, f"{DCT}format", f"{W3C_FORMATS}{RDF_FORMATS[name]}")
        yield _english(distribution, DCT.rights, _EACH_RECORD_RIGHTS)


def _feed(stream: Stream, dataset: str) -> Iterator[Triple]:
    distribution = f"{stream.root}#distribution"
    yield _node(stream.iri, RDF.type, DCAT.Dataset)
    yield _node(stream.iri, RDF.type, LDES.EventStream)
    yield _english(stream.iri, DCT.title, "Every change of the published records, deletions included")
    yield _node(stream.iri, DCT.source, dataset)
    yield _node(stream.iri, TREE.view, stream.root)
    yield _node(stream.iri, DCAT.distribution, distribution)
    yield _node(distribution, RDF.type, DCAT.Distribution)
    yield _node(distribution, DCAT.accessURL, stream.root)
    yield _node(distribution, DCT.conformsTo, str(LDES).removesuffix("#"))


def _services(public_base: str, page: str, dataset: str) -> Iterator[Triple]:
    services = (
        ("sparql", "SPARQL 1.1, read only", SPARQL_PATH, SPARQL_PATH),
        ("api", "Search, paths and records as JSON", "/api", "/openapi.json"),
    )
    for name, title, endpoint, description in services:
        service = f"{page}#{name}"
        yield _node(page, DCAT.service, service)
        yield _node(service, RDF.type, DCAT.DataService)
        yield _english(service, DCT.title, title)
        yield _node(service, DCAT.endpointURL, f"{public_base}{endpoint}")
        yield _node(service, DCAT.endpointDescription, f"{public_base}{description}")
        yield _node(service, DCAT.servesDataset, dataset)
    yield _node(f"{page}#sparql", DCT.conformsTo, SPARQL_PROTOCOL)


def _counts(page: str, dataset: str, statistics: Statistics, public_base: str) -> Iterator[Triple]:
    yield _number(dataset, VOID.triples, statistics.triples)
    yield _number(dataset, VOID.classes, len(statistics.classes))
    yield _number(dataset, VOID.properties, len(statistics.properties))
    if statistics.example is not None:
        yield _node(dataset, VOID.exampleResource, statistics.example)
    for vocabulary in _vocabularies(statistics, public_base):
        yield _node(dataset, VOID.vocabulary, vocabulary)
    for number, (name, instances) in enumerate(statistics.classes.items(), 1):
        partition = f"{page}#class-{number}"
        yield _node(dataset, VOID.classPartition, partition)
        yield _node(partition, f"{VOID}class", name)
        yield _number(partition, VOID.entities, instances)
    for number, (name, triples) in enumerate(statistics.properties.items(), 1):
        partition = f"{page}#property-{number}"
        yield _node(dataset, VOID.propertyPartition, partition)
        yield _node(partition, VOID.property, name)
        yield _number(partition, VOID.triples, triples)


def _vocabularies(statistics: Statistics, public_base: str) -> list[str]:
    used = [*statistics.properties, *statistics.classes]
    known = [*map(str, NAMESPACES.values()), public_base + OWN_TERMS_PATH]
    return [namespace for namespace in known if any(iri.startswith(namespace) for iri in used)]


def _address(public_base: str, name: str, *, illustrative: bool, compressed: bool = False) -> str:
    asked = [("illustrative", illustrative), ("gzip", compressed)]
    query = "&".join(f"{parameter}=true" for parameter, wanted in asked if wanted)
    return f"{public_base}/export/{name}" + (f"?{query}" if query else "")


def _node(subject: str, predicate: str, value: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(predicate), NamedNode(value))


def _text(subject: str, predicate: str, value: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(predicate), Literal(value))


def _english(subject: str, predicate: str, value: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(predicate), Literal(value, language="en"))


def _texts(subject: str, predicate: str, texts: dict[str, str]) -> Iterable[Triple]:
    return [
        Triple(NamedNode(subject), NamedNode(predicate), Literal(text, language=language))
        for language, text in texts.items()
    ]


def _number(subject: str, predicate: str, value: int) -> Triple:
    number = Literal(str(value), datatype=NamedNode(XSD.integer))
    return Triple(NamedNode(subject), NamedNode(predicate), number)
