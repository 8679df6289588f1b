"""Every kind of page in Chromium: no errors, nothing from elsewhere, fits, light, steady, accessible."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import Axe
from tests.browser.site import KINDS, Kind, Site
from tests.browser.visitor import NARROW, WIDE, Visitor

HEAVIEST_BYTES = 150_000
LARGEST_SHIFT = 0.1
VISITS = [
    pytest.param(kind, language, id=f"{kind.name}-{language}")
    for kind in KINDS
    for language in kind.languages
]
Open = Callable[[Kind, str], Visitor]


@pytest.fixture
def opened(reader: Visitor, facilitator: Visitor, places: dict[str, str]) -> Open:
    """Opens the example of a kind of page in a language."""

    def go(kind: Kind, language: str) -> Visitor:
        visitor = facilitator if kind.signed_in else reader
        visitor.go(visitor.site.url(language, kind.path.format(**places)), kind.status)
        return visitor

    return go


@pytest.mark.parametrize(("kind", "language"), VISITS)
def test_page(kind: Kind, language: str, opened: Open, axe: Axe, screenshots: Path | None) -> None:
    """axe looks at the English page wide and at the others narrow."""
    visitor = opened(kind, language)
    page = visitor.page
    shift, weight = visitor.layout_shift(), visitor.weight
    root = page.locator("html")
    findings = [f"wider than 1280 px: {each}" for each in visitor.too_wide(WIDE)]
    if screenshots:
        visitor.keep(screenshots / f"{kind.name}-{language}-1280.png")
    if language == "en":
        findings += axe.findings(page)
    findings += [f"wider than 360 px: {each}" for each in visitor.too_wide(NARROW)]
    if screenshots and language == "ar":
        visitor.keep(screenshots / f"{kind.name}-{language}-360.png")
    if language != "en":
        findings += axe.findings(page)
    findings += visitor.problems
    assert findings == []
    assert root.get_attribute("lang") == language
    assert root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.title()
    assert shift < LARGEST_SHIFT
    assert weight <= HEAVIEST_BYTES


@pytest.mark.parametrize("kind", [each for each in KINDS if each.name in ("results", "paths")])
def test_dark_colours_have_contrast(
    kind: Kind, chromium: Browser, site: Site, axe: Axe, screenshots: Path | None
) -> None:
    context = chromium.new_context(color_scheme="dark", viewport=WIDE)
    page = context.new_page()
    page.goto(site.url("en", kind.path))
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(each) for each in background.strip("rgb()").split(",")) < 80, "the page is not dark"
    if screenshots:
        page.screenshot(path=screenshots / f"{kind.name}-en-dark.png")
    assert axe.findings(page) == []
    context.close()


@pytest.mark.parametrize("changed", ["h1", "main"])
def test_a_text_that_got_paler_is_found(changed: str, reader: Visitor, site: Site, axe: Axe) -> None:
    reader.go(site.url("en", "/help"))
    assert axe.findings(reader.page) == []
    reader.page.locator(changed).first.evaluate("(element) => { element.style.color = '#ccc'; }")
    for _visit in range(2):
        assert any("color-contrast" in each for each in axe.findings(reader.page))
