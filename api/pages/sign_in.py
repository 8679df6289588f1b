"""Signing in with a token, and out."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.dependencies import StoreDependency
from api.pages.page import PageDependency
from api.pages.session import FORM_FIELD

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(page: PageDependency, then: str = "") -> HTMLResponse:
    """The form that asks for a token. then: path of the page to go on to."""
    return page.render("sign_in.html", {"then": then, "refused": False})


@router.post("/sign-in")
def sign_in(
    page: PageDependency,
    store: StoreDependency,
    token: Annotated[str, Form(max_length=200)],
    form_key: Annotated[str, Form(alias=FORM_FIELD)],
    then: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Begin a session."""
    page.sessions.check_form(page.request, form_key)
    onward = RedirectResponse(_own_path(then) or page.url("/register"), 303)
    if page.sessions.sign_in(store, token, onward) is None:
        return page.render("sign_in.html", {"then": then, "refused": True}, status=403)
    return onward


@router.post("/sign-out")
def sign_out(page: PageDependency, form_key: Annotated[str, Form(alias=FORM_FIELD)]) -> Response:
    """End the session."""
    page.sessions.check_form(page.request, form_key)
    onward = RedirectResponse(page.url("/"), 303)
    page.sessions.sign_out(onward)
    return onward


def _own_path(path: str) -> str | None:
    """The path, if it leads nowhere but to this site."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe else None
