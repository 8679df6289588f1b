"""What the classes, properties and datatypes of the own vocabulary mean, in English and French.

Kind, domain and range are derived from the model: see ``own_vocabulary``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class TermText:
    """Label and comment of a term by language. testing: whether it may still change its meaning."""

    label: Mapping[str, str]
    comment: Mapping[str, str]
    testing: bool = False
    more_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels in further languages."""


def text(
    english: str,
    french: str,
    english_comment: str,
    french_comment: str,
    *,
    testing: bool = False,
    **more: str,
) -> TermText:
    """A term's texts. more: labels in further languages."""
    return TermText(
        {"en": english, "fr": french}, {"en": english_comment, "fr": french_comment}, testing, more
    )


TERM_TEXTS: Final[Mapping[str, TermText]] = {
    "IntergovernmentalOrganization": text(
        "intergovernmental organization",
        "organisation intergouvernementale",
        "An organization whose members are states, worldwide or in one region.",
        "Organisation dont les membres sont des États, à l'échelle mondiale ou régionale.",
    ),
    "Cooperation": text(
        "cooperation",
        "coopération",
        "The purpose of a need or an offer: to work together, not to sell or buy.",
        "Finalité d'un besoin ou d'une offre : travailler ensemble, et non vendre ou acheter.",
    ),
    "iso3166Alpha2": text(
        "ISO 3166-1 alpha-2 code",
        "code ISO 3166-1 alpha-2",
        "Two-letter code of a country or territory.",
        "Code à deux lettres d'un pays ou territoire.",
    ),
    "iso3166Alpha3": text(
        "ISO 3166-1 alpha-3 code",
        "code ISO 3166-1 alpha-3",
        "Three-letter code of a country or territory.",
        "Code à trois lettres d'un pays ou territoire.",
    ),
    "m49": text(
        "M49 code",
        "code M49",
        "Three-digit code of a country or area in the United Nations standard M49.",
        "Code à trois chiffres d'un pays ou d'une zone dans la norme M49 des Nations Unies.",
    ),
    "sdgCode": text(
        "SDG code",
        "code ODD",
        "Number of a Sustainable Development Goal (3) or of a target (3.b).",
        "Numéro d'un objectif de développement durable (3) ou d'une cible (3.b).",
    ),
    "status": text(
        "status",
        "statut",
        "Where the record is in its life, from draft to closed.",
        "Étape de la vie de la fiche, du brouillon à la clôture.",
    ),
    "authenticity": text(
        "authenticity",
        "authenticité",
        "Whether the record states a fact, was derived from facts, or only illustrates.",
        "Indique si la fiche énonce un fait, découle de faits ou n'est qu'une illustration.",
    ),
    "retrievedAt": text(
        "retrieved at",
        "récupéré le",
        "When the record was taken from its source.",
        "Moment où la fiche a été récupérée auprès de sa source.",
    ),
    "region": text(
        "region",
        "région",
        "Region of the country in the United Nations standard M49, in English.",
        "Région du pays dans la norme M49 des Nations Unies, en anglais.",
    ),
    "subregion": text(
        "subregion",
        "sous-région",
        "Sub-region of the country in M49, or its intermediate region where there is one, in English.",
        "Sous-région du pays dans la norme M49, ou région intermédiaire s'il y en a une, en anglais.",
    ),
    "incomeGroup": text(
        "income group",
        "groupe de revenu",
        "Income group of the economy as the World Bank classifies it.",
        "Groupe de revenu de l'économie selon la classification de la Banque mondiale.",
    ),
    "developing": text(
        "developing",
        "en développement",
        "Whether M49 lists the country among the developing regions.",
        "Indique si la norme M49 classe le pays parmi les régions en développement.",
    ),
    "leastDeveloped": text(
        "least developed country",
        "pays moins avancé",
        "Whether the country is a least developed country (LDC).",
        "Indique si le pays fait partie des pays les moins avancés (PMA).",
    ),
    "landlockedDeveloping": text(
        "landlocked developing country",
        "pays en développement sans littoral",
        "Whether the country is a landlocked developing country (LLDC).",
        "Indique si le pays est un pays en développement sans littoral (PDSL).",
    ),
    "smallIslandDeveloping": text(
        "small island developing state",
        "petit État insulaire en développement",
        "Whether the country is a small island developing state (SIDS).",
        "Indique si le pays est un petit État insulaire en développement (PEID).",
    ),
    "unMember": text(
        "United Nations member",
        "membre des Nations Unies",
        "Whether the country is a member state of the United Nations.",
        "Indique si le pays est un État membre des Nations Unies.",
    ),
    "languagesByImportance": text(
        "languages by importance",
        "langues par importance",
        "ISO 639 codes of the languages in public use, most important first, separated by spaces.",
        "Codes ISO 639 des langues d'usage public, la plus importante d'abord, séparés par des espaces.",
    ),
    "capital": text("capital", "capitale", "Capital city, in English.", "Ville capitale, en anglais."),
    "resource": text(
        "resource",
        "ressource",
        "Sort of resource that a need asks for or an offer gives.",
        "Type de ressource qu'un besoin demande ou qu'une offre apporte.",
    ),
    "challenge": text(
        "challenge",
        "défi",
        "The problem that a partnership set out to solve.",
        "Problème qu'un partenariat cherche à résoudre.",
    ),
    "results": text(
        "results",
        "résultats",
        "What a partnership or practice achieved.",
        "Ce qu'un partenariat ou une pratique a permis d'obtenir.",
    ),
    "privateSector": text(
        "private sector",
        "secteur privé",
        "Whether the private sector takes part in a partnership.",
        "Indique si le secteur privé participe à un partenariat.",
    ),
    "modality": text(
        "modality",
        "modalité",
        "Modality of cooperation, computed from the parties of a partnership and their roles.",
        "Modalité de coopération, calculée à partir des parties d'un partenariat et de leurs rôles.",
    ),
    "shares": text(
        "shares",
        "partage",
        "Links a party to a practice that it makes known for others to use.",
        "Relie une partie à une pratique qu'elle fait connaître pour que d'autres s'en servent.",
    ),
    "contributesTo": text(
        "contributes to",
        "contribue à",
        "Links a record to a Sustainable Development Goal or target that it serves.",
        "Relie une fiche à un objectif ou une cible de développement durable qu'elle sert.",
    ),
    "addresses": text(
        "addresses",
        "répond à",
        "Links a partnership to a need that it answers.",
        "Relie un partenariat à un besoin auquel il répond.",
    ),
    "ProposedTriangle": text(
        "proposed triangle",
        "triangle proposé",
        "Partners that a model proposes for a need. A proposal, not a fact: none has agreed.",
        "Partenaires qu'un modèle propose pour un besoin. Une proposition, pas un fait : aucun n'a consenti.",
        testing=True,
    ),
    "ProposedCorner": text(
        "proposed corner",
        "sommet proposé",
        "One party of a proposed triangle, in the role that the model proposes for it.",
        "Une partie d'un triangle proposé, dans le rôle que le modèle lui propose.",
        testing=True,
    ),
    "proposedCorner": text(
        "has proposed corner",
        "a pour sommet proposé",
        "Links a proposed triangle to one of its corners.",
        "Relie un triangle proposé à l'un de ses sommets.",
        testing=True,
    ),
    "proposedParty": text(
        "proposed party",
        "partie proposée",
        "The country or organization that a corner proposes.",
        "Pays ou organisation que propose un sommet.",
        testing=True,
    ),
    "proposedRole": text(
        "proposed role",
        "rôle proposé",
        "The role that a corner proposes for its party.",
        "Rôle qu'un sommet propose pour sa partie.",
        testing=True,
    ),
    "proposedModality": text(
        "proposed modality",
        "modalité proposée",
        "The modality that the cooperation would have.",
        "Modalité qu'aurait la coopération.",
        testing=True,
    ),
    "score": text(
        "score",
        "score",
        "Log-odds that the model gives a proposed triangle; comparable under one model only.",
        "Log-cote que le modèle attribue à un triangle proposé ; comparable pour un même modèle.",
        testing=True,
    ),
    "probability": text(
        "probability",
        "probabilité",
        "Probability, from 0 to 1, that the score of a proposed triangle amounts to.",
        "Probabilité, de 0 à 1, qui correspond au score d'un triangle proposé.",
        testing=True,
    ),
}
