"""Taking records away: what and in which format, how many there are, and addresses for harvesters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from api.dependencies import StoreDependency
from api.pages.languages import ReaderLanguage
from api.pages.messages import said
from api.pages.page import PageDependency
from api.pages.reference import ReferenceDependency
from export.formats import FORMATS, RDF_FORMATS
from export.published import count
from export.selection import Selection
from graph_model.errors import InvalidRecordError, UnavailableError
from graph_model.messages import N_, Message
from graph_model.nodes import RECORD_TYPES
from graph_model.store import Store
from graph_model.text import UN_LANGUAGES

DEFAULT_FORMAT: Final = "turtle"
TRUE: Final = "true"
_IN_ONE_LANGUAGE: Final = ("csv", "xlsx")
"""Formats that have one language only: the reader's."""
_EARLIEST: Final = date(1970, 1, 1)
_MESSAGES: Final[Mapping[str, str]] = {
    "type": N_("Choose types from the list."),
    "cluster": N_("This theme is not published. Choose one from the list."),
    "country": N_("This country is not in the graph. Choose one from the list."),
    "language": N_("Choose a language from the list."),
    "since": N_("“{value}” is no date. Write year, month and day: 2026-01-31."),
    "format": N_("Choose a format from the list."),
}
_NOT_HELD: Final = N_("This format holds partnerships only. Choose partnerships, or another format.")
router = APIRouter()


class ExportForm(BaseModel):
    """What was chosen, unchecked, as it stands in the address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: tuple[str, ...] = ()
    cluster: str = ""
    country: str = ""
    language: str = ""
    since: str = ""
    illustrative: str = ""
    format: str = DEFAULT_FORMAT
    fragment: str = ""

    @classmethod
    def read(cls, request: Request) -> Self:
        """From an address; empty values are no values."""
        given: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            values = list(dict.fromkeys(each for each in request.query_params.getlist(name) if each.strip()))
            if values:
                given[name] = tuple(values) if field.annotation == tuple[str, ...] else values[-1].strip()
        return cls(**given)

    def selection(self, reader: str) -> Selection:
        """The records that are wanted. Raises InvalidRecordError."""
        return Selection.of(**self._filters(reader))

    def download(self, reader: str, **more: str) -> str:
        """Path and query of the file."""
        query = urlencode(self._filters(reader) | more, doseq=True)
        return f"/export/{self.format}" + (f"?{query}" if query else "")

    def _filters(self, reader: str) -> dict[str, Any]:
        filters: dict[str, Any] = {"type": self.type} if self.type else {}
        for name in ("cluster", "country", "language", "since"):
            if value := getattr(self, name):
                filters[name] = value
        if self.illustrative == TRUE:
            filters["illustrative"] = TRUE
        if self.format in _IN_ONE_LANGUAGE:
            filters["names"] = reader
        return filters


FormDependency = Annotated[ExportForm, Depends(ExportForm.read)]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a selection has. problems: by field; counts: by type, empty with problems."""

    counts: Mapping[str, int]
    problems: Mapping[str, str]
    status: int = 200

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@router.get("/export")
def export_page(
    form: FormDependency, page: PageDependency, store: StoreDependency, reference: ReferenceDependency
) -> HTMLResponse:
    """The form with how many records it takes; with ``fragment``, what the script shows as it changes."""
    base, language = page.settings.public_base, page.language
    counted = counted_by(form, store, language)
    compressible = form.format in FORMATS and not FORMATS[form.format].compressed
    context = {
        "form": form,
        "counted": counted,
        "formats": FORMATS,
        "rdf": tuple(RDF_FORMATS),
        "download": form.download(language.code),
        "compressed": form.download(language.code, gzip=TRUE) if compressible else "",
        "base": base,
    }
    if form.fragment:
        return page.render("export_result.html", context)
    context |= {
        "types": tuple(RECORD_TYPES),
        "clusters": reference.clusters_as_tree(language),
        "countries": reference.countries_by_name(language),
        "languages_written": UN_LANGUAGES,
        "harvesting": harvesting_addresses(base),
    }
    return page.render("export.html", context, status=counted.status)


def counted_by(form: ExportForm, store: Store, language: ReaderLanguage) -> Counted:
    """How many published records the form takes, by type, in the format that it names."""
    if form.format not in FORMATS:
        unknown = _MESSAGES["format"]
        return Counted({}, {"format": language.gettext(unknown)}, 422)
    try:
        selection = form.selection(language.code)
    except InvalidRecordError as problem:
        return Counted({}, _problems(problem, language), 422)
    if selection.since is not None and selection.since.date() < _EARLIEST:
        early = _MESSAGES["since"]
        message = language.gettext(early).format(value=form.since[:40])
        return Counted({}, {"since": message}, 422)
    try:
        narrowed = FORMATS[form.format].narrowed(selection)
    except InvalidRecordError:
        return Counted({}, {"format": language.gettext(_NOT_HELD)}, 422)
    try:
        return Counted(count(store, narrowed), {})
    except InvalidRecordError as problem:
        return Counted({}, _problems(problem, language), 422)
    except UnavailableError:
        return Counted({}, {}, 503)


def harvesting_addresses(base: str) -> Mapping[str, str]:
    """Where machines find the same, by what it is. base: the instance's public base."""
    return {
        "feed": f"{base}/feed",
        "catalogue": f"{base}/catalog",
        "void": f"{base}/.well-known/void",
        "sparql": f"{base}/sparql",
    }


def _problems(error: InvalidRecordError, language: ReaderLanguage) -> dict[str, str]:
    problems: dict[str, str] = {}
    for each in error.problems:
        text = _MESSAGES.get(each.field)
        message = (
            language.gettext(text).format(value=each.value[:40])
            if text
            else said(each.message or Message(str(each)), language).text
        )
        problems.setdefault(each.field if text else "format", message)
    return problems
