"""Triangles: the partners proposed for a need, compared, explained and downloaded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api.dependencies import InstanceDependency
from api.pages.page import Page, PageDependency
from api.pages.reference import Reference, ReferenceDependency
from api.pages.search import EXAMPLES
from api.pages.triangle_form import DEFAULT_LIMIT, PathsForm, problems_of
from api.pages.triangle_messages import emptied_message, not_found_message
from api.pages.triangle_tables import as_csv, as_workbook
from api.pages.triangle_view import signed, triangles
from api.problems import RETRY_SECONDS
from graph_model.errors import NotFoundError, UnavailableError
from graph_model.nodes import Need
from graph_model.record import Status
from search.answers import PathAnswer
from search.instance import Instance
from search.ranking import MODALITIES

MOST_SHOWN: Final = 50
_CSV: Final = "text/csv; charset=utf-8"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter()


def _form(request: Request) -> PathsForm:
    return PathsForm.read(request)


FormDependency = Annotated[PathsForm, Depends(_form)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a question. problems: by field. unavailable: a store cannot be reached now."""

    answer: PathAnswer | None = None
    problems: dict[str, str] | None = None
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(RETRY_SECONDS)} if self.status == 503 else {}


@router.get("/paths")
def paths_page(
    form: FormDependency, page: PageDependency, reference: ReferenceDependency, instance: InstanceDependency
) -> HTMLResponse:
    """The form, and the ranked triangles once it asks for something."""
    asked = ask(form, page, instance)
    answer = asked.answer
    emptied = answer.emptied if answer else None
    context = form_context(form, page, reference, instance) | {
        "problems": asked.problems or {},
        "unavailable": asked.status == 503,
        "answer": answer,
        "triangles": triangles(answer.paths, page) if answer else [],
        "nothing_found": emptied_message(emptied, page.language) if emptied else "",
        "more": min(len(answer.paths) + DEFAULT_LIMIT, MOST_SHOWN) if answer and _may_go_on(answer) else None,
        "linked_data": linked_data(form, page),
    }
    return page.render("paths.html", context, status=asked.status, headers=asked.headers)


@router.get("/paths.csv")
def paths_as_csv(form: FormDependency, page: PageDependency, instance: InstanceDependency) -> Response:
    """The same triangles as CSV; a question with mistakes leads back to the form."""
    return _download(form, page, instance, "csv", _CSV, as_csv)


@router.get("/paths.xlsx")
def paths_as_workbook(form: FormDependency, page: PageDependency, instance: InstanceDependency) -> Response:
    """The same triangles as an Excel workbook; a question with mistakes leads back to the form."""
    permalink = page.settings.public_base + page.url("/paths", **form.conditions)
    return _download(
        form, page, instance, "xlsx", _XLSX, lambda answer, page: as_workbook(answer, page, permalink)
    )


def ask(form: PathsForm, page: Page, instance: Instance) -> Asked:
    """The answer to the form's question, or what is wrong with it."""
    if not form.asks:
        return Asked()
    try:
        return Asked(instance.paths.find(form.request(page.language)))
    except ValidationError as error:
        return Asked(problems=problems_of(error, page.language), status=422)
    except NotFoundError as error:
        return Asked(problems=dict([not_found_message(str(error), page.language)]), status=404)
    except UnavailableError:
        return Asked(status=503)


def form_context(form: PathsForm, page: Page, reference: Reference, instance: Instance) -> dict[str, Any]:
    """What the form and the sentence about the question show."""
    language = page.language
    names = party_names(form.exclude, page, reference, instance)
    return {
        "form": form,
        "signed": lambda value: signed(value, language),
        "problems": {},
        "modalities": MODALITIES,
        "countries": reference.countries_by_name(language),
        "clusters": reference.clusters_as_tree(language),
        "cluster_names": [reference.name(f"cluster/{id_}", language) for id_ in form.cluster],
        "beneficiary_name": reference.name(form.beneficiary, language) if form.beneficiary else "",
        "excluded": [(ref, names[ref]) for ref in form.exclude],
        "need_title": need_title(form, page, instance),
        "examples": [language.gettext(text) for text in EXAMPLES],
    }


def need_title(form: PathsForm, page: Page, instance: Instance) -> tuple[str, str]:
    """The title of the need that the form names, with its language; empty where none is published."""
    if not form.need:
        return "", page.language.code
    stored = instance.store.get(f"need/{form.need.removeprefix('need/')}")
    if stored is None or not isinstance(stored.record, Need) or stored.record.status is not Status.PUBLISHED:
        return "", page.language.code
    return page.language.text(stored.record.title, stored.record.original_language)


def party_names(refs: Iterable[str], page: Page, reference: Reference, instance: Instance) -> dict[str, str]:
    """Names of countries and organisations by reference; what is not published is called by its reference."""
    wanted = list(refs)
    names = {ref: reference.name(ref, page.language) for ref in wanted if ref.startswith("country/")}
    others = instance.store.get_many(ref for ref in wanted if ref.startswith("stakeholder/"))
    for ref, stored in others.items():
        if stored.record.status is Status.PUBLISHED:
            names[ref] = page.language.text(stored.record.heading, stored.record.original_language)[0]
    return {ref: names.get(ref, ref) for ref in wanted}


def linked_data(form: PathsForm, page: Page) -> str:
    """The address of the same proposals as linked data."""
    given = form.conditions | {"lang": page.language.code, "format": "jsonld"}
    return f"/export/proposals?{urlencode(given, doseq=True)}"


def _may_go_on(answer: PathAnswer) -> bool:
    """Whether more may be found than are shown: the answer is as long as was asked for."""
    return len(answer.paths) < MOST_SHOWN and len(answer.paths) % DEFAULT_LIMIT == 0 and bool(answer.paths)


def _download(
    form: PathsForm,
    page: Page,
    instance: Instance,
    suffix: str,
    media_type: str,
    write: Callable[[PathAnswer, Page], bytes],
) -> Response:
    asked = ask(form, page, instance)
    if asked.answer is None:
        return RedirectResponse(page.url("/paths", **form.conditions), 303)
    headers = {
        "Content-Disposition": f'attachment; filename="trimatch-partners.{suffix}"',
        "Cache-Control": "private, no-store",
        "Content-Language": page.language.code,
        "Vary": "Cookie",
    }
    return Response(write(asked.answer, page), media_type=media_type, headers=headers)
