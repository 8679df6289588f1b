"""The help: the three roles, the modalities, and what the score is and is not."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.pages.page import PageDependency

router = APIRouter()


@router.get("/help")
def help_page(page: PageDependency) -> HTMLResponse:
    """The help page."""
    return page.render("help.html")
