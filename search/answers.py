"""What search and path finding answer: the shapes that the command line and HTTP give as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from search.conditions import Emptied, Excluded


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class SearchResult(_Answer):
    """One record that matched."""

    ref: str = Field(description="type/id; the path of the record's IRI.")
    type: str
    score: float = Field(description="Relevance; comparable within one answer only.")
    title: str = Field(description="Title in the reader's language where there is one.")
    title_language: str = Field(description="Language of the title shown.")
    excerpt: str = Field(description="Start of the text, or the passage nearest to the query.")
    language: str = Field(description="Language that the record was written in.")
    authenticity: str
    countries: list[str] = Field(description="ISO 3166-1 alpha-3 codes.")
    clusters: list[str]
    sdgs: list[str]
    modality: str | None = None
    matched: list[str] = Field(
        default_factory=list, description="Why it matched: 'meaning', 'words' or both, then the words found."
    )


class SearchAnswer(_Answer):
    """Results, best first, with counts by facet value over everything that the filters let through."""

    query: str
    total: int = Field(description="Records that pass the filters (not all are near the query).")
    results: list[SearchResult]
    facets: dict[str, dict[str, int]] = Field(default_factory=dict)
    embedder: str = Field(description="Identity of the embedder whose index answered.")


class Corner(_Answer):
    """A corner of a triangle: a country, or a multilateral organisation, with the organisations behind it."""

    id: str = Field(description="Reference: country/ISO3 or stakeholder/id.")
    name: str
    country: str | None = Field(description="ISO 3166-1 alpha-3 code; null for a multilateral.")
    stakeholders: list[dict[str, str]] = Field(
        default_factory=list, description="Organisations of this corner that the evidence names: {id, name}."
    )


class Evidence(_Answer):
    """What stands behind one edge of a triangle."""

    edge: str = Field(
        description="beneficiary-pivotal, pivotal-facilitating, beneficiary-facilitating or need-pivotal."
    )
    nodes: list[str] = Field(description="References of the nodes on the path, in order.")
    relationships: list[dict[str, Any]] = Field(
        description="{start, type, end, properties} of each relationship on the path."
    )
    text: str = Field(description="The evidence as a sentence in the reader's language.")
    similarity: float | None = Field(
        default=None, description="Cosine to the need, where a text is compared."
    )
    authenticity: str = Field(description="real, derived or illustrative: the weakest of its records.")


class Path(_Answer):
    """A proposed partnership with its reasons; contributions sum to the score."""

    score: float = Field(description="Log-odds of the logistic model.")
    probability: float
    modality: str
    beneficiary: Corner | None = Field(description="Null where the question names no country.")
    pivotal: Corner
    facilitating: Corner | None
    contributions: dict[str, float]
    evidence: list[Evidence]


class PathAnswer(_Answer):
    """Paths, best first; where there is none, ``emptied_by`` says which condition emptied the result."""

    query: str
    need: str | None
    beneficiary: str | None
    modality: str
    paths: list[Path]
    considered: int = Field(description="Triangles that were scored.")
    emptied_by: str | None = None
    emptied: SkipJsonSchema[Emptied | None] = Field(
        default=None, exclude=True, description="What emptied_by says, for those who say it in other words."
    )
    model: str = Field(description="Identity of the fitted model.")
    embedder: str


class Counterfactual(_Answer):
    """Where a triangle would stand if one record of its evidence were not in the graph."""

    without: str = Field(description="Reference of the record that is thought away.")
    rank: int | None = Field(description="The rank it would have; null where it would not be admissible.")
    score: float | None
    text: str = Field(description="The same as a sentence in the reader's language.")


class RankExplanation(_Answer):
    """Why a triangle has the rank it has, or why it is not proposed at all."""

    query: str
    rank: int | None = Field(description="Place in the plain order of scores, from 1; null where excluded.")
    considered: int
    excluded_because: str | None = None
    excluded: SkipJsonSchema[Excluded | None] = Field(
        default=None,
        exclude=True,
        description="What excluded_because says, for those who say it in other words.",
    )
    path: Path | None = Field(description="The triangle with its contributions and its evidence.")
    missing_evidence: bool = Field(
        default=False, description="True where an edge has no record behind it, so that it is never shown."
    )
    behind_the_first: dict[str, float] = Field(
        default_factory=dict, description="By feature, the log-odds by which the first triangle is ahead."
    )
    counterfactuals: list[Counterfactual] = Field(default_factory=list)
    model: str
