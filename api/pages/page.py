"""What every page of the web interface is made with: its reader's language, its links, its template."""

import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.dependencies import SettingsDependency, StoreDependency
from api.pages import labels
from api.pages.languages import COOKIE, ReaderLanguage, preferred_language, reader_language
from api.pages.session import FORM_FIELD, Sessions
from api.tokens import Principal
from graph_model.settings import Settings
from graph_model.text import UN_LANGUAGES

STATIC: Final = Path(__file__).parent.parent / "static"
YEAR_SECONDS: Final = 365 * 24 * 3600
_DIGEST_LENGTH: Final = 12


class Page:
    """One request for a page: who reads it, in which language, and how it becomes HTML."""

    def __init__(
        self, request: Request, settings: Settings, language: ReaderLanguage, principal: Principal | None
    ) -> None:
        self.request = request
        self.settings = settings
        self.language = language
        self.principal = principal
        self.sessions: Sessions = request.app.state.sessions
        self.label = labels.of(language)

    def url(self, path: str = "/", /, **parameters: Any) -> str:
        """The address of a page in the reader's language: ``/fr/paths?q=…``, without empty parameters."""
        return localised(self.language.code, path, **parameters)

    def in_language(self, code: str) -> str:
        """This page in another language."""
        path = self.request.url.path
        first = path.split("/")[1] if path.count("/") else ""
        rest = path[len(first) + 1 :] if first in UN_LANGUAGES else path
        query = self.request.url.query
        return f"/{code}{rest or '/'}" + (f"?{query}" if query else "")

    def render(
        self,
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """The page as a response. template: a file name under ``templates/pages``."""
        form_key, browser = self.sessions.form_key(self.request)
        body = (
            _environment(self.language.code)
            .get_template(f"pages/{template}")
            .render(
                page=self,
                language=self.language,
                languages=[reader_language(code) for code in UN_LANGUAGES],
                form_field=FORM_FIELD,
                form_key=form_key,
                **(context or {}),
            )
        )
        known = {
            "Content-Language": self.language.code,
            "Vary": "Cookie",
            "Cache-Control": "private, no-cache",
        }
        response = HTMLResponse(body, status, known | dict(headers or {}))
        if FORM_FIELD in body:
            self.sessions.remember_browser(response, browser)
        if status < HTTPStatus.BAD_REQUEST:
            self._remember_language(response)
        return response

    def _remember_language(self, response: HTMLResponse) -> None:
        """An address that names its language is a choice, which holds where another one names none."""
        named = self.request.url.path.startswith(f"/{self.language.code}/")
        if named and self.request.cookies.get(COOKIE) != self.language.code:
            response.set_cookie(
                COOKIE, self.language.code, YEAR_SECONDS, path="/", httponly=True, samesite="lax"
            )


def localised(code: str, path: str = "/", /, **parameters: Any) -> str:
    """The address of a page in a language."""
    given = {name: value for name, value in parameters.items() if value not in (None, "", (), [])}
    query = urlencode(given, doseq=True)
    return f"/{code}{path}" + (f"?{query}" if query else "")


def static(name: str) -> str:
    """The address of a static file; it changes with the content, so that a browser may keep it for ever."""
    return f"/static/{_digest(name)}/{name}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:_DIGEST_LENGTH]


@cache
def _environment(code: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    language = reader_language(code)
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        language.translations, newstyle=True
    )
    environment.globals.update(static=static, label=labels.of(language))
    return environment


def page_in(request: Request, settings: Settings, store: Any, code: str | None = None) -> Page:
    """The page of a request, in the language that its address names, else in the preferred one."""
    first = request.url.path.split("/")[1] if "/" in request.url.path else ""
    chosen = code or (first if first in UN_LANGUAGES else preferred_language(request))
    sessions: Sessions = request.app.state.sessions
    return Page(request, settings, reader_language(chosen), sessions.principal(request, store))


def _page(request: Request, settings: SettingsDependency, store: StoreDependency) -> Page:
    return page_in(request, settings, store)


PageDependency = Annotated[Page, Depends(_page)]
