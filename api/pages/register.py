"""Registering needs, offers and practices: what is there to edit, the form of one record, withdrawing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api.dependencies import InstanceDependency, StoreDependency, WakeFollowers
from api.editing import replace, visible
from api.pages.page import Page, PageDependency
from api.pages.reference import ReferenceDependency
from api.pages.register_form import REGISTERED, fields_of
from api.pages.register_owners import parties_found
from api.pages.registration import Registration
from api.pages.session import FORM_FIELD
from api.permissions import TRANSITIONS, owners
from api.problems import HttpError
from api.tokens import AccessRole, Principal
from graph_model import registration_queries
from graph_model.errors import NotAllowedError, NotFoundError
from graph_model.messages import N_
from graph_model.record import Record, Status
from graph_model.store import Store, StoredRecord

RECORDS_A_PAGE: Final = 25
_ANY: Final = "any"
router = APIRouter()

TypeName = Annotated[str, Path(alias="type")]
RecordId = Annotated[str, Path(alias="id")]


async def _sent(request: Request) -> FormData:
    return await request.form(max_files=0)


Sent = Annotated[FormData, Depends(_sent)]
"""The fields of a form that was sent."""


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A row of the list. owners: names."""

    ref: str
    type: str
    status: str
    title: str
    title_language: str
    authenticity: str
    modified_at: datetime
    owners: Sequence[str]


@router.get("/register")
def register_page(
    page: PageDependency,
    store: StoreDependency,
    status: str = "",
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    notice: str = "",
) -> Response:
    """What can be registered, and the records that the reader may edit, a page at a time."""
    principal = page.principal
    if principal is None:
        return _to_sign_in(page)
    member = principal.role is AccessRole.MEMBER
    chosen = status if status in (_ANY, *Status) else (_ANY if member else Status.DRAFT.value)
    statuses = tuple(Status) if chosen == _ANY else (chosen,)
    owner = principal.stakeholder if member else None
    query = registration_queries.registered_records(owner, statuses, offset, RECORDS_A_PAGE)
    found = store.run(query)[0]
    context = {
        "kinds": tuple(REGISTERED),
        "statuses": (_ANY, *(each.value for each in Status)),
        "chosen": chosen,
        "total": found["total"],
        "records": [_own_record(row, page) for row in found["records"]],
        "earlier": max(0, offset - RECORDS_A_PAGE) if offset else None,
        "later": offset + RECORDS_A_PAGE if offset + RECORDS_A_PAGE < found["total"] else None,
        "member": member,
        "notice": notice,
    }
    return page.render("register.html", context)


@router.get("/register/parties")
def register_parties(
    page: PageDependency,
    store: StoreDependency,
    reference: ReferenceDependency,
    type_name: Annotated[str, Query(alias="type")],
    party_query: str = "",
) -> Response:
    """The parties with a text in their names, for the script that looks for them as one types."""
    if page.principal is None:
        return _to_sign_in(page)
    found = parties_found(page, store, reference, party_query)
    name = fields_of(_kind(type_name)).owners
    return page.render("register_parties.html", {"found": found, "party_query": party_query, "name": name})


@router.get("/register/{type}")
def new_record(
    page: PageDependency, instance: InstanceDependency, reference: ReferenceDependency, type_name: TypeName
) -> Response:
    """An empty form."""
    if page.principal is None:
        return _to_sign_in(page)
    work = Registration(page, page.principal, instance, reference, _kind(type_name))
    return work.show(work.empty())


@router.post("/register/{type}")
def submit_new_record(
    page: PageDependency,
    instance: InstanceDependency,
    reference: ReferenceDependency,
    wake: WakeFollowers,
    sent: Sent,
    type_name: TypeName,
) -> Response:
    """A step of registering a record, by the button that was pressed."""
    if page.principal is None:
        return _to_sign_in(page)
    _check_form(page, sent)
    return Registration(page, page.principal, instance, reference, _kind(type_name)).submit(sent, wake)


@router.get("/register/{type}/{id}")
def edit_record(
    page: PageDependency,
    instance: InstanceDependency,
    reference: ReferenceDependency,
    type_name: TypeName,
    id_: RecordId,
    notice: str = "",
) -> Response:
    """The form with a record in it."""
    if page.principal is None:
        return _to_sign_in(page)
    stored = _own(instance.store, page.principal, _kind(type_name), id_)
    work = Registration(page, page.principal, instance, reference, _kind(type_name), stored)
    return work.show(work.empty(), notice=notice if notice == "saved" else "")


@router.post("/register/{type}/{id}")
def submit_record(
    page: PageDependency,
    instance: InstanceDependency,
    reference: ReferenceDependency,
    wake: WakeFollowers,
    sent: Sent,
    type_name: TypeName,
    id_: RecordId,
) -> Response:
    """A step of editing a record, by the button that was pressed."""
    if page.principal is None:
        return _to_sign_in(page)
    _check_form(page, sent)
    stored = _own(instance.store, page.principal, _kind(type_name), id_)
    work = Registration(page, page.principal, instance, reference, _kind(type_name), stored)
    return work.submit(sent, wake)


@router.get("/register/{type}/{id}/withdraw")
def withdrawal_page(
    page: PageDependency, store: StoreDependency, type_name: TypeName, id_: RecordId
) -> Response:
    """Asks whether to withdraw a record."""
    if page.principal is None:
        return _to_sign_in(page)
    stored = _own(store, page.principal, _kind(type_name), id_)
    return _ask_about_withdrawal(page, stored)


@router.post("/register/{type}/{id}/withdraw")
def withdraw(
    page: PageDependency,
    store: StoreDependency,
    wake: WakeFollowers,
    sent: Sent,
    type_name: TypeName,
    id_: RecordId,
) -> Response:
    """Withdraw a record that has not changed since the reader was asked."""
    if page.principal is None:
        return _to_sign_in(page)
    _check_form(page, sent)
    kind = _kind(type_name)
    stored = _own(store, page.principal, kind, id_)
    body = stored.record.canonical() | {"status": Status.WITHDRAWN.value}
    try:
        replace(store, page.principal, kind, id_, body, str(sent.get("if_match", "")))
    except HttpError as problem:
        if problem.status != 412:
            raise
        return _ask_about_withdrawal(page, _own(store, page.principal, kind, id_), changed=True)
    wake()
    return RedirectResponse(page.url("/register", notice="withdrawn"), 303)


def _ask_about_withdrawal(page: Page, stored: StoredRecord, *, changed: bool = False) -> HTMLResponse:
    record = stored.record
    title, language = page.language.text(record.heading, record.original_language)
    context = {
        "record": record,
        "title": title,
        "title_language": language,
        "possible": Status.WITHDRAWN in TRANSITIONS[record.status],
        "if_match": f'"{stored.content_hash}"',
        "changed": changed,
    }
    return page.render("register_withdraw.html", context, status=412 if changed else 200)


def _to_sign_in(page: Page) -> RedirectResponse:
    url = page.request.url
    return RedirectResponse(page.url("/sign-in", then=url.path + (f"?{url.query}" if url.query else "")), 303)


def _check_form(page: Page, sent: FormData) -> None:
    page.sessions.check_form(page.request, str(sent.get(FORM_FIELD, "")))


def _kind(type_name: str) -> type[Record]:
    if type_name not in REGISTERED:
        raise NotFoundError(
            N_("{name!r} is not registered here; choose one of: {known}"),
            name=type_name[:40],
            known=", ".join(REGISTERED),
        )
    return REGISTERED[type_name]


def _own(store: Store, principal: Principal, kind: type[Record], id_: str) -> StoredRecord:
    """A record that the principal may edit. Raises NotFoundError, GoneError, NotAllowedError."""
    stored = visible(store, principal, f"{kind.type_name}/{id_}")
    if principal.role is AccessRole.MEMBER and principal.stakeholder not in owners(stored.record):
        raise NotAllowedError(
            N_("{ref} does not belong to {owner}; ask its owner or a facilitator"),
            ref=stored.record.ref,
            owner=principal.stakeholder,
        )
    return stored


def _own_record(row: Mapping[str, Any], page: Page) -> OwnRecord:
    title, language = page.language.text(_by_language(row["texts"]), row["original_language"])
    names = [
        page.language.text(_by_language(each["texts"]), each["original_language"])[0]
        for each in row["owners"]
    ]
    kept = ("ref", "type", "status", "authenticity", "modified_at")
    return OwnRecord(**{name: row[name] for name in kept}, title=title, title_language=language, owners=names)


def _by_language(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {key.rpartition("_")[2]: text for key, text in pairs}
