"""The two screenshots of the README: there, small, and written anew by ``pytest --readme-screenshots``."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.site import ASKED, QUESTION, Site

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screenshots"
LARGEST_BYTES = 200_000
VIEWPORT = ViewportSize(width=1100, height=780)
SUBJECTS = {
    "search": (f"/?q={QUESTION['en']}", "main"),
    "triangle": (f"/paths?{ASKED}", "article[data-triangle]"),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_written_anew(name: str, request: pytest.FixtureRequest, chromium: Browser, site: Site) -> None:
    if not request.config.getoption("--readme-screenshots"):
        pytest.skip("the screenshots are written with --readme-screenshots only")
    path, subject = SUBJECTS[name]
    page = chromium.new_page(viewport=VIEWPORT)
    page.goto(site.url("en", path))
    place = page.locator(subject).first.bounding_box()
    assert place is not None
    height = min(VIEWPORT["height"], place["height"])
    place |= {"height": height} if name == "triangle" else {"x": 0, "y": 0, "width": 1100, "height": 780}
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True, clip=place)
    page.close()


def test_readme_shows_them_and_they_are_small() -> None:
    shown = re.findall(r"!\[[^\]]+\]\((docs/screenshots/[^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert sorted(shown) == [f"docs/screenshots/{name}.png" for name in sorted(SUBJECTS)]
    assert all((ROOT / path).stat().st_size <= LARGEST_BYTES for path in shown)
