"""One resource as an RDF document in every syntax that is served."""

import json
from collections.abc import Iterable
from typing import Final

from pyoxigraph import RdfFormat, Triple, serialize

from export.jsonld import document, prefixes

SYNTAXES: Final = (RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.JSON_LD, RdfFormat.RDF_XML)


def rdf_document(
    triples: Iterable[Triple], syntax: RdfFormat, public_base: str, root: str | None = None
) -> bytes:
    """The triples in one of SYNTAXES. root: IRI of what the document is about, which JSON-LD puts first."""
    if syntax == RdfFormat.JSON_LD:
        return json.dumps(document(triples, public_base, root), ensure_ascii=False, indent=2).encode()
    content = serialize(triples, format=syntax, prefixes=prefixes(public_base))
    if content is None:  # only where serialize is given a file to write to
        raise TypeError("nothing was serialised")
    return content
