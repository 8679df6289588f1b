"""Who is signed in to the pages: a signed cookie without secrets, and the check of forms against forgery.

The cookie names the token by its public id; the token itself is asked for at every request, so that a revoked
or expired one ends the session at once. Forms carry a value that only a page of this instance can know: it is
signed together with the browser's own random cookie, as OWASP's signed double-submit pattern has it.
"""

import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from api.problems import HttpError
from api.tokens import Principal, authenticate, principal_with_id
from graph_model.messages import N_
from graph_model.settings import Settings
from graph_model.store import Store

SESSION_COOKIE: Final = "trimatch_session"
BROWSER_COOKIE: Final = "trimatch_browser"
SESSION_SECONDS: Final = 12 * 3600
FORM_FIELD: Final = "form_key"
KEY_FILE: Final = "session.key"


class Sessions:
    """Signs and reads the cookies of one instance."""

    def __init__(self, settings: Settings) -> None:
        """The key is made at the first use and kept in the home, readable by its owner only."""
        self._key_file = settings.home / KEY_FILE
        self._secure = settings.public_base.startswith("https:")

    @cached_property
    def _session(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(_key(self._key_file), salt="session")

    @cached_property
    def _form(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(_key(self._key_file), salt="form")

    def principal(self, request: Request, store: Store) -> Principal | None:
        """Who is signed in; None for a reader."""
        cookie = request.cookies.get(SESSION_COOKIE)
        if not cookie:
            return None
        try:
            token_id = self._session.loads(cookie, max_age=SESSION_SECONDS)
        except BadSignature:
            return None
        return principal_with_id(store, str(token_id))

    def sign_in(self, store: Store, token: str, response: Response) -> Principal | None:
        """Begin a session for the bearer of a token; None where it is not valid."""
        principal = authenticate(store, token.strip())
        if principal is not None:
            self._set(response, SESSION_COOKIE, self._session.dumps(principal.token_id), SESSION_SECONDS)
        return principal

    def sign_out(self, response: Response) -> None:
        """End the session of this browser."""
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=self._secure)

    def form_key(self, request: Request) -> tuple[str, str]:
        """The value for a form's hidden field, and the browser's cookie that it belongs to."""
        browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(18)
        return self._form.dumps(browser), browser

    def remember_browser(self, response: Response, browser: str) -> None:
        """Give the browser the cookie that its forms are checked against."""
        self._set(response, BROWSER_COOKIE, browser, SESSION_SECONDS)

    def check_form(self, request: Request, form_key: str) -> None:
        """Raises HttpError 403 where a form does not come from a page that this browser was given."""
        browser = request.cookies.get(BROWSER_COOKIE, "")
        try:
            known = str(self._form.loads(form_key, max_age=SESSION_SECONDS))
        except BadSignature:
            known = ""
        if not browser or not hmac.compare_digest(browser.encode(), known.encode()):
            raise HttpError(
                403, N_("this form is too old or not from this site; open the page again and resend")
            )

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=self._secure
        )


def _key(path: Path) -> str:
    """The signing key in this file, made where it is missing; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")
