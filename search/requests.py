"""What a caller asks for: the parameters of search and of path finding, the same at every door."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from graph_model.modality import Modality
from graph_model.record import Authenticity
from graph_model.text import Reference

MAX_QUERY_CHARACTERS = 2_000
SEARCHABLE_TYPES = ("need", "offer", "practice", "partnership", "stakeholder", "cluster")

QueryText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_QUERY_CHARACTERS)]
SearchableType = Annotated[str, StringConstraints(pattern=f"^({'|'.join(SEARCHABLE_TYPES)})$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
SdgCode = Annotated[str, StringConstraints(pattern=r"^\d{1,2}(\.[0-9a-z]{1,2})?$")]
ReaderLanguage = Annotated[str, StringConstraints(pattern=r"^(en|fr|es|ar|ru|zh)$")]


class SearchRequest(BaseModel):
    """A search over needs, offers, practices, partnerships, stakeholders and clusters.

    Every filter that is given must match, by any of its values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: QueryText = Field(default="", description="What is looked for, in any language. Empty: everything.")
    lang: ReaderLanguage = Field(default="en", description="Language in which names and texts are shown.")
    type: tuple[SearchableType, ...] = Field(default=(), description="Types of record.")
    country: tuple[CountryCode, ...] = Field(default=(), description="ISO 3166-1 alpha-3 codes.")
    region: tuple[str, ...] = Field(default=(), description="UN M49 regions or sub-regions, in English.")
    cluster: tuple[str, ...] = Field(
        default=(), description="Cluster ids; a cluster covers its sub-clusters."
    )
    sdg: tuple[SdgCode, ...] = Field(
        default=(), description="SDG goals (3) or targets (3.b); a goal covers its targets."
    )
    modality: tuple[Modality, ...] = Field(default=(), description="Modalities of partnerships.")
    language: tuple[str, ...] = Field(default=(), description="Languages in which records were written.")
    authenticity: tuple[Authenticity, ...] = Field(default=(), description="real, derived, illustrative.")
    limit: int = Field(default=20, ge=1, le=100, description="Most results to return.")
    offset: int = Field(default=0, ge=0, le=1_000, description="Results to skip.")


class PathRequest(BaseModel):
    """A question for partnership paths: a need in words or by its id, and conditions on the partners."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: QueryText | None = Field(default=None, description="The need in plain words, in any language.")
    need: str | None = Field(default=None, description="The id of a need in the graph.")
    beneficiary: CountryCode | None = Field(
        default=None, description="ISO 3166-1 alpha-3 code of the country that has the need."
    )
    cluster: tuple[str, ...] = Field(default=(), description="Only evidence from these clusters.")
    modality: str = Field(
        default="triangular",
        pattern="^(triangular|south-south|north-south|public-private)$",
        description="triangular, south-south, north-south or public-private.",
    )
    exclude: tuple[Reference, ...] = Field(
        default=(), description="Countries or stakeholders that must not be proposed."
    )
    lang: ReaderLanguage = Field(default="en", description="Language of names and sentences.")
    limit: int = Field(default=10, ge=1, le=50, description="Most paths to return.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if bool(self.q) == bool(self.need):
            raise ValueError("give either q (the need in words) or need (the id of a need), not both or none")
        return self


class ExplainRequest(PathRequest):
    """A path request with the partners whose rank is to be explained."""

    pivotal: Reference = Field(description="The pivotal partner: country/ISO3 or stakeholder/id.")
    facilitating: Reference | None = Field(
        default=None, description="The facilitating partner: country/ISO3 or stakeholder/id."
    )
