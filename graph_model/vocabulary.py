"""Every namespace and IRI that Trimatch uses; no IRI literal stands anywhere else."""

from typing import Final


class Namespace:
    """A namespace IRI; attribute access gives the IRI of a term in it."""

    __slots__ = ("iri",)

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getattr__(self, term: str) -> str:
        return self.iri + term

    def __str__(self) -> str:
        return self.iri


RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
XML: Final = Namespace("http://www.w3.org/XML/1998/namespace")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
DCT: Final = Namespace("http://purl.org/dc/terms/")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
ORG: Final = Namespace("http://www.w3.org/ns/org#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
SCHEMA: Final = Namespace("https://schema.org/")
SCHEMA_BY_HTTP: Final = Namespace("http://schema.org/")
"""What others write for SCHEMA; both mean the same."""
SHACL: Final = Namespace("http://www.w3.org/ns/shacl#")
LDES: Final = Namespace("https://w3id.org/ldes#")
TREE: Final = Namespace("https://w3id.org/tree#")
ACTIVITYSTREAMS: Final = Namespace("https://www.w3.org/ns/activitystreams#")
SDG: Final = Namespace("http://metadata.un.org/sdg/")
SDG_ONTOLOGY: Final = Namespace("http://metadata.un.org/sdg/ontology#")
ISO639_1: Final = Namespace("http://id.loc.gov/vocabulary/iso639-1/")
ISO639_2: Final = Namespace("http://id.loc.gov/vocabulary/iso639-2/")
UNBIS: Final = Namespace("http://metadata.un.org/thesaurus/")
EUROVOC: Final = Namespace("http://eurovoc.europa.eu/")
TERM_STATUS: Final = Namespace("http://www.w3.org/2003/06/sw-vocab-status/ns#")
VANN: Final = Namespace("http://purl.org/vocab/vann/")
IANA_MEDIA_TYPES: Final = Namespace("https://www.iana.org/assignments/media-types/")
SPARQL_PROTOCOL: Final = "http://www.w3.org/TR/sparql11-protocol/"
APACHE_2_LICENCE: Final = "https://spdx.org/licenses/Apache-2.0"

OWN_TERMS_PATH: Final = "/ns#"
"""Where an instance serves its own vocabulary, relative to its public base."""

CONTEXT_PATH: Final = "/ns/context.jsonld"
"""Where an instance serves its JSON-LD context, relative to its public base."""

SHAPES_PATH: Final = "/ns/shapes"
"""Where an instance serves the SHACL shapes of its records, relative to its public base."""


class OwnTerm(str):
    """The name of a term in the own vocabulary; its IRI depends on the instance's public base."""

    __slots__ = ()

    def iri(self, public_base: str) -> str:
        """The term's IRI under an instance's public base."""
        return f"{public_base}{OWN_TERMS_PATH}{self}"


def term_iri(term: str, public_base: str) -> str:
    """The IRI of a standard term (already an IRI) or of an own term (resolved against the base)."""
    return term.iri(public_base) if isinstance(term, OwnTerm) else term


def node_iri(ref: str, public_base: str) -> str:
    """The IRI of a node: its reference ``type/id`` under the public base."""
    return f"{public_base}/{ref}"
