"""The page of one record."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape

from api.negotiation import Representation
from graph_model.derive.rdf_fields import rdf_fields
from graph_model.record import Record, owned_relationships
from graph_model.text import ValueForm, in_language
from graph_model.vocabulary import node_iri

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


def node_page(
    view: Mapping[str, Any], kind: type[Record], public_base: str, forms: Sequence[Representation]
) -> str:
    """The page of a record as HTML. view: the record as anyone may read it; forms: those it is served in."""
    heading, language = in_language(view[kind.heading_field], "en", view["original_language"])
    fields = [name for name in kind.model_fields if view.get(name) not in (None, [], {}, "")]
    return (
        environment()
        .get_template("node.html")
        .render(
            view=view,
            kind=kind,
            base=public_base,
            iri=node_iri(view["ref"], public_base),
            heading=heading,
            language=language,
            fields=[name for name in fields if name not in ("id", kind.heading_field)],
            links=frozenset(owned_relationships(kind)),
            addresses={each.name for each in rdf_fields(kind) if each.form is ValueForm.WEB_ADDRESS},
            right_to_left=RIGHT_TO_LEFT,
            forms=forms,
        )
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of the plain pages of linked data, escaped by default."""
    return Environment(
        loader=PackageLoader("api"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
