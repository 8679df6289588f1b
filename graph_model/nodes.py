"""Node types: each property declared once; constraints, upserts, payloads, RDF and schemas are derived."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, model_validator

from graph_model.record import Property, Record
from graph_model.relationships import (
    ADDRESSES,
    BASED_IN,
    BROADER,
    CONTRIBUTES_TO,
    DRAWS_ON,
    HAS_NEED,
    IN_CLUSTER,
    MAKES_OFFER,
    PARTICIPATES_IN,
    SHARES,
    Owns,
    Participation,
)
from graph_model.text import (
    Description,
    LanguageCode,
    PartialDate,
    Reference,
    ShortText,
    Title,
    WebAddress,
)
from graph_model.vocabulary import DCT, FOAF, ORG, RDFS, SCHEMA, SKOS, OwnTerm


class StakeholderKind(StrEnum):
    """What sort of organisation a stakeholder is."""

    IP_OFFICE = "ip-office"
    REGIONAL_IP_OFFICE = "regional-ip-office"
    GOVERNMENT = "government"
    UNIVERSITY = "university"
    INNOVATION_HUB = "innovation-hub"
    COMPANY = "company"
    NGO = "ngo"
    MULTILATERAL = "multilateral"


STAKEHOLDER_CLASSES: Final = {
    StakeholderKind.IP_OFFICE: SCHEMA.GovernmentOrganization,
    StakeholderKind.REGIONAL_IP_OFFICE: OwnTerm("IntergovernmentalOrganization"),
    StakeholderKind.GOVERNMENT: SCHEMA.GovernmentOrganization,
    StakeholderKind.UNIVERSITY: SCHEMA.CollegeOrUniversity,
    StakeholderKind.COMPANY: SCHEMA.Corporation,
    StakeholderKind.NGO: SCHEMA.NGO,
    StakeholderKind.MULTILATERAL: OwnTerm("IntergovernmentalOrganization"),
}
"""RDF class that a kind of organisation adds to org:Organization."""


class IncomeGroup(StrEnum):
    """World Bank income groups."""

    LOW = "low"
    LOWER_MIDDLE = "lower-middle"
    UPPER_MIDDLE = "upper-middle"
    HIGH = "high"


class Resource(StrEnum):
    """What an offer gives, or a need asks for."""

    TECHNICAL = "technical"
    HUMAN = "human"
    FINANCIAL = "financial"


class Country(Record):
    """A country or territory of ISO 3166-1; its id is the alpha-3 code."""

    type_name = "country"
    label = "Country"
    rdf_type = SCHEMA.Country
    identifier_datatype = OwnTerm("iso3166Alpha3")
    heading_field = "name"

    name: Annotated[Title, Property(RDFS.label, searchable=True)] = Field(
        description="Short name in the six UN languages."
    )
    iso2: Annotated[str | None, Property(SKOS.notation, datatype=OwnTerm("iso3166Alpha2"))] = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code."
    )
    m49: Annotated[str | None, Property(SKOS.notation, datatype=OwnTerm("m49"))] = Field(
        default=None, pattern=r"^\d{3}$", description="UN M49 code, three digits."
    )
    region: Annotated[ShortText, Property(OwnTerm("region"), facet=True)] = Field(
        description="UN M49 region: Africa, Americas, Asia, Europe or Oceania."
    )
    subregion: Annotated[ShortText, Property(OwnTerm("subregion"), facet=True)] = Field(
        description="UN M49 sub-region, or intermediate region where there is one."
    )
    income: Annotated[IncomeGroup | None, Property(OwnTerm("incomeGroup"), facet=True)] = Field(
        default=None, description="World Bank income group: low, lower-middle, upper-middle or high."
    )
    developing: Annotated[bool, Property(OwnTerm("developing"), facet=True)] = Field(
        description="Whether M49 lists it among developing regions."
    )
    least_developed: Annotated[bool, Property(OwnTerm("leastDeveloped"), facet=True)] = Field(
        default=False, description="Least developed country (LDC)."
    )
    landlocked_developing: Annotated[bool, Property(OwnTerm("landlockedDeveloping"), facet=True)] = Field(
        default=False, description="Landlocked developing country (LLDC)."
    )
    small_island_developing: Annotated[bool, Property(OwnTerm("smallIslandDeveloping"), facet=True)] = Field(
        default=False, description="Small island developing state (SIDS)."
    )
    un_member: Annotated[bool, Property(OwnTerm("unMember"))] = Field(
        default=True, description="Member state of the United Nations."
    )
    languages: Annotated[
        list[LanguageCode],
        Property(SCHEMA.knowsLanguage, ordered=OwnTerm("languagesByImportance")),
    ] = Field(
        default_factory=list, description="ISO 639 codes of languages in public use, most important first."
    )
    capital: Annotated[ShortText | None, Property(OwnTerm("capital"))] = Field(
        default=None, description="Capital city, in English."
    )
    latitude: Annotated[float | None, Property(SCHEMA.latitude)] = Field(
        default=None, ge=-90, le=90, description="Latitude of its middle, in degrees north."
    )
    longitude: Annotated[float | None, Property(SCHEMA.longitude)] = Field(
        default=None, ge=-180, le=180, description="Longitude of its middle, in degrees east."
    )


class Stakeholder(Record):
    """An organisation: IP office, government body, university, hub, company, NGO or multilateral."""

    type_name = "stakeholder"
    label = "Stakeholder"
    rdf_type = ORG.Organization
    heading_field = "name"

    name: Annotated[Title, Property(SKOS.prefLabel, searchable=True)] = Field(description="Official name.")
    kind: Annotated[
        StakeholderKind, Property(ORG.classification, facet=True, classes=STAKEHOLDER_CLASSES)
    ] = Field(description="Sort of organisation.")
    acronym: Annotated[ShortText | None, Property(SKOS.notation, searchable=True)] = Field(
        default=None, description="Acronym."
    )
    aliases: Annotated[list[ShortText], Property(SKOS.altLabel, searchable=True)] = Field(
        default_factory=list, description="Other names, in any language."
    )
    description: Annotated[Description, Property(DCT.description, searchable=True)] = Field(
        default_factory=dict, description="What it does."
    )
    website: Annotated[WebAddress | None, Property(FOAF.homepage)] = Field(
        default=None, description="Its web site."
    )
    country: Annotated[Reference | None, Owns(BASED_IN)] = Field(
        default=None, description="Country it is based in; empty for a multilateral."
    )


class Cluster(Record):
    """A thematic group, or a sub-cluster of one."""

    type_name = "cluster"
    label = "Cluster"
    rdf_type = SKOS.Concept
    concept_scheme = OwnTerm("Clusters")
    heading_field = "name"

    name: Annotated[Title, Property(SKOS.prefLabel, searchable=True)] = Field(
        description="Preferred label in the six UN languages."
    )
    definition: Annotated[Description, Property(SKOS.definition, searchable=True)] = Field(
        default_factory=dict, description="What belongs in it."
    )
    exact_match: Annotated[list[WebAddress], Property(SKOS.exactMatch)] = Field(
        default_factory=list, description="Concepts of other schemes with the same meaning."
    )
    close_match: Annotated[list[WebAddress], Property(SKOS.closeMatch)] = Field(
        default_factory=list, description="Concepts of other schemes with nearly the same meaning."
    )
    broader: Annotated[Reference | None, Owns(BROADER)] = Field(
        default=None, description="The cluster that it is part of."
    )
    sdgs: Annotated[list[Reference], Owns(CONTRIBUTES_TO)] = Field(
        default_factory=list, description="SDGs that it contributes to."
    )


class SustainableDevelopmentGoal(Record):
    """An SDG goal (id ``3``) or target (id ``3.b``)."""

    type_name = "sdg"
    label = "SDG"
    rdf_type = SKOS.Concept
    identifier_datatype = OwnTerm("sdgCode")
    concept_scheme = OwnTerm("SustainableDevelopmentGoals")
    heading_field = "name"

    name: Annotated[Title, Property(SKOS.prefLabel, searchable=True)] = Field(description="Short title.")
    exact_match: Annotated[list[WebAddress], Property(SKOS.exactMatch)] = Field(
        default_factory=list, description="The UN's own IRI of the goal or target."
    )
    broader: Annotated[Reference | None, Owns(BROADER)] = Field(
        default=None, description="The goal that a target belongs to."
    )


class _Topical(Record):
    """What needs, offers, practices and partnerships share: a text, clusters and SDGs."""

    title: Annotated[Title, Property(DCT.title, searchable=True)] = Field(description="Title.")
    description: Annotated[Description, Property(DCT.description, searchable=True)] = Field(
        default_factory=dict, description="Full text."
    )
    clusters: Annotated[list[Reference], Owns(IN_CLUSTER)] = Field(
        default_factory=list, description="Thematic clusters."
    )
    sdgs: Annotated[list[Reference], Owns(CONTRIBUTES_TO)] = Field(
        default_factory=list, description="SDGs it contributes to."
    )


class Need(_Topical):
    """A request for technical assistance."""

    type_name = "need"
    label = "Need"
    rdf_type = SCHEMA.Demand
    business_function = OwnTerm("Cooperation")

    resources: Annotated[list[Resource], Property(OwnTerm("resource"), facet=True)] = Field(
        default_factory=list, description="Resources asked for: technical, human, financial."
    )
    sought_by: Annotated[list[Reference], Owns(HAS_NEED, inverse=True)] = Field(
        min_length=1, description="Who has the need: country/ISO3 or stakeholder/id."
    )


class Offer(_Topical):
    """A technical, human or financial resource that someone offers."""

    type_name = "offer"
    label = "Offer"
    rdf_type = SCHEMA.Offer
    business_function = OwnTerm("Cooperation")

    resources: Annotated[list[Resource], Property(OwnTerm("resource"), facet=True)] = Field(
        default_factory=list, description="Resources offered: technical, human, financial."
    )
    offered_by: Annotated[list[Reference], Owns(MAKES_OFFER, inverse=True)] = Field(
        min_length=1, description="Who offers: country/ISO3 or stakeholder/id."
    )


class Practice(_Topical):
    """A success story or good practice that a country or stakeholder shares."""

    type_name = "practice"
    label = "Practice"
    rdf_type = SCHEMA.HowTo

    results: Annotated[Description, Property(OwnTerm("results"), searchable=True)] = Field(
        default_factory=dict, description="What it achieved."
    )
    links: Annotated[list[WebAddress], Property(SCHEMA.url)] = Field(
        default_factory=list, description="Web pages about it."
    )
    shared_by: Annotated[list[Reference], Owns(SHARES, inverse=True)] = Field(
        min_length=1, description="Who shares it: country/ISO3 or stakeholder/id."
    )


class Partnership(_Topical):
    """Cooperation between parties in dated roles."""

    type_name = "partnership"
    label = "Partnership"
    rdf_type = SCHEMA.Project

    challenge: Annotated[Description, Property(OwnTerm("challenge"), searchable=True)] = Field(
        default_factory=dict, description="The problem it set out to solve."
    )
    results: Annotated[Description, Property(OwnTerm("results"), searchable=True)] = Field(
        default_factory=dict, description="What it achieved."
    )
    themes: Annotated[list[ShortText], Property(SCHEMA.keywords, searchable=True)] = Field(
        default_factory=list, description="Themes in the source's words."
    )
    start: Annotated[PartialDate | None, Property(SCHEMA.startDate)] = Field(
        default=None, description="Start: YYYY, YYYY-MM or YYYY-MM-DD."
    )
    end: Annotated[PartialDate | None, Property(SCHEMA.endDate)] = Field(
        default=None, description="End: YYYY, YYYY-MM or YYYY-MM-DD."
    )
    private_sector: Annotated[bool, Property(OwnTerm("privateSector"), facet=True)] = Field(
        default=False, description="Whether the private sector takes part."
    )
    links: Annotated[list[WebAddress], Property(SCHEMA.url)] = Field(
        default_factory=list, description="Web pages about it."
    )
    parties: Annotated[list[Participation], Owns(PARTICIPATES_IN, inverse=True)] = Field(
        min_length=1, description="Who takes part, in which role, from when to when."
    )
    addresses: Annotated[list[Reference], Owns(ADDRESSES)] = Field(
        default_factory=list, description="Needs it answers."
    )
    draws_on: Annotated[list[Reference], Owns(DRAWS_ON)] = Field(
        default_factory=list, description="Offers it uses."
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Partnership":
        if self.start and self.end and self.end < self.start[: len(self.end)]:
            raise ValueError(f"end {self.end} is before start {self.start}")
        return self


RECORD_TYPES: Final[dict[str, type[Record]]] = {
    kind.type_name: kind
    for kind in (
        Country,
        SustainableDevelopmentGoal,
        Cluster,
        Stakeholder,
        Need,
        Offer,
        Practice,
        Partnership,
    )
}
"""By type name, in an order in which every record can be written after those it names."""
