"""The page of the own vocabulary: a table for each kind of term, each term at its anchor."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader

from api.negotiation import Representation
from export.jsonld import compact
from graph_model.own_vocabulary import TITLE, declarations, ontology_iri
from graph_model.vocabulary import term_iri


def vocabulary_page(public_base: str, forms: Sequence[Representation]) -> str:
    """The page as HTML. forms: those that the vocabulary is served in."""
    kinds = [
        (kind.value, list(terms)) for kind, terms in groupby(declarations(), key=lambda each: each.use.kind)
    ]
    return (
        _environment()
        .get_template("vocabulary.html")
        .render(
            title=TITLE,
            iri=ontology_iri(public_base),
            kinds=kinds,
            forms=forms,
            address=lambda term: term_iri(term, public_base),
            short=lambda term: compact(term, public_base),
        )
    )


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("api"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
