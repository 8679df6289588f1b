"""The pages without a mouse: the way past the navigation, the order of Tab, menus."""

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.site import ASKED, QUESTION, Site
from tests.browser.visitor import Visitor

_NAME: Final = """
  const name = (element) => element.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
"""
_INTERACTIVE: Final = f"""() => {{ {_NAME}
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const shown = {{ visibilityProperty: true, contentVisibilityAuto: true }};
  return [...all].filter((element) => !element.disabled && element.checkVisibility(shown)).map(name);
}}"""
_NOTE_FOCUS: Final = f"""() => {{ {_NAME}
  window.focused = [];
  document.addEventListener("focusin", (event) => window.focused.push(name(event.target)));
}}"""
_FOCUS_SHOWS: Final = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return (ring || style.boxShadow !== "none") && box.width > 0 && box.right > 0 && box.bottom > 0;
}"""


def focused(page: Page) -> str:
    """The opening tag of what has the focus."""
    return str(page.evaluate("document.activeElement.cloneNode(false).outerHTML"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_skip_link_leads_past_the_navigation(language: str, reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url(language))
    page.keyboard.press("Tab")
    assert 'class="skip"' in focused(page)
    assert page.evaluate(_FOCUS_SHOWS)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert 'id="q"' in focused(page)


@pytest.mark.parametrize(
    "path", [pytest.param(f"/?q={QUESTION['en']}", id="search"), pytest.param(f"/paths?{ASKED}", id="paths")]
)
def test_tab_reaches_everything_in_the_order_of_the_page(path: str, reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url("en", path))
    wanted = page.evaluate(_INTERACTIVE)
    page.evaluate(_NOTE_FOCUS)
    for _step in wanted:
        page.keyboard.press("Tab")
    assert page.evaluate("window.focused") == wanted


def test_focus_shows_on_each_kind_of_control(reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url("en", f"/paths?{ASKED}"))
    page.keyboard.press("Tab")
    for selector in ("a.brand", "summary", "textarea", "select", "button", "input[name=pair]", ".evidence a"):
        page.locator(f"{selector}:visible").first.focus()
        assert page.evaluate(_FOCUS_SHOWS), f"the focus on {selector} cannot be seen"


@pytest.mark.parametrize(
    ("path", "menu"),
    [("/", ".reader details.menu"), (f"/paths?{ASKED}", "#downloads"), ("/", "details.filters")],
)
def test_menus_open_and_close_by_keyboard(path: str, menu: str, reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url("ar", path))
    details = page.locator(menu)
    details.locator("summary").first.focus()
    was_open = details.get_attribute("open") is not None
    for expected in (not was_open, was_open):
        page.keyboard.press("Enter")
        assert (details.get_attribute("open") is not None) is expected


def test_escape_closes_a_menu_from_within_it(reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url("en", f"/paths?{ASKED}"))
    page.locator("#downloads summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert "data-permalink" in focused(page)
    page.keyboard.press("Escape")
    assert page.locator("#downloads").get_attribute("open") is None
    assert focused(page).startswith("<summary")


def test_language_is_chosen_by_keyboard(reader: Visitor, site: Site) -> None:
    page = reader.page
    reader.go(site.url("en", "/help"))
    page.locator(".reader details.menu summary").focus()
    page.keyboard.press("Enter")
    page.locator(".reader details.menu a[lang=ar]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ar/help")
    assert page.locator("html").get_attribute("dir") == "rtl"
