"""What the values of the model are called in the pages."""

from collections.abc import Callable, Mapping
from typing import Final

from api.pages.languages import ReaderLanguage
from graph_model.messages import N_

_PARTNER_FEATURES: Final[Mapping[str, tuple[str, str]]] = {
    "similar_work": (
        N_("Similar work"),
        N_("The share of earlier work like this need in which it took part, offered or shared something."),
    ),
    "similar_work_of_peers": (
        N_("Similar work of its neighbours"),
        N_("What the countries of its sub-region did on needs like this one."),
    ),
    "most_similar_record": (
        N_("Nearest record"),
        N_("How near its most similar partnership, offer or practice is to the need."),
    ),
    "similar_words": (N_("Same words"), N_("Its records use the words of the need.")),
    "similar_need_solved": (
        N_("Had a need like this"),
        N_("It was itself the beneficiary of work like this."),
    ),
    "record_in_cluster": (N_("Record in the theme"), N_("What it has done in the themes of the need.")),
    "record_in_sdg": (
        N_("Record for the goals"),
        N_("What it has done for the same Sustainable Development Goals."),
    ),
    "ties_with_beneficiary": (
        N_("Ties with the beneficiary"),
        N_("It took part in partnerships for the beneficiary before."),
    ),
    "ties_with_subregion": (
        N_("Ties with the beneficiary’s neighbours"),
        N_("It took part in partnerships for countries of the beneficiary’s sub-region."),
    ),
    "similar_work_nearby": (
        N_("Similar work near the beneficiary"),
        N_("Its work like this need helped countries of the beneficiary’s sub-region."),
    ),
    "experience": (N_("Experience"), N_("How much work of it is recorded in all, on any subject.")),
    "nearness": (N_("Nearness"), N_("How near it lies to the beneficiary.")),
    "same_region": (N_("Same region"), N_("It lies in the beneficiary’s region of the world.")),
    "same_subregion": (N_("Same sub-region"), N_("It lies in the beneficiary’s sub-region.")),
    "shared_language": (N_("Shared language"), N_("It has a main language in common with the beneficiary.")),
    "takes_part_as_beneficiary": (N_("Is a beneficiary too"), N_("It has the need itself.")),
    "higher_income": (
        N_("Income compared with the beneficiary"),
        N_("How many income groups it stands above the beneficiary, or below it."),
    ),
    "multilateral": (
        N_("Multilateral organisation"),
        N_("An organisation of many countries, not a single country."),
    ),
}
_OTHER_FEATURES: Final[Mapping[str, tuple[str, str]]] = {
    "baseline": (
        N_("Starting point"),
        N_("The same for every proposal: most partners never work together, so it lies far below zero."),
    ),
    "pair.worked_together": (
        N_("Have worked together"),
        N_("The pivotal and the facilitating partner took part in the same partnerships."),
    ),
}
_FEATURES: Final[Mapping[str, tuple[str, str]]] = {
    **_OTHER_FEATURES,
    **{
        f"{corner}.{name}": texts
        for corner in ("pivotal", "facilitating")
        for name, texts in _PARTNER_FEATURES.items()
    },
}
"""By the names that contributions to a score have: what a feature is called, and what it says."""

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
    "measure": {
        "need": N_("Needs"),
        "unmet": N_("Unmet needs"),
        "offer": N_("Offers"),
        "practice": N_("Good practices"),
        "partnership": N_("Partnerships"),
        "beneficiary": N_("As beneficiary"),
        "pivotal": N_("As pivotal partner"),
        "facilitating": N_("As facilitating partner"),
        "implementing": N_("As implementing partner"),
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
    "neighbours": {
        "HAS_NEED.in": N_("Who has this need"),
        "MAKES_OFFER.in": N_("Who offers it"),
        "SHARES.in": N_("Who shares it"),
        "PARTICIPATES_IN.in.beneficiary": N_("Beneficiaries"),
        "PARTICIPATES_IN.in.pivotal": N_("Pivotal partners"),
        "PARTICIPATES_IN.in.facilitating": N_("Facilitating partners"),
        "PARTICIPATES_IN.in.implementing": N_("Implementing partners"),
        "BASED_IN.out": N_("Based in"),
        "HAS_NEED.out": N_("Needs"),
        "MAKES_OFFER.out": N_("Offers"),
        "SHARES.out": N_("Good practices"),
        "PARTICIPATES_IN.out.beneficiary": N_("Partnerships as beneficiary"),
        "PARTICIPATES_IN.out.pivotal": N_("Partnerships as pivotal partner"),
        "PARTICIPATES_IN.out.facilitating": N_("Partnerships as facilitating partner"),
        "PARTICIPATES_IN.out.implementing": N_("Partnerships as implementing partner"),
        "BASED_IN.in": N_("Organisations based here"),
        "ADDRESSES.out": N_("Needs that it answers"),
        "ADDRESSES.in": N_("Partnerships that answer it"),
        "DRAWS_ON.out": N_("Offers that it draws on"),
        "DRAWS_ON.in": N_("Partnerships that draw on it"),
        "BROADER.out": N_("Part of"),
        "BROADER.in": N_("Its parts"),
        "IN_CLUSTER.out": N_("Themes"),
        "CONTRIBUTES_TO.out": N_("Sustainable Development Goals"),
    },
    "field": {
        "title": N_("Title"),
        "name": N_("Name"),
        "definition": N_("What belongs in it"),
        "challenge": N_("Challenge"),
        "description": N_("Description"),
        "results": N_("Results"),
    },
    "feature": {name: title for name, (title, _) in _FEATURES.items()},
    "feature_help": {name: help_text for name, (_, help_text) in _FEATURES.items()},
    "score_part": {
        "baseline": N_("Starting point"),
        "pivotal": N_("Pivotal partner"),
        "facilitating": N_("Facilitating partner"),
        "pair": N_("The two partners together"),
    },
    "register_kind": {
        "need": N_("Register a need"),
        "offer": N_("Register an offer"),
        "practice": N_("Register a good practice"),
    },
    "register_kind_help": {
        "need": N_(
            "Something that a country or organisation wants to be able to do, and asks others to help with."
        ),
        "offer": N_("Experts, training, tools or money that you would give to others."),
        "practice": N_("Something that worked for you and that others can learn from."),
    },
    "form_field": {
        "title": N_("Title"),
        "description": N_("Description"),
        "results": N_("Results"),
        "links": N_("Web pages about it"),
        "resources": N_("Kinds of resources"),
        "clusters": N_("Themes"),
        "sdgs": N_("Sustainable Development Goals"),
        "sought_by": N_("Who has the need"),
        "offered_by": N_("Who offers it"),
        "shared_by": N_("Who shares it"),
    },
    "form_help": {
        "need.title": N_("What is needed, in one line."),
        "need.description": N_(
            "What you want to be able to do, what stands in the way, and what would help."
        ),
        "offer.title": N_("What you offer, in one line."),
        "offer.description": N_("What it is, for whom, in which languages, and for how long."),
        "practice.title": N_("What you did, in one line."),
        "practice.description": N_("What the problem was, and how you solved it."),
        "practice.results": N_("What has changed since, in numbers where you have them."),
    },
    "format": {
        "nquads": N_("N-Quads (linked data)"),
        "trig": N_("TriG (linked data)"),
        "turtle": N_("Turtle (linked data)"),
        "ntriples": N_("N-Triples (linked data)"),
        "jsonld": N_("JSON-LD (linked data)"),
        "iati": N_("IATI 2.03 (partnerships)"),
        "csv": N_("CSV table (partnerships)"),
        "xlsx": N_("Excel workbook (partnerships)"),
    },
    "strength": {
        "strong": N_("strong evidence"),
        "moderate": N_("moderate evidence"),
        "weak": N_("weak evidence"),
    },
}


def of(language: ReaderLanguage) -> Callable[[str, str], str]:
    """The function (category, value) -> name in this language; an unknown value is its own name."""

    def label(category: str, value: str) -> str:
        known = LABELS[category].get(str(value))
        return language.gettext(known) if known else str(value)

    return label
