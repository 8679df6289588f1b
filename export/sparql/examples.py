"""Queries to begin with, each a question that a facilitator or a harvester would ask."""

import re
from dataclasses import dataclass
from typing import Final

from export.jsonld import prefixes
from graph_model.messages import N_


@dataclass(frozen=True, slots=True)
class Example:
    """A query with the question that it answers.

    illustrative: whether it asks over the illustrative records too. query: with the prefixes that it uses.
    """

    name: str
    title: str
    question: str
    query: str
    illustrative: bool = False


def examples(public_base: str, language: str = "en") -> list[Example]:
    """Ten useful queries over the graph of an instance.

    language: one of the six, in which they ask for the names of countries, themes and goals; organisations
    have names in English. Titles and questions are English, marked for translation.
    """
    known = prefixes(public_base)
    return [
        Example(name, title, question, _with_prologue(_named_in(language, body), known), illustrative)
        for name, title, question, body, illustrative in _EXAMPLES
    ]


def _named_in(language: str, body: str) -> str:
    return body.strip("\n").replace(_LANGUAGE_OF_READER, f'"{language}"')


def _with_prologue(body: str, known: dict[str, str]) -> str:
    lines = [f"PREFIX {name}: <{iri}>" for name, iri in known.items() if re.search(rf"\b{name}:", body)]
    return "\n".join([*lines, "", body])


_LANGUAGE_OF_READER: Final = '"READER"'
_EXAMPLES: Final = (
    (
        "pivotal-partners",
        N_("Pivotal partners"),
        N_("Which countries have shared what they know most often?"),
        """
SELECT ?name (COUNT(DISTINCT ?partnership) AS ?partnerships) WHERE {
  ?partnership prov:qualifiedAssociation ?part .
  ?part org:role tm:Role-pivotal ; org:member/schema:location? ?country .
  ?country a schema:Country ; rdfs:label ?name .
  FILTER(LANG(?name) = "READER")
}
GROUP BY ?name ORDER BY DESC(?partnerships) ?name LIMIT 20
""",
        False,
    ),
    (
        "who-works-with-whom",
        N_("Who works with whom"),
        N_("Which countries have helped which others, and in how many partnerships?"),
        """
SELECT ?from ?to (COUNT(DISTINCT ?partnership) AS ?partnerships) WHERE {
  ?partnership prov:qualifiedAssociation ?giving, ?taking .
  ?giving org:role tm:Role-pivotal ; org:member/schema:location? ?giver .
  ?taking org:role tm:Role-beneficiary ; org:member/schema:location? ?taker .
  ?giver a schema:Country ; rdfs:label ?from .
  ?taker a schema:Country ; rdfs:label ?to .
  FILTER(LANG(?from) = "READER" && LANG(?to) = "READER" && ?giver != ?taker)
}
GROUP BY ?from ?to ORDER BY DESC(?partnerships) ?from ?to LIMIT 25
""",
        False,
    ),
    (
        "unmet-needs",
        N_("Unmet needs"),
        N_("Which needs does no partnership address yet, and who has them?"),
        """
SELECT ?need ?title ?seeker WHERE {
  ?need a schema:Demand ; dct:title ?title .
  ?party schema:seeks ?need ; rdfs:label|skos:prefLabel ?seeker .
  FILTER(LANG(?seeker) = "en")
  FILTER NOT EXISTS { ?partnership tm:addresses ?need }
}
ORDER BY ?seeker ?title LIMIT 50
""",
        True,
    ),
    (
        "partnerships-by-goal",
        N_("Partnerships by goal"),
        N_("How many partnerships contribute to each Sustainable Development Goal?"),
        """
SELECT ?code ?goal (COUNT(DISTINCT ?partnership) AS ?partnerships) WHERE {
  ?partnership a schema:Project ; tm:contributesTo/skos:broader? ?sdg .
  ?sdg skos:prefLabel ?goal ; skos:notation ?code .
  FILTER(LANG(?goal) = "READER")
  FILTER NOT EXISTS { ?sdg skos:broader ?wider }
}
GROUP BY ?code ?goal ORDER BY DESC(?partnerships) ?code
""",
        False,
    ),
    (
        "roles-of-organisations",
        N_("Roles of organisations"),
        N_("Which organisations have taken part in which role in dated partnerships, and since when?"),
        """
SELECT ?organisation ?role (COUNT(DISTINCT ?partnership) AS ?partnerships) (MIN(?year) AS ?since) WHERE {
  ?partnership prov:qualifiedAssociation [ org:member ?party ; org:role ?role ] .
  ?party a org:Organization ; skos:prefLabel ?organisation .
  ?partnership schema:startDate ?start .
  BIND(SUBSTR(STR(?start), 1, 4) AS ?year)
  FILTER(LANG(?organisation) = "en")
}
GROUP BY ?organisation ?role ORDER BY DESC(?partnerships) ?organisation ?role LIMIT 25
""",
        False,
    ),
    (
        "modalities",
        N_("Modalities"),
        N_("How many partnerships are South-South, triangular or North-South, by the year they began?"),
        """
SELECT ?year ?modality (COUNT(?partnership) AS ?partnerships) WHERE {
  ?partnership tm:modality ?modality ; schema:startDate ?start .
  BIND(SUBSTR(STR(?start), 1, 4) AS ?year)
}
GROUP BY ?year ?modality ORDER BY ?year ?modality
""",
        False,
    ),
    (
        "mappings-of-clusters",
        N_("Mappings of thematic clusters"),
        N_("Which concepts of UNBIS, EuroVoc and other schemes do the thematic clusters match?"),
        """
SELECT ?cluster ?label ?mapping ?concept WHERE {
  VALUES ?mapping { skos:exactMatch skos:closeMatch }
  ?cluster skos:inScheme tm:Clusters ; skos:prefLabel ?label ; ?mapping ?concept .
  FILTER(LANG(?label) = "READER")
}
ORDER BY ?label ?mapping ?concept
""",
        False,
    ),
    (
        "offers-for-needs",
        N_("Offers for needs"),
        N_("Which offers from developing countries are in the same thematic cluster as a need?"),
        """
SELECT DISTINCT ?need ?offer ?from ?theme WHERE {
  [] a schema:Demand ; dct:title ?need ; dct:subject ?cluster .
  ?offered a schema:Offer ; dct:title ?offer ; dct:subject ?cluster .
  ?party schema:makesOffer ?offered ; schema:location? ?country .
  ?country a schema:Country ; tm:developing true ; rdfs:label ?from .
  ?cluster skos:prefLabel ?theme .
  FILTER(LANG(?from) = "READER" && LANG(?theme) = "READER")
}
ORDER BY ?need ?offer ?from ?theme LIMIT 50
""",
        True,
    ),
    (
        "least-developed-countries",
        N_("Least developed countries"),
        N_("What have least developed countries worked on, and with which pivotal partners?"),
        """
SELECT DISTINCT ?country ?partner ?title ?partnership WHERE {
  ?partnership a schema:Project ; dct:title ?title ; prov:qualifiedAssociation ?taking, ?giving .
  ?taking org:role tm:Role-beneficiary ; org:member/schema:location? ?place .
  ?giving org:role tm:Role-pivotal ; org:member ?giver .
  ?place a schema:Country ; tm:leastDeveloped true ; rdfs:label ?country .
  ?giver rdfs:label|skos:prefLabel ?partner .
  FILTER(LANG(?country) = "READER" && LANG(?partner) = "en")
}
ORDER BY ?country ?partner ?title ?partnership LIMIT 50
""",
        False,
    ),
    (
        "offices-as-graph",
        N_("IP offices as a graph"),
        N_("Which IP offices of Africa are there, with their countries and web sites, as RDF?"),
        """
CONSTRUCT {
  ?office a org:Organization ; skos:prefLabel ?name ; foaf:homepage ?site ; schema:location ?country .
  ?country rdfs:label ?place .
} WHERE {
  ?office org:classification tm:StakeholderKind-ip-office ; skos:prefLabel ?name ;
          schema:location ?country .
  ?country tm:region "Africa" ; rdfs:label ?place .
  OPTIONAL { ?office foaf:homepage ?site }
  FILTER(LANG(?name) = "en" && LANG(?place) = "READER")
}
""",
        False,
    ),
)
