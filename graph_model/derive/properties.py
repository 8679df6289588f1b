"""Records to Neo4j property maps and back: a text in several languages is one property a language."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph_model.nodes import RECORD_TYPES
from graph_model.record import Record, declared_properties, owned_relationships
from graph_model.relationships import Participation

BOOKKEEPING = ("ref", "type", "content_hash", "created_at", "modified_at", "ever_published")
"""Properties that the store keeps beside the record's own."""


def node_properties(record: Record) -> dict[str, Any]:
    """The record's own properties as Neo4j stores them; owned relationships are left out."""
    owned = owned_relationships(type(record))
    properties: dict[str, Any] = {}
    for name, value in record.canonical().items():
        if name in owned:
            continue
        if isinstance(value, dict):
            properties.update({f"{name}_{language}": text for language, text in value.items()})
        elif value != []:
            properties[name] = value
    return properties


def relationship_rows(record: Record) -> dict[str, list[dict[str, Any]]]:
    """For each owning field, rows {ref, end, properties} of the relationships that it owns."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in owned_relationships(type(record)):
        rows[name] = [_relationship_row(record.ref, end) for end in _ends(record, name)]
    return rows


def _ends(record: Record, field: str) -> Sequence[str | Participation]:
    value = getattr(record, field)
    return value if isinstance(value, list) else [value] if value else []


def _relationship_row(ref: str, end: str | Participation) -> dict[str, Any]:
    if isinstance(end, Participation):
        properties = end.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {"ref": ref, "end": properties.pop("party"), "properties": properties}
    return {"ref": ref, "end": end, "properties": {}}


def referenced(record: Record) -> set[str]:
    """Every reference that the record makes."""
    return {
        end if isinstance(end, str) else end.party
        for name in owned_relationships(type(record))
        for end in _ends(record, name)
    }


def record_from_graph(
    type_name: str, properties: Mapping[str, Any], owned: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Record:
    """Rebuild a record from its node's properties and, by owning field, its rows {end, properties}.

    Raises pydantic.ValidationError where the graph holds what the model forbids.
    """
    kind = RECORD_TYPES[type_name]
    text_maps = {name for name in declared_properties(kind) if _is_text_map(kind, name)}
    fields: dict[str, Any] = {}
    for key, value in properties.items():
        base, _, language = key.rpartition("_")
        if key in kind.model_fields:
            fields[key] = value
        elif base in text_maps:
            fields.setdefault(base, {})[language] = value
    for name, owns in owned_relationships(kind).items():
        rows = owned.get(name, [])
        if owns.kind.name == "PARTICIPATES_IN":
            fields[name] = [{"party": row["end"], **row["properties"]} for row in rows]
        elif kind.model_fields[name].default is None:
            fields[name] = rows[0]["end"] if rows else None
        else:
            fields[name] = [row["end"] for row in rows]
    return kind.model_validate(fields)


def _is_text_map(kind: type[Record], name: str) -> bool:
    annotation = kind.model_fields[name].annotation
    return getattr(annotation, "__origin__", None) is dict
