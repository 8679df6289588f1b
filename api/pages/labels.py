"""What the values of the model are called in the pages."""

from collections.abc import Callable, Mapping
from typing import Final

from api.pages.languages import ReaderLanguage


def N_(text: str) -> str:  # noqa: N802 -- the name by which message extraction knows strings kept for later
    """Mark a string for translation."""
    return text


LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {
        "country": N_("Country"),
        "stakeholder": N_("Organisation"),
        "cluster": N_("Theme"),
        "sdg": N_("Sustainable Development Goal"),
        "need": N_("Need"),
        "offer": N_("Offer"),
        "practice": N_("Good practice"),
        "partnership": N_("Partnership"),
    },
    "types": {
        "country": N_("Countries"),
        "stakeholder": N_("Organisations"),
        "cluster": N_("Themes"),
        "sdg": N_("Sustainable Development Goals"),
        "need": N_("Needs"),
        "offer": N_("Offers"),
        "practice": N_("Good practices"),
        "partnership": N_("Partnerships"),
    },
    "role": {
        "beneficiary": N_("Beneficiary"),
        "pivotal": N_("Pivotal partner"),
        "facilitating": N_("Facilitating partner"),
        "implementing": N_("Implementing partner"),
    },
    "modality": {
        "triangular": N_("Triangular cooperation"),
        "south-south": N_("South-South cooperation"),
        "north-south": N_("North-South cooperation"),
        "public-private": N_("Public-private partnership"),
    },
    "authenticity": {
        "real": N_("Real record"),
        "derived": N_("Derived record"),
        "illustrative": N_("Illustrative example"),
    },
    "authenticity_help": {
        "real": N_("States a fact from the source that is named."),
        "derived": N_("Computed from facts of other records."),
        "illustrative": N_("Made up to show how Trimatch works; not a fact."),
    },
    "status": {
        "draft": N_("Draft"),
        "published": N_("Published"),
        "withdrawn": N_("Withdrawn"),
        "closed": N_("Closed"),
    },
    "resource": {
        "technical": N_("Technical resources"),
        "human": N_("Human resources"),
        "financial": N_("Financial resources"),
    },
    "income": {
        "low": N_("Low income"),
        "lower-middle": N_("Lower middle income"),
        "upper-middle": N_("Upper middle income"),
        "high": N_("High income"),
    },
    "kind": {
        "ip-office": N_("IP office"),
        "regional-ip-office": N_("Regional IP office"),
        "government": N_("Government body"),
        "university": N_("University"),
        "innovation-hub": N_("Innovation hub"),
        "company": N_("Company"),
        "ngo": N_("Non-governmental organisation"),
        "multilateral": N_("Multilateral organisation"),
    },
    "group": {
        "developing": N_("Developing country"),
        "least_developed": N_("Least developed country"),
        "landlocked_developing": N_("Landlocked developing country"),
        "small_island_developing": N_("Small island developing state"),
        "un_member": N_("Member state of the United Nations"),
    },
    "region": {
        "Africa": N_("Africa"),
        "Americas": N_("Americas"),
        "Asia": N_("Asia"),
        "Europe": N_("Europe"),
        "Oceania": N_("Oceania"),
        "Caribbean": N_("Caribbean"),
        "Eastern Africa": N_("Eastern Africa"),
        "Western Asia": N_("Western Asia"),
        "Southern Europe": N_("Southern Europe"),
        "Western Africa": N_("Western Africa"),
        "Northern Europe": N_("Northern Europe"),
        "South America": N_("South America"),
        "South-eastern Asia": N_("South-eastern Asia"),
        "Polynesia": N_("Polynesia"),
        "Eastern Europe": N_("Eastern Europe"),
        "Western Europe": N_("Western Europe"),
        "Southern Asia": N_("Southern Asia"),
        "Middle Africa": N_("Middle Africa"),
        "Micronesia": N_("Micronesia"),
        "Central America": N_("Central America"),
        "Northern Africa": N_("Northern Africa"),
        "Australia and New Zealand": N_("Australia and New Zealand"),
        "Eastern Asia": N_("Eastern Asia"),
        "Melanesia": N_("Melanesia"),
        "Central Asia": N_("Central Asia"),
        "Northern America": N_("Northern America"),
        "Southern Africa": N_("Southern Africa"),
        "Antarctica": N_("Antarctica"),
    },
}


def of(language: ReaderLanguage) -> Callable[[str, str], str]:
    """The function (category, value) -> name in this language; an unknown value is its own name."""

    def label(category: str, value: str) -> str:
        known = LABELS[category].get(str(value))
        return language.gettext(known) if known else str(value)

    return label
