"""Records of the store as they are, without validating them again: they were when they were written.

Reading a large graph through the validation of the model takes several times as long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Final

from pydantic.fields import FieldInfo

from graph_model.derive.rdf_fields import rdf_fields
from graph_model.record import Record, owned_relationships
from graph_model.relationships import PARTICIPATES_IN, Participation, Role

End = tuple[str, bool, Mapping[str, Any]]
"""Reference of the other end, whether it may be named, and the relationship's properties."""


@dataclass(frozen=True, slots=True)
class _Reader:
    empty: Record
    conversions: Mapping[str, Callable[[Any], Any]]
    fields: frozenset[str]
    texts: frozenset[str]
    owned: tuple[tuple[str, bool, bool], ...]
    """Owning fields: name, whether it has participations, whether it has one end at most."""


def stored_record(
    kind: type[Record], properties: Mapping[str, Any], owned: Sequence[Sequence[End]]
) -> Record:
    """The record of a node, equal to what validation would make of it.

    owned: the ends of each owning field, in the model's order.
    """
    reader = _reader(kind)
    values: dict[str, Any] = {}
    for key, value in properties.items():
        if key in reader.fields:
            convert = reader.conversions.get(key)
            values[key] = convert(value) if convert else value
        else:
            base, _, language = key.rpartition("_")
            if base in reader.texts:
                values.setdefault(base, {})[language] = value
    for name in reader.texts:
        if len(values.get(name, ())) > 1:
            values[name] = dict(sorted(values[name].items()))
    for (name, participations, single), ends in zip(reader.owned, owned, strict=True):
        if participations:
            found = [
                _participation(ref, told["role"], told.get("from"), told.get("to")) for ref, _, told in ends
            ]
            values[name] = sorted(found, key=_participation_order)
        elif single:
            values[name] = ends[0][0] if ends else None
        else:
            values[name] = sorted({end[0] for end in ends})
    # A copy of an empty record: model_construct would look for defaults in every field of each record.
    return reader.empty.model_copy(update=values)


@cache
def _reader(kind: type[Record]) -> _Reader:
    fields = rdf_fields(kind)
    conversions: dict[str, Callable[[Any], Any]] = {}
    for field in fields:
        if field.enumeration is not None:
            conversions[field.name] = _members(field.enumeration, several=field.several)
        elif field.value is datetime:
            conversions[field.name] = datetime.fromisoformat
    return _Reader(
        empty=kind.model_construct(
            **{name: _empty_value(field) for name, field in kind.model_fields.items()}
        ),
        conversions=conversions,
        fields=frozenset(kind.model_fields),
        texts=frozenset(field.name for field in fields if field.in_languages),
        owned=tuple(
            (name, owns.kind is PARTICIPATES_IN, kind.model_fields[name].default is None)
            for name, owns in owned_relationships(kind).items()
        ),
    )


def _empty_value(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _members(enumeration: type[StrEnum], *, several: bool) -> Callable[[Any], Any]:
    member = {value.value: value for value in enumeration}.__getitem__
    return (lambda values: [member(value) for value in values]) if several else member


_ROLES: Final = {role.value: role for role in Role}
_EMPTY: Final = Participation.model_construct(party="", role=Role.BENEFICIARY, from_=None, to=None)


@lru_cache(maxsize=20_000)
def _participation(party: str, role: str, from_: str | None, to: str | None) -> Participation:
    values = {"party": party, "role": _ROLES[role], "from_": from_, "to": to}
    return _EMPTY.model_copy(update=values)


def _participation_order(end: Participation) -> tuple[str, str, bool, str, bool, str]:
    """The canonical order of a record's participations: dated ones first."""
    return (end.party, end.role, end.from_ is None, end.from_ or "", end.to is None, end.to or "")
