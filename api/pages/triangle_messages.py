"""What the path engine says about a question, in the reader's language."""

from collections.abc import Mapping
from typing import Any, Final

from api.pages.languages import ReaderLanguage
from graph_model.messages import N_
from search.conditions import Emptied, Emptying, Excluded, Exclusion

_OF_FIELDS: Final[Mapping[str, str]] = {
    "q": N_("Describe the need in at most {most} characters."),
    "need": N_("Choose a need from the search, or describe one in your own words."),
    "beneficiary": N_("Choose a country from the list."),
    "modality": N_("Choose one of the four modalities."),
    "exclude": N_("“{value}” names no partner. Choose one from the list."),
    "limit": N_("Ask for 1 to 50 proposals."),
    "pivotal": N_("Choose the pivotal partner from the list."),
    "facilitating": N_("Choose the facilitating partner from the list."),
}
_BOTH_QUESTIONS: Final = N_("Describe a need in your own words or name a registered one, not both.")

_NOT_FOUND: Final[Mapping[str, str]] = {
    "need": N_("This need is not published. Search for it, or describe it in your own words."),
    "beneficiary": N_("This country is not in the graph. Choose one from the list."),
    "pivotal": N_("This pivotal partner is not in the graph. Choose one from the list."),
    "facilitating": N_("This facilitating partner is not in the graph. Choose one from the list."),
}

_EMPTIED: Final[Mapping[Emptying, str]] = {
    Emptying.CLUSTER: N_("No published offer, practice or partnership is in the themes that you chose."),
    Emptying.GRAPH: N_("No offer, practice or partnership has been published yet."),
    Emptying.PIVOTAL: N_("No pivotal partner with a track record is left for this modality."),
    Emptying.FACILITATING: N_("No facilitating partner with a track record is left for this modality."),
    Emptying.MODALITY: N_("No two different partners are left for this modality."),
    Emptying.EVIDENCE: N_("No proposal has a record behind each of its sides."),
}

_EXCLUDED: Final[Mapping[Exclusion, str]] = {
    Exclusion.FACILITATING_MISSING: N_("This modality needs a facilitating partner: choose one."),
    Exclusion.TWO_CORNERS: N_("The same partner cannot stand in two corners."),
    Exclusion.NO_COUNTRY: N_(
        "{partner} is no country: an organisation of many countries can only facilitate."
    ),
    Exclusion.BENEFICIARY: N_("{partner} is the beneficiary."),
    Exclusion.REQUEST: N_("You left {partner} out."),
    Exclusion.DEVELOPING: N_(
        "{partner} is a developing country; this modality asks for a developed one or an organisation."
    ),
    Exclusion.NOT_DEVELOPING: N_("{partner} is no developing country; this modality asks for one."),
    Exclusion.NO_RECORD: N_("No work, offer or practice of {partner} is recorded."),
    Exclusion.NO_RECORD_IN_ROLE: N_("No record shows {partner} in the role that this modality asks for."),
}


def field_message(field: str, row: Mapping[str, Any], language: ReaderLanguage) -> str:
    """What is wrong with a field of the form. row: one error of pydantic's."""
    if not row["loc"]:
        return language.gettext(_BOTH_QUESTIONS)
    value = str(row.get("input", ""))[:80]
    most = language.number(row.get("ctx", {}).get("max_length", 0))
    text = _OF_FIELDS.get(field, _OF_FIELDS["q"])
    return language.gettext(text).format(value=value, most=most)


def not_found_message(error: str, language: ReaderLanguage) -> tuple[str, str]:
    """(field, message) for what the engine did not find; it names the field before the colon."""
    field = error.partition(":")[0]
    if field not in _NOT_FOUND:
        return "q", error
    return field, language.gettext(_NOT_FOUND[field])


def emptied_message(emptied: Emptied, language: ReaderLanguage) -> str:
    """Why an answer has no proposals."""
    return language.gettext(_EMPTIED[emptied.code])


def excluded_message(excluded: Excluded, names: Mapping[str, str], language: ReaderLanguage) -> str:
    """Why a pair is not proposed. names: of its partners, by reference."""
    partner = names.get(excluded.party, excluded.party) if excluded.party else ""
    return language.gettext(_EXCLUDED[excluded.code]).format(partner=partner)
