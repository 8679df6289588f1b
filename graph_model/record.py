"""What every node type shares: identity, status, provenance and the rules of its fields."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph_model.relationships import Owns, Participation
from graph_model.text import Identifier, LanguageCode, ShortText
from graph_model.vocabulary import DCT, OwnTerm


@dataclass(frozen=True, slots=True)
class Property:
    """How one field leaves the model.

    predicate: its RDF predicate. searchable: part of the text that is embedded and indexed.
    facet: its values may filter and count search results. datatype: RDF datatype of its literals, where the
    field's type does not say it. ordered: predicate of one literal that keeps the order of a list, its
    values separated by spaces. classes: RDF class that a value adds to the node, by value.
    """

    predicate: str
    searchable: bool = False
    facet: bool = False
    datatype: str | None = None
    ordered: str | None = None
    classes: Mapping[str, str] | None = None


class Status(StrEnum):
    """Where a record is in its life; only a published one is seen by others than its owner."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Authenticity(StrEnum):
    """Whether a record states a fact, was derived from facts, or only illustrates."""

    REAL = "real"
    DERIVED = "derived"
    ILLUSTRATIVE = "illustrative"


class Record(BaseModel):
    """A node with its own properties, the relationships it owns, and its provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    type_name: ClassVar[str]
    label: ClassVar[str]
    rdf_type: ClassVar[str]
    heading_field: ClassVar[str] = "title"
    identifier_datatype: ClassVar[str | None] = None
    """RDF datatype of the id as a skos:notation, for types whose id is a code."""
    concept_scheme: ClassVar[str | None] = None
    """SKOS concept scheme that the records of this type make up."""
    business_function: ClassVar[str | None] = None
    """What schema.org calls the business function of an offer or demand; its default is to sell."""

    id: Identifier = Field(description="Identifier, unique among the records of its type.")
    status: Annotated[Status, Property(OwnTerm("status"), facet=True)] = Field(
        default=Status.PUBLISHED, description="draft, published, withdrawn or closed."
    )
    source: Annotated[ShortText, Property(DCT.source)] = Field(description="Where the record comes from.")
    source_identifier: Annotated[ShortText | None, Property(DCT.identifier)] = Field(
        default=None, description="The record's identifier in its source."
    )
    retrieved_at: Annotated[datetime | None, Property(OwnTerm("retrievedAt"))] = Field(
        default=None, description="When it was taken from its source (ISO 8601 with time zone)."
    )
    original_language: Annotated[LanguageCode, Property(DCT.language, facet=True)] = Field(
        default="en", description="ISO 639-1 code of the language it was written in."
    )
    licence: Annotated[ShortText | None, Property(DCT.rights)] = Field(
        default=None, description="Licence or terms under which the source gives it."
    )
    authenticity: Annotated[Authenticity, Property(OwnTerm("authenticity"), facet=True)] = Field(
        default=Authenticity.REAL, description="real, derived or illustrative."
    )

    @model_validator(mode="after")
    def _owned_references(self) -> Self:
        for name, owns in owned_relationships(type(self)).items():
            value = getattr(self, name)
            for end in value if isinstance(value, list) else [value] if value else []:
                target = end.party if isinstance(end, Participation) else end
                if target.partition("/")[0] not in owns.targets:
                    raise ValueError(f"{name}: {target!r} is none of: {', '.join(owns.targets)}")
            if isinstance(value, list):
                self.__dict__[name] = _in_canonical_order(value)
        return self

    @property
    def ref(self) -> str:
        """``type/id``."""
        return f"{self.type_name}/{self.id}"

    @property
    def heading(self) -> dict[str, str]:
        """What a reader calls it, by language."""
        texts: dict[str, str] = getattr(self, self.heading_field)
        return texts

    def canonical(self) -> dict[str, Any]:
        """Plain JSON values in the model's field order, without empty fields."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=False)

    @property
    def content_hash(self) -> str:
        """SHA-256 over everything but the time of retrieval: equal for records that say the same.

        A list without a declared order counts as a set.
        """
        content = self.canonical()
        content.pop("retrieved_at", None)
        for name, declaration in declared_properties(type(self)).items():
            if declaration.ordered is None and isinstance(content.get(name), list):
                content[name] = sorted(set(content[name]))
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def owned_relationships(kind: type[Record]) -> Mapping[str, Owns]:
    """The fields of a record type that own relationships, with what they own."""
    return {
        name: mark
        for name, field in kind.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Owns)
    }


@cache
def declared_properties(kind: type[Record]) -> Mapping[str, Property]:
    """The fields of a record type that are properties of its node, with their declarations."""
    return {
        name: mark
        for name, field in kind.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Property)
    }


def _in_canonical_order(ends: list[Any]) -> list[Any]:
    """Without repetitions, sorted: relationships have no order, so equal sets must hash alike."""
    distinct = {str(end): end for end in ends}
    return [distinct[text] for text in sorted(distinct)]
