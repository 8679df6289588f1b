"""Journeys through the site as its readers make them, in three languages, with script and without."""

import csv
import io
import json
from collections.abc import Iterator

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.axe import Axe
from tests.browser.conftest import WAIT_MILLISECONDS
from tests.browser.site import QUESTION, Site, sign_in
from tests.browser.visitor import NARROW, WIDE, Visitor

SCRIPTS = [pytest.param(True, id="script"), pytest.param(False, id="no-script")]
LANGUAGES = ("en", "fr", "ar")
NEED_TITLE = {
    "en": "Geographical indication and quality label for smallholder highland coffee",
    "fr": "Indication géographique et label de qualité pour le café des petits exploitants",
    "ar": "مؤشر جغرافي وعلامة جودة لقهوة صغار المزارعين في المرتفعات",
}
NEED_TEXT = {
    "en": "Growers sell in bulk. We want to define the product, map the area and write its specifications.",
    "fr": "Les producteurs vendent en vrac. Il faut définir le produit et écrire un cahier des charges.",
    "ar": "يبيع المزارعون محصولهم بالجملة. نريد تعريف المنتج ورسم خريطة المنطقة وكتابة دفتر الشروط.",
}


@pytest.fixture(params=SCRIPTS)
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs script."""
    return bool(request.param)


@pytest.fixture
def context(script: bool, chromium: Browser) -> Iterator[BrowserContext]:
    """A new reader's browser."""
    context = chromium.new_context(java_script_enabled=script, viewport=WIDE, accept_downloads=True)
    context.set_default_timeout(WAIT_MILLISECONDS)
    yield context
    context.close()


@pytest.fixture
def visitor(context: BrowserContext, site: Site) -> Visitor:
    """A tab that notes problems."""
    return Visitor(context, site)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_a_sentence_to_a_triangle_its_evidence_and_its_table(
    language: str, script: bool, visitor: Visitor, site: Site
) -> None:
    page = visitor.page
    visitor.go(site.url(language))
    page.fill("#q", QUESTION[language])
    if script:
        # Results come as one types; Enter asks as well, for those who do not wait.
        expect(page.locator("#results a[href*='/paths?q=']")).to_be_visible()
    else:
        page.click("form[data-search] .search-box button")
    expect(page.locator("#results ol.results > li").first).to_be_visible()
    page.click("#results a[href*='/paths?q=']")
    page.wait_for_url(f"**/{language}/paths?q=*")

    triangles = page.locator("article[data-triangle]")
    assert triangles.count() > 1
    first = triangles.first
    picture = first.locator("svg[role=img]")
    assert picture.bounding_box()
    corners = first.locator("[class*='corner-'] dd").all_inner_texts()
    described = " ".join((picture.locator("desc").text_content() or "").split())
    assert len(corners) == 3
    assert all(corner.split("\n")[0].strip() in described for corner in corners), described
    first.locator("details.all-parts summary").click()
    assert first.locator("[data-feature]").first.is_visible()

    pair = first.get_attribute("data-triangle")
    rows = list(csv.reader(io.StringIO(downloaded(page, "csv").decode("utf-8-sig"))))
    assert len(rows) > triangles.count()
    sheet = load_workbook(io.BytesIO(downloaded(page, "xlsx"))).worksheets[0]
    assert sheet.max_row > triangles.count()
    assert (sheet.sheet_view.rightToLeft or False) is (language == "ar")
    linked = page.locator("[data-download=jsonld]").get_attribute("href") or ""
    assert json.loads(page.request.get(linked if "://" in linked else site.base + linked).text())

    evidence = first.locator("[data-side] .evidence a").first
    text = evidence.inner_text()
    evidence.click()
    expect(page.locator("article.node")).to_be_visible()
    assert page.locator("h1").inner_text().strip()
    assert page.locator("#provenance .badge").is_visible(), text
    page.go_back()
    excluded = page.locator(f"article[data-triangle='{pair}'] [data-exclude]").first
    partner = excluded.get_attribute("data-exclude")
    excluded.click()
    page.wait_for_url("**exclude=**")
    assert page.locator(f"article [data-exclude='{partner}']").count() == 0
    page.locator("input[name=pair]").nth(0).check()
    page.locator("input[name=pair]").nth(1).check()
    page.click("#compare button")
    expect(page.locator("#comparison thead th")).to_have_count(2)
    assert visitor.problems == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_export_form_to_a_file(language: str, script: bool, visitor: Visitor, site: Site) -> None:
    page = visitor.page
    visitor.go(site.url(language))
    page.locator(f"nav a[href='/{language}/export']").click()
    page.check("input[name=type][value=partnership]")
    page.select_option("#format", "csv")
    if script:
        expect(page.locator("#download[href*='/export/csv'][href*='type=partnership']")).to_be_visible()
    else:
        page.click("[data-action=count]")
    total = int(page.locator("[data-total]").get_attribute("data-total") or 0)
    with page.expect_download() as download:
        page.click("#download")
    with download.value.path().open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == total > 0
    assert visitor.problems == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_a_need_in_ones_own_words_to_being_found(
    language: str, script: bool, visitor: Visitor, site: Site, axe: Axe
) -> None:
    page = visitor.page
    title = f"{NEED_TITLE[language]} ({'1' if script else '2'})"
    sign_in(page, site, language)
    page.click("[data-register-kind=need]")
    page.fill("#title", title)
    page.fill("#description", NEED_TEXT[language])
    page.fill("#party_query", "Kenya")
    if not script:
        page.click("[data-action=find]")
    page.locator("#owners-found input[value='country/KEN']").check()
    page.click("[data-action=suggest]")
    expect(page.locator("#suggestion")).to_be_visible()
    expect(page.locator("#clusters input:checked")).not_to_have_count(0)
    expect(page.locator("input[value='country/KEN']:checked")).to_have_count(1)
    page.click("[data-action=publish]")

    expect(page.locator("#duplicates [data-similar^='need/']").first).to_be_visible()
    expect(page.locator("#opened [data-opened]")).not_to_have_count(0)
    if script:
        assert visitor.too_wide(NARROW) == []
        assert visitor.too_wide(WIDE) == []
        assert axe.findings(page) == []
    page.click("[data-action=save]")
    expect(page.locator("[data-status=draft]")).to_be_visible()
    editing = page.url.partition("?")[0].partition("#")[0]
    ref = editing.partition("/register/")[2]
    assert httpx.get(site.url(language, f"/{ref}"), headers={"Accept": "text/html"}).status_code == 404
    page.click("[data-action=publish]")
    expect(page.locator("#duplicates")).to_be_visible()
    page.click("[data-action=publish]")
    page.wait_for_url(f"**/{language}/{ref}*")
    assert page.locator("h1").inner_text() == title

    assert is_found(page, site, language, title, ref)
    page.goto(f"{editing}/withdraw")
    page.click("[data-action=withdraw-now]")
    expect(page.locator("#notice")).to_be_visible()
    gone = page.goto(site.url(language, f"/{ref}"))
    assert gone is not None
    assert gone.status == 410
    assert visitor.problems == []


def downloaded(page: Page, name: str) -> bytes:
    """The file behind a download link of the triangles."""
    menu = page.locator("#downloads")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    with page.expect_download() as download:
        page.click(f"[data-download={name}]")
    return download.value.path().read_bytes()


def is_found(page: Page, site: Site, language: str, text: str, ref: str) -> bool:
    """Whether a search finds a record; the index follows the graph within seconds."""
    for _attempt in range(40):
        page.goto(site.url(language, q=text))
        if page.locator(f"#results a[href='/{language}/{ref}']").count():
            return True
        page.wait_for_timeout(500)
    return False


@pytest.mark.parametrize("script", [pytest.param(True, id="script")], indirect=True)
@pytest.mark.parametrize(
    ("path", "field", "typed", "shown"),
    [
        ("", "#q", QUESTION["en"], "#results li.result"),
        ("/register/need", "#party_query", "Kenya", "#owners-found input[value='country/KEN']"),
        ("/export", "#export-form select[name=cluster]", "geographical-indications", "#export-result"),
    ],
)
def test_what_is_entered_before_the_script_has_come_is_answered(
    path: str, field: str, typed: str, shown: str, visitor: Visitor, site: Site
) -> None:
    page = visitor.page
    sign_in(page, site, "en")
    held: list[Route] = []
    page.route("**/trimatch.js*", lambda route: held.append(route))
    with page.expect_request("**/trimatch.js*"):
        page.goto(site.url("en", path), wait_until="commit")
    if field.startswith("#export"):
        page.select_option(field, typed)
    else:
        page.fill(field, typed)
    with page.expect_response(lambda answer: "fragment=true" in answer.url):
        held[0].continue_()
    expect(page.locator(shown).first).to_be_visible()
