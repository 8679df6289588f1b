"""One record on its way into the graph: the form, and what each of its buttons does."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api import editing
from api.pages.messages import said
from api.pages.node_text import Text
from api.pages.page import Page
from api.pages.reference import Reference
from api.pages.register_assistance import (
    Opened,
    SimilarRecord,
    country_of,
    likely_duplicates,
    opened_by,
    suggested_topics,
)
from api.pages.register_form import Typed, fields_of
from api.pages.register_messages import problems_of
from api.pages.register_owners import own_parties, parties_found, party_choices
from api.permissions import TRANSITIONS, owners
from api.problems import HttpError, InvalidBodyError
from api.tokens import Principal
from graph_model.errors import InvalidRecordError, NotAllowedError, UnavailableError
from graph_model.record import Record, Status
from graph_model.store import StoredRecord
from graph_model.text import UN_LANGUAGES
from search.instance import Instance


@dataclass(frozen=True, slots=True)
class Found:
    """What a step of the form came to, beside what was typed.

    problems: messages by field. notice: which one to show, with its detail. suggested: references, None
    unless asked.
    duplicates: None where they cannot be told. checked: digest of what the reader has been shown them of.
    """

    problems: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    detail: Text | None = None
    suggested: Collection[str] | None = None
    duplicates: Sequence[SimilarRecord] | None = ()
    opened: Opened | None = None
    checked: str = ""
    party_query: str = ""
    if_match: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A new record of a type or, with ``before``, one that is edited; by someone who is signed in."""

    page: Page
    principal: Principal
    instance: Instance
    reference: Reference
    kind: type[Record]
    before: StoredRecord | None = None

    def empty(self) -> Typed:
        """What the form holds when it is opened."""
        if self.before is not None:
            return Typed.of(self.before.record)
        fields = fields_of(self.kind)
        lists: dict[str, tuple[str, ...]] = dict.fromkeys(fields.lists, ())
        lists[fields.owners] = tuple(own_parties(self.instance.store, self.principal)[:1])
        texts: dict[str, dict[str, str]] = {each.name: {} for each in fields.texts}
        return Typed(self.kind, self.page.language.code, texts, lists, dict.fromkeys(fields.addresses, ""))

    def submit(self, sent: FormData, wake: Callable[[], None]) -> Response:
        """Do what the pressed button says: suggest, find, check, save or publish."""
        typed = Typed.read(self.kind, sent)
        action = str(sent.get("action", ""))
        given = Found(
            checked=str(sent.get("checked", "")),
            party_query=str(sent.get("party_query", "")),
            if_match=str(sent.get("if_match", "")),
        )
        if action == "suggest":
            return self._suggest(typed, given)
        if action == "check" or (action == "publish" and given.checked != typed.digest):
            return self._check(typed, given, publishing=action == "publish")
        if action in ("save", "publish"):
            return self._write(typed, self._status_after(action), given, wake)
        return self._answer(typed, given)

    def show(self, typed: Typed, notice: str = "") -> HTMLResponse:
        """The form as it is opened."""
        if_match = editing.etag(self.before) if self.before is not None else ""
        return self._answer(typed, Found(notice=notice, if_match=if_match))

    def _status_after(self, action: str) -> Status:
        if action == "publish":
            return Status.PUBLISHED
        return self.before.record.status if self.before is not None else Status.DRAFT

    def _suggest(self, typed: Typed, given: Found) -> HTMLResponse:
        try:
            added = suggested_topics(self.instance, typed.text, self._itself)
        except UnavailableError:
            return self._answer(typed, replace(given, notice="unavailable"), 503)
        suggested = [ref for refs in added.values() for ref in refs]
        return self._answer(typed.ticking(added), replace(given, suggested=suggested))

    def _check(self, typed: Typed, given: Found, *, publishing: bool) -> HTMLResponse:
        """Problems first; then what is like it, and what it would open."""
        store, before = self.instance.store, self._record_before
        status = Status.PUBLISHED if publishing else self._status_after("save")
        body = typed.body(before) | {"status": status.value}
        code, found = self._refused(
            lambda: editing.prepared(store, self.principal, self.kind, body, before), typed, given
        )
        if not typed.text:
            return self._answer(typed, found, code)
        found = replace(found, checked="" if found.notice else typed.digest)
        try:
            duplicates = likely_duplicates(self.instance, typed, self._itself, self.page)
            country = country_of(store, typed.owners)
            opened = opened_by(self.instance, typed, country, self._itself, self.page)
        except UnavailableError:
            # Without the index nobody can tell; that must not keep anyone from publishing.
            duplicates, opened = None, Opened(unavailable=True)
        return self._answer(typed, replace(found, duplicates=duplicates, opened=opened), code)

    def _write(self, typed: Typed, status: Status, given: Found, wake: Callable[[], None]) -> Response:
        store, before = self.instance.store, self._record_before
        body = typed.body(before) | {"status": status.value}
        written: list[StoredRecord] = []

        def write() -> None:
            if before is None:
                written.append(editing.create(store, self.principal, self.kind, body))
            else:
                written.append(
                    editing.replace(store, self.principal, self.kind, before.id, body, given.if_match)
                )

        code, found = self._refused(write, typed, given)
        if not written:
            return self._answer(typed, found, code)
        wake()
        ref = written[0].record.ref
        # The fragment leads to the top: without one a browser keeps that of the button, at the page's end.
        if status is Status.PUBLISHED:
            return RedirectResponse(self.page.url(f"/{ref}", notice="published") + "#content", 303)
        return RedirectResponse(self.page.url(f"/register/{ref}", notice="saved") + "#notice", 303)

    def _refused(self, attempt: Callable[[], object], typed: Typed, given: Found) -> tuple[int, Found]:
        """Status of the answer, and what to tell, after something that may be refused."""
        try:
            attempt()
        except (InvalidBodyError, InvalidRecordError) as problem:
            problems = problems_of(problem, self.kind, typed.original_language, self.page.language)
            return 422, replace(given, notice="invalid", problems=problems)
        except NotAllowedError as problem:
            return 403, replace(given, notice="not-allowed", detail=said(problem.message, self.page.language))
        except HttpError as problem:
            if problem.status != 412:
                raise
            return 412, replace(given, notice="changed")
        return 200, given

    @property
    def _record_before(self) -> Record | None:
        return self.before.record if self.before is not None else None

    @property
    def _itself(self) -> str | None:
        return self.before.record.ref if self.before is not None else None

    def _answer(self, typed: Typed, found: Found, status: int = 200) -> HTMLResponse:
        """The form with what was typed and what a step came to."""
        page, store, record = self.page, self.instance.store, self._record_before
        fields = fields_of(self.kind)
        choices = party_choices(
            page, self.principal, store, self.reference, typed.owners, owners(record) if record else ()
        )
        known = [choice.ref for choice in choices]
        context: dict[str, Any] = {
            "kind": self.kind.type_name,
            "record": record,
            "path": f"/register/{record.ref if record else self.kind.type_name}",
            "fields": fields,
            "typed": typed,
            "found": found,
            "owner_choices": choices,
            "member": bool(own_parties(store, self.principal)),
            "parties": parties_found(page, store, self.reference, found.party_query, known),
            "clusters": self.reference.clusters_as_tree(page.language),
            "goals": self.reference.goals(page.language),
            "targets": self._targets(),
            "original_languages": list(
                dict.fromkeys([*UN_LANGUAGES, *([record.original_language] if record else [])])
            ),
            "names": lambda codes: [self.reference.name(code, page.language) for code in codes],
            "suggested": self._names(found.suggested) if found.suggested is not None else None,
            "may_publish": record is None or Status.PUBLISHED in {record.status, *TRANSITIONS[record.status]},
            "may_withdraw": record is not None and Status.WITHDRAWN in TRANSITIONS[record.status],
        }
        return page.render("register_form.html", context, status=status)

    def _names(self, refs: Collection[str]) -> list[str]:
        return [self.reference.name(ref, self.page.language) for ref in refs]

    def _targets(self) -> dict[str, list[tuple[str, str]]]:
        """(number, name) of the targets by the number of their goal."""
        targets: dict[str, list[tuple[str, str]]] = {}
        for id_, each in sorted(self.reference.sdgs.items(), key=lambda item: (len(item[0]), item[0])):
            if each.broader is not None:
                name = self.reference.name(f"sdg/{id_}", self.page.language)
                targets.setdefault(each.broader.partition("/")[2], []).append((id_, name))
        return targets
