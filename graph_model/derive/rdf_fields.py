"""How each declared field stands in RDF: derived from the field's type and its declaration."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from graph_model.record import Property, Record, declared_properties
from graph_model.text import ValueForm
from graph_model.vocabulary import OwnTerm


@dataclass(frozen=True, slots=True)
class RdfField:
    """A declared property of a record type.

    value: the Python type of one value. several: whether there may be more than one. in_languages: whether
    it is a text in several languages. form: what its text stands for, where that is more than a text.
    required: whether a record must have it.
    """

    name: str
    declaration: Property
    value: type
    several: bool
    in_languages: bool
    form: ValueForm | None
    required: bool

    @property
    def enumeration(self) -> type[StrEnum] | None:
        """The enum of its values, which are concepts in RDF."""
        return self.value if issubclass(self.value, StrEnum) else None


@cache
def rdf_fields(kind: type[Record]) -> tuple[RdfField, ...]:
    """The declared properties of a record type, in the model's order."""
    return tuple(_rdf_field(kind, name, mark) for name, mark in declared_properties(kind).items())


def concept(value: StrEnum) -> OwnTerm:
    """The concept that stands for a value of an enum: ``Role-pivotal``."""
    return OwnTerm(f"{type(value).__name__}-{value}")


def concept_scheme(enumeration: type[StrEnum]) -> OwnTerm:
    """The concept scheme of an enum."""
    return OwnTerm(enumeration.__name__)


def _rdf_field(kind: type[Record], name: str, declaration: Property) -> RdfField:
    field = kind.model_fields[name]
    shape = get_origin(_without_none(field.annotation))
    marks = [*field.metadata, *_marks(field.annotation)]
    return RdfField(
        name=name,
        declaration=declaration,
        value=str if shape is dict else _leaf(field.annotation),
        several=shape is list,
        in_languages=shape is dict,
        form=None if shape is dict else next((mark for mark in marks if isinstance(mark, ValueForm)), None),
        required=field.is_required(),
    )


def _without_none(annotation: Any) -> Any:
    """The type of a value that is there."""
    if get_origin(annotation) in (Union, UnionType):
        return next(option for option in get_args(annotation) if option is not NoneType)
    return annotation


def _leaf(annotation: Any) -> type:
    annotation = _without_none(annotation)
    if get_origin(annotation) in (Annotated, list):
        return _leaf(get_args(annotation)[0])
    if annotation in (str, bool, float, int, datetime) or issubclass(annotation, StrEnum):
        leaf: type = annotation
        return leaf
    raise TypeError(f"no RDF form is known for {annotation!r}")


def _marks(annotation: Any) -> Iterator[Any]:
    annotation = _without_none(annotation)
    if get_origin(annotation) is Annotated:
        yield from get_args(annotation)[1:]
    if get_origin(annotation) in (Annotated, list):
        yield from _marks(get_args(annotation)[0])
