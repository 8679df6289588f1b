"""The search page: one box for a need in plain words, filters with counts, and why each result matched."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import InstanceDependency
from api.pages.page import Page, PageDependency
from api.pages.reference import COUNTRY_GROUPS, Reference, ReferenceDependency
from graph_model.direction import isolated
from graph_model.messages import N_
from graph_model.modality import Modality
from graph_model.text import UN_LANGUAGES
from search.answers import SearchAnswer
from search.requests import (
    SEARCHABLE_TYPES,
    CountryCode,
    QueryText,
    SdgCode,
    SearchableType,
    SearchRequest,
)

RESULTS_A_PAGE: Final = 15
MOST_OPTIONS: Final = 12
WORDS: Final = "words: "
"""Around words of another direction than the sentence, so that their commas stay between them."""
EXAMPLES: Final = (
    N_("training of patent examiners in biotechnology"),
    N_("a geographical indication for our coffee"),
    N_("putting the files of a small IP office online"),
    N_("protecting traditional knowledge about medicinal plants"),
)
router = APIRouter()


class SearchForm(BaseModel):
    """The search form as it stands in the address. An empty value is no condition."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: QueryText = ""
    type: tuple[SearchableType, ...] = ()
    country: tuple[CountryCode, ...] = ()
    region: tuple[str, ...] = ()
    group: tuple[str, ...] = Field(default=())
    cluster: tuple[str, ...] = ()
    sdg: tuple[SdgCode, ...] = ()
    modality: tuple[Modality, ...] = ()
    language: tuple[str, ...] = ()
    offset: int = Field(default=0, ge=0, le=1_000)
    fragment: bool = False

    @property
    def conditions(self) -> dict[str, Any]:
        """What is set, as parameters of an address; without the place in the list."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"offset", "fragment"})

    def request(self, reader: str, reference: Reference) -> SearchRequest | None:
        """The search that the form asks for; None where no country satisfies it."""
        countries = set(self.country)
        for group in self.group:
            if group in COUNTRY_GROUPS:
                members = set(reference.in_group(group))
                countries = countries & members if countries else members
        if (self.country or self.group) and not countries:
            return None
        return SearchRequest(
            q=self.q,
            lang=reader,
            type=self.type,
            country=tuple(sorted(countries)),
            region=self.region,
            cluster=self.cluster,
            sdg=self.sdg,
            modality=self.modality,
            language=self.language,
            limit=RESULTS_A_PAGE,
            offset=self.offset,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter. count: records that have it among what passes the filters now; None unknown."""

    value: str
    name: str
    count: int | None
    chosen: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the form."""

    name: str
    legend: str
    options: list[Option]


@router.get("/")
def search_page(
    form: Annotated[SearchForm, Query()],
    page: PageDependency,
    reference: ReferenceDependency,
    instance: InstanceDependency,
) -> HTMLResponse:
    """The search page; with ``fragment``, only its results, for the script that searches as one types."""
    request = form.request(page.language.code, reference)
    answer = instance.text_search.search(request) if request is not None else None
    context = {
        "form": form,
        "answer": answer,
        "filters": [] if form.fragment else filters(form, answer, page, reference),
        "examples": [page.language.gettext(text) for text in EXAMPLES],
        "names": lambda codes: [reference.name(code, page.language) for code in codes],
        "why": lambda matched: why_matched(matched, page),
        "page_size": RESULTS_A_PAGE,
    }
    return page.render("search_results.html" if form.fragment else "search.html", context)


def filters(form: SearchForm, answer: SearchAnswer | None, page: Page, reference: Reference) -> list[Filter]:
    """Every filter with its values, most frequent first where they are many."""
    facets = answer.facets if answer is not None else {}
    language, gettext = page.language, page.language.gettext
    label = page.label

    def options(name: str, names: list[tuple[str, str]]) -> list[Option]:
        counts = facets.get(name, {})
        chosen = {str(value) for value in getattr(form, name)}
        return [Option(value, text, counts.get(value, 0), value in chosen) for value, text in names]

    def frequent(name: str, names: list[tuple[str, str]]) -> list[Option]:
        found = [each for each in options(name, names) if each.count or each.chosen]
        return sorted(found, key=lambda each: (not each.chosen, -(each.count or 0)))[:MOST_OPTIONS]

    types = [(name, label("types", name)) for name in SEARCHABLE_TYPES]
    modalities = [(name.value, label("modality", name)) for name in Modality]
    groups = [Option(name, label("group", name), None, name in form.group) for name in COUNTRY_GROUPS]
    regions = [(name, label("region", name)) for name in sorted(facets.get("region", {}))]
    clusters = [(id_, name) for id_, name, _ in reference.clusters_as_tree(language)]
    goals = [(number, f"{number}. {name}") for number, name in reference.goals(language)]
    written = [
        (code, language.language_name(code)) for code in facets.get("language", dict.fromkeys(UN_LANGUAGES))
    ]
    found = [
        Filter("type", gettext("What"), options("type", types)),
        Filter("cluster", gettext("Theme"), frequent("cluster", clusters)),
        Filter(
            "country",
            gettext("Country"),
            frequent("country", reference.countries_by_name(language)),
        ),
        Filter("region", gettext("Region"), frequent("region", regions)),
        Filter("group", gettext("Country group"), groups),
        Filter("sdg", gettext("Sustainable Development Goal"), frequent("sdg", goals)),
        Filter("modality", gettext("Modality"), options("modality", modalities)),
        Filter("language", gettext("Written in"), frequent("language", written)),
    ]
    return [each for each in found if each.options]


def why_matched(matched: list[str], page: Page) -> str:
    """Why a result matched, in words. matched: as SearchResult has it."""
    gettext = page.language.gettext
    words = next((each.removeprefix(WORDS) for each in matched if each.startswith(WORDS)), "")
    if not words:
        return gettext("Matched by meaning")
    words = isolated(words)
    if "meaning" in matched:
        return gettext("Matched by meaning and by the words: {words}").format(words=words)
    return gettext("Matched by the words: {words}").format(words=words)
