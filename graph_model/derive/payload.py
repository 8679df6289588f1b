"""What the vector index keeps of a record: the text that is embedded, and the facets of the search."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph_model.derive.properties import referenced
from graph_model.modality import PartyStanding, modality_of
from graph_model.nodes import RECORD_TYPES, Partnership, StakeholderKind
from graph_model.record import Record, declared_properties
from graph_model.relationships import PARTY_TYPES, Role

Payload = dict[str, str | bool | int | list[str]]

LONGEST_TEXT: Final = 2_000
"""Characters of a record's text that are indexed."""
LONGEST_ORIGINAL: Final = 1_600
"""Characters of it that the original language may take, so that titles in other languages fit behind."""

PUBLIC_PRIVATE: Final = "public-private"
MULTILATERAL_KINDS: Final = (StakeholderKind.MULTILATERAL, StakeholderKind.REGIONAL_IP_OFFICE)
"""Organisations of many states: the country of their seat is not the party."""

COMPUTED_FACETS: Final = ("type", "countries", "regions", "clusters", "sdgs", "modality")
PARTY_FACETS: Final = ("kind", "countries", "regions")
"""Facets of an organisation that, while they stay, leave those of the records of its own as they are."""
_FACET_NAMES: Final = {"original_language": "language"}


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What a payload says of a party; country and region are None where no country is known."""

    ref: str
    kind: str | None
    country: str | None
    developing: bool | None
    region: str | None
    subregion: str | None

    @property
    def multilateral(self) -> bool:
        return self.kind in MULTILATERAL_KINDS


@dataclass(frozen=True, slots=True)
class PayloadContext:
    """What payloads need beyond the record: parties by reference, and each cluster's broader one."""

    parties: Mapping[str, PartyFacts]
    cluster_parents: Mapping[str, str | None]


def facet_keys(type_names: Iterable[str]) -> tuple[str, ...]:
    """Payload keys that filter and count records of these types."""
    declared = {
        _FACET_NAMES.get(name, name)
        for type_name in type_names
        for name, declaration in declared_properties(RECORD_TYPES[type_name]).items()
        if declaration.facet
    }
    return (*COMPUTED_FACETS, *sorted(declared))


def indexed_text(record: Record) -> str:
    """The searchable properties in the original language, then titles and texts in the other languages."""
    texts = {
        name: value
        for name, declaration in declared_properties(type(record)).items()
        if declaration.searchable and (value := getattr(record, name))
    }
    original: list[str] = []
    titles: list[str] = []
    rest: list[str] = []
    for name, value in texts.items():
        if not isinstance(value, dict):
            original += [value] if isinstance(value, str) else value
            continue
        first = record.original_language if record.original_language in value else next(iter(value))
        original.append(value[first])
        others = [text for language, text in value.items() if language != first]
        (titles if name == record.heading_field else rest).extend(others)
    head = "\n".join(original)[:LONGEST_ORIGINAL]
    return "\n".join([head, *dict.fromkeys(titles + rest)])[:LONGEST_TEXT].strip()


def payload(record: Record, context: PayloadContext) -> Payload:
    """The payload of a record's point.

    Facets, reference, and three SHA-256: text_hash over the indexed text, content_hash of the record, and
    payload_hash over everything else here, which also changes when a party or a cluster of the record does.
    """
    ends = referenced(record) | {record.ref}
    parties = [context.parties[ref] for ref in sorted(ends) if ref in context.parties]
    seats = [party for party in parties if not party.multilateral]
    values: Payload = {
        "ref": record.ref,
        "type": record.type_name,
        "countries": _distinct(_identifier(party.country) for party in seats if party.country),
        "regions": _distinct(name for party in seats for name in (party.region, party.subregion) if name),
        "clusters": _with_broader(ends, context.cluster_parents),
        "sdgs": _with_goals(ends),
        "modality": modalities(record, context) if isinstance(record, Partnership) else [],
        **_declared_facets(record),
        "content_hash": record.content_hash,
        "text_hash": hashlib.sha256(indexed_text(record).encode()).hexdigest(),
    }
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return {**values, "payload_hash": hashlib.sha256(text.encode()).hexdigest()}


def modalities(partnership: Partnership, context: PayloadContext) -> list[str]:
    """The modality of a partnership, if any, and ``public-private`` where the private sector takes part."""
    facts = [context.parties.get(participation.party) for participation in partnership.parties]
    standings = [
        PartyStanding(
            role=Role(participation.role),
            country=None if known is None or known.multilateral else known.country,
            developing=None if known is None or known.multilateral else known.developing,
            multilateral=known is not None and known.multilateral,
        )
        for participation, known in zip(partnership.parties, facts, strict=True)
    ]
    modality = modality_of(standings)
    private = partnership.private_sector or any(
        known is not None and known.kind == StakeholderKind.COMPANY for known in facts
    )
    return ([modality.value] if modality else []) + ([PUBLIC_PRIVATE] if private else [])


def needed_parties(record: Record) -> set[str]:
    """References of the parties that the record's payload depends on, itself included."""
    return {ref for ref in referenced(record) | {record.ref} if ref.partition("/")[0] in PARTY_TYPES}


def _declared_facets(record: Record) -> Payload:
    content = record.canonical()
    facets: Payload = {}
    for name, declaration in declared_properties(type(record)).items():
        if declaration.facet and content.get(name) is not None:
            facets[_FACET_NAMES.get(name, name)] = _facet_value(content[name])
    return facets


def _facet_value(value: Any) -> str | list[str]:
    """Strings alone: vector stores filter and count them by one kind of index."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [str(item) for item in value] if isinstance(value, list) else str(value)


def _with_broader(ends: set[str], parents: Mapping[str, str | None]) -> list[str]:
    found: set[str] = set()
    waiting = [ref for ref in ends if ref.startswith("cluster/")]
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found.add(ref)
            broader = parents.get(ref)
            waiting += [broader] if broader else []
    return _distinct(_identifier(ref) for ref in found)


def _with_goals(ends: set[str]) -> list[str]:
    codes = [_identifier(ref) for ref in ends if ref.startswith("sdg/")]
    return _distinct([*codes, *(code.partition(".")[0] for code in codes)])


def _identifier(ref: str) -> str:
    return ref.partition("/")[2]


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
