"""The page of countries: who needs and offers what, where needs are unmet, and who has shared with whom."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.pages.atlas import MEASURES_OF_COUNTRY, UNMET, Atlas, AtlasDependency, Flow, Tally
from api.pages.flow_picture import CountryText, FlowPicture, Thread, flow_picture
from api.pages.heat_table import heat_table
from api.pages.page import Page, PageDependency
from api.pages.reference import Reference, ReferenceDependency

MOST_FLOWS: Final = 30
Sorting = Literal[
    "region", "name", "need", "unmet", "offer", "practice", "beneficiary", "pivotal", "facilitating"
]
router = APIRouter()


class CountriesForm(BaseModel):
    """What the list shows, as it stands in the address.

    q: part of a country's name in any of the six languages, or its code. region: of M49; of the flows, those
    that begin or end there. sort: by what; numbers have the largest first. reverse: the other way round.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = Field(default="", max_length=100)
    region: str = Field(default="", max_length=50)
    sort: Sorting = "region"
    reverse: bool = False
    illustrative: Literal["yes", "no"] = "yes"

    @property
    def conditions(self) -> dict[str, Any]:
        """What is set, as parameters of an address."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def sorted_by(self, column: str) -> dict[str, Any]:
        """Parameters of the address that sorts by a column; again the other way round."""
        kept = {name: value for name, value in self.conditions.items() if name not in ("sort", "reverse")}
        turned = {"reverse": "true"} if column == self.sort and not self.reverse else {}
        return kept | {"sort": column} | turned


@dataclass(frozen=True, slots=True)
class CountryRow:
    """One country of the list."""

    code: str
    name: str
    region: str
    subregion: str
    counts: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow as the table shows it: names beside the codes."""

    flow: Flow
    pivotal: str
    beneficiary: str


@router.get("/countries")
def countries_page(
    form: Annotated[CountriesForm, Query()],
    page: PageDependency,
    reference: ReferenceDependency,
    atlas: AtlasDependency,
) -> HTMLResponse:
    """Countries with counts, the heat table of themes by region, and flows."""
    rows = country_rows(form, page, reference, atlas)
    chosen = chosen_flows(form, reference, atlas)
    flows = flow_rows(chosen[:MOST_FLOWS], page, reference)
    regions = sorted({country.region for country in reference.countries.values()})
    context = {
        "form": form,
        "groups": _groups(form, rows),
        "found": len(rows),
        "regions": sorted(((name, page.label("region", name)) for name in regions), key=lambda each: each[1]),
        "measures": [name for name in MEASURES_OF_COUNTRY if name != UNMET],
        "heat": heat_table(page, reference, atlas),
        "flows": flows,
        "all_flows": len(chosen),
        "picture": _picture(flows, page, reference) if flows else None,
    }
    return page.render("countries.html", context)


def country_rows(form: CountriesForm, page: Page, reference: Reference, atlas: Atlas) -> list[CountryRow]:
    """The countries that the form asks for, in its order."""
    wanted = folded(form.q)
    rows = [
        CountryRow(
            code,
            reference.name(code, page.language),
            page.label("region", country.region),
            page.label("region", country.subregion),
            atlas.country(code),
        )
        for code, country in reference.countries.items()
        if form.region in ("", country.region)
        and (wanted == code.casefold() or any(wanted in folded(name) for name in country.name.values()))
    ]
    rows.sort(key=lambda row: folded(row.name))
    if form.sort == "region":
        rows.sort(key=lambda row: folded(row.region), reverse=form.reverse)
    elif form.sort == "name":
        rows.sort(key=lambda row: folded(row.name), reverse=form.reverse)
    else:
        rows.sort(key=lambda row: row.counts[form.sort].total, reverse=not form.reverse)
    return rows


def chosen_flows(form: CountriesForm, reference: Reference, atlas: Atlas) -> list[Flow]:
    """All flows that the form asks for, largest first."""
    return [
        flow
        for flow in atlas.flows
        if not form.region
        or form.region in {reference.countries[code].region for code in (flow.pivotal, flow.beneficiary)}
    ]


def flow_rows(flows: Sequence[Flow], page: Page, reference: Reference) -> list[FlowRow]:
    """Flows with the names of their countries in the reader's language."""
    return [
        FlowRow(
            flow,
            reference.name(flow.pivotal, page.language),
            reference.name(flow.beneficiary, page.language),
        )
        for flow in flows
    ]


def folded(text: str) -> str:
    """A text for comparison: without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(character for character in parts if not unicodedata.combining(character))


def _groups(form: CountriesForm, rows: Sequence[CountryRow]) -> list[tuple[str, list[CountryRow]]]:
    """Rows under the names of their regions; one group without a name where they are sorted otherwise."""
    if form.sort != "region":
        return [("", list(rows))] if rows else []
    return [(region, list(found)) for region, found in groupby(rows, lambda row: row.region)]


def _picture(flows: Sequence[FlowRow], page: Page, reference: Reference) -> FlowPicture:
    threads = [
        Thread(
            row.flow.pivotal,
            row.flow.beneficiary,
            row.flow.partnerships.total,
            not row.flow.partnerships.facts,
            _in_words(row, page),
        )
        for row in flows
    ]

    def country(code: str) -> CountryText:
        region = reference.countries[code].region
        return CountryText(reference.name(code, page.language), page.label("region", region))

    return flow_picture(threads, country, right_to_left=page.language.direction == "rtl")


def _in_words(row: FlowRow, page: Page) -> str:
    gettext, number = page.language.gettext, page.language.number
    partnerships = row.flow.partnerships
    pattern = (
        gettext("{pivotal} with {beneficiary}: {count}, of which {illustrative} illustrative")
        if partnerships.illustrative
        else gettext("{pivotal} with {beneficiary}: {count}")
    )
    return pattern.format(
        pivotal=row.pivotal,
        beneficiary=row.beneficiary,
        count=number(partnerships.total),
        illustrative=number(partnerships.illustrative),
    )
