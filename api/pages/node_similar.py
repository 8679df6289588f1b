"""Records that say nearly the same as one."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from api.pages.languages import ReaderLanguage
from api.pages.node_text import NamedRecord, text_fields, text_for
from graph_model.errors import UnavailableError
from graph_model.nodes import Need, Offer, Partnership, Practice, Stakeholder
from graph_model.record import Record
from search.found import published
from search.instance import Instance

MOST_SIMILAR: Final = 6
_SPARE: Final = 6
"""Hits asked for beyond those shown, in the place of records that are no longer published."""
_LONGEST_TEXT: Final = 2_000
_TOPICAL: Final = (Need.type_name, Offer.type_name, Practice.type_name, Partnership.type_name)
_COMPARED_WITH: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(_TOPICAL, _TOPICAL),
    Stakeholder.type_name: (Stakeholder.type_name,),
}
"""Types of record that each type is compared with; what is not here is compared with nothing."""

logger = logging.getLogger(__name__)


def similar_records(instance: Instance, record: Record, reader: ReaderLanguage) -> list[NamedRecord]:
    """The published records nearest to this one in meaning; none while the index cannot be asked."""
    types = _COMPARED_WITH.get(record.type_name)
    if not types:
        return []
    original = record.original_language
    texts = [texts.get(original) or next(iter(texts.values())) for texts in text_fields(record).values()]
    try:
        hits = instance.text_search.similar(
            "\n".join(texts)[:_LONGEST_TEXT], types, MOST_SIMILAR + _SPARE, {record.ref}
        )
        found = published(instance.store, [hit.ref for hit in hits], 0, MOST_SIMILAR)
    except UnavailableError as problem:
        logger.warning("page of %s without similar records: %s", record.ref, problem)
        return []
    return [
        NamedRecord(
            each.ref, text_for(reader, each.texts[each.heading_field], each.language), each.authenticity
        )
        for each in found
    ]
