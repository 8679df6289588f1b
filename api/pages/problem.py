"""An error in the form that its reader prefers: a problem document, or a page that helps on.

Every problem document that leaves the application passes ProblemPages, which puts a page in its place where
Accept prefers HTML. Status and headers stay. The page needs no store, so that it also tells of one that is
down; without the reader's session it only lacks the button that signs out.
"""

import json
import logging
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as SentMessage

from api.negotiation import HTML, Representation, accept_header, preferred
from api.pages.languages import preferred_language, reader_language
from api.pages.messages import said
from api.pages.page import Page
from api.problems import MEDIA_TYPE, MESSAGES_KEY, ProblemMessages, from_exception
from api.tokens import Principal
from graph_model.direction import harmless
from graph_model.errors import TrimatchError
from graph_model.messages import N_, Message
from graph_model.text import UN_LANGUAGES

PROBLEM: Final = Representation("problem", MEDIA_TYPE, ".json")
VARY: Final = "Accept, Accept-Language, Cookie"
TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        N_("This request could not be read"),
        N_("Something in the address is not understood. Start again from the search."),
    ),
    401: (N_("Sign in first"), N_("This page needs a token that is valid now.")),
    403: (
        N_("This is not allowed"),
        N_("You may not do this. Perhaps the session has ended: sign in, open the page again and repeat it."),
    ),
    404: (
        N_("Nothing is here"),
        N_("Nothing published has this address. Perhaps it was mistyped. The search finds what there is."),
    ),
    405: (N_("This address does not work like that"), N_("Open the page again and use its buttons.")),
    406: (
        N_("There is no such form"),
        N_("What is here does not exist in the form that was asked for. The details name those that it has."),
    ),
    408: (N_("The request took too long"), N_("What you sent did not arrive in time. Send it again.")),
    409: (
        N_("This contradicts what is stored"),
        N_("Someone else has changed it meanwhile, or it exists already. Open the page again and compare."),
    ),
    410: (
        N_("This record is no longer published"),
        N_("It was published here once, but is withdrawn, closed or deleted now. Search for one like it."),
    ),
    412: (N_("This record has changed meanwhile"), N_("Open the page again and repeat your change.")),
    413: (N_("This is too large"), N_("What you sent is larger than this site reads. Send less.")),
    422: (N_("Some fields are wrong"), N_("Go back, correct the fields below, and send it again.")),
    429: (
        N_("Too many requests"),
        N_("More requests came from your network than this site answers at once."),
    ),
    500: (
        N_("Something failed here"),
        N_("It is not your fault. Try again; if it fails again, ask for help with the details below."),
    ),
    503: (
        N_("Not available for the moment"),
        N_("A part of this site cannot be reached now. Nothing is lost. Try again shortly."),
    ),
}
_OTHER_CLIENT_ERROR: Final = TEXTS[400]
_OTHER_SERVER_ERROR: Final = TEXTS[500]
_SEARCH_HELPS: Final = frozenset({400, 404, 405, 406, 410})
_SIGN_IN_HELPS: Final = frozenset({401, 403})
_TRYING_AGAIN_HELPS: Final = frozenset({408, 429, 500, 503})

logger = logging.getLogger(__name__)


class ProblemPages:
    """Puts a page in the place of every problem document whose reader prefers HTML."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app = app
        self.base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = _ProblemSender(Request(scope), receive, send)
        try:
            await self.app(scope, receive, sender)
        except Exception as error:
            if sender.started:
                raise
            await from_exception(self.base, error)(scope, receive, sender)


class _ProblemSender:
    """Passes an answer on; holds a problem document back until all of it is there."""

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self.started = False
        self._request = request
        self._receive = receive
        self._send = send
        self._held: SentMessage | None = None
        self._body = b""

    async def __call__(self, message: SentMessage) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if Headers(scope=message).get("content-type") == MEDIA_TYPE:
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._answer(self._held)
            return
        await self._send(message)

    async def _answer(self, start: SentMessage) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Vary"] = VARY
        answer = Response(self._body, start["status"], dict(headers))
        if _prefers_page(self._request):
            messages = self._request.scope.get(MESSAGES_KEY)
            answer = await run_in_threadpool(problem_page, self._request, answer, messages)
        await answer(self._request.scope, self._receive, self._send)


def problem_in_form(request: Request, public_base: str, error: Exception) -> Response:
    """The problem document of an error, as a page where Accept prefers HTML; status and headers are equal."""
    answer = from_exception(public_base, error)
    answer.headers["Vary"] = VARY
    return problem_page(request, answer, answer.messages) if _prefers_page(request) else answer


def problem_page(request: Request, document: Response, messages: ProblemMessages | None = None) -> Response:
    """The page of a problem document, with its status and headers; the document where that fails.

    messages: what the document says, to be translated; without them the page says it in English.
    """
    kept = {
        name: value
        for name, value in document.headers.items()
        if name not in ("content-length", "content-type")
    }
    problem = json.loads(bytes(document.body))
    try:
        page = _page(request, document.status_code)
        context = _context(page, problem, kept.get("retry-after", "")) | _told(problem, messages, page)
        return page.render("problem.html", context, status=document.status_code, headers=_titled(kept))
    except Exception:
        logger.exception("the page of an error failed")
        return document


def _told(problem: Mapping[str, Any], messages: ProblemMessages | None, page: Page) -> dict[str, Any]:
    """What the document says beside its kind, as far as it can be in the reader's language."""
    known = messages or ProblemMessages(Message(problem["detail"]))
    rows = zip_longest(problem["errors"], known.errors)
    return {
        "detail": said(known.detail, page.language),
        "reasons": [
            said(message or Message(f"{error['reason']}; {error['remedy']}"), page.language)
            for error, message in rows
        ],
    }


def _titled(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers under the names that those of pages have, so that they take their places."""
    return {name.title(): value for name, value in headers.items()}


def _prefers_page(request: Request) -> bool:
    return preferred(accept_header(request), (PROBLEM, HTML)) == HTML


def _page(request: Request, status: int) -> Page:
    first = request.url.path.partition("/")[2].partition("/")[0]
    code = first if first in UN_LANGUAGES else preferred_language(request)
    principal = _principal(request) if status < 500 else None
    return Page(request, request.app.state.settings, reader_language(code), principal)


def _principal(request: Request) -> Principal | None:
    """Who is signed in; None also where the store that would tell cannot be reached."""
    state = request.app.state
    if state.instance is None:
        return None
    try:
        found: Principal | None = state.sessions.principal(request, state.instance.store)
    except TrimatchError:
        return None
    return found


def _context(page: Page, problem: Mapping[str, Any], retry_after: str) -> dict[str, Any]:
    status = problem["status"]
    title, advice = TEXTS.get(status, _OTHER_CLIENT_ERROR if status < 500 else _OTHER_SERVER_ERROR)
    query = page.request.url.query
    # One slash only: an address that begins with two names another host.
    here = "/" + page.request.url.path.lstrip("/") + (f"?{query}" if query else "")
    readable = page.request.method in ("GET", "HEAD")
    return {
        "problem": problem,
        "title": page.language.gettext(title),
        "advice": page.language.gettext(advice),
        "searches": status in _SEARCH_HELPS,
        "sign_in": page.url("/sign-in", then=here if readable else "") if status in _SIGN_IN_HELPS else "",
        "again": here if readable and status in _TRYING_AGAIN_HELPS else "",
        "retry_after": int(retry_after) if retry_after.isdecimal() else None,
        "harmless": harmless,
    }
