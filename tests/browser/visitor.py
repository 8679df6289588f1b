"""A tab that notes what its reader does not see: errors, requests to other hosts, shifts, bytes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from tests.browser.site import Site

WIDE: Final = ViewportSize(width=1280, height=900)
NARROW: Final = ViewportSize(width=360, height=740)
LONGEST_PICTURE: Final = 2_400
_OWN_SCHEMES: Final = ("data", "blob", "about")
_WATCH_SHIFTS: Final = """
  window.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
_TOO_WIDE: Final = """() => {
  const root = document.documentElement, width = root.clientWidth;
  if (root.scrollWidth <= width) return [];
  const scrolls = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  };
  const out = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && (box.right > width + 1 || box.left < -1) && !scrolls(element);
  });
  const named = out.map((element) => element.cloneNode(false).outerHTML.slice(0, 160));
  return named.length ? named.slice(0, 8) : [`the page is ${root.scrollWidth} wide`];
}"""


@dataclass
class Visitor:
    """A tab. The problems and weight are those of the page that was gone to last."""

    context: BrowserContext
    site: Site
    problems: list[str] = field(default_factory=list)
    weight: int = 0

    def __post_init__(self) -> None:
        """Open the tab; script errors, refused content and requests elsewhere are noted from here on."""
        self.context.add_init_script(_WATCH_SHIFTS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._request)
        network = self.context.new_cdp_session(self.page)
        network.on("Network.loadingFinished", self._loaded)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def go(self, url: str, status: int = 200) -> None:
        """Open a page and wait until it is loaded; the status has to be this one."""
        self.problems.clear()
        self.weight = 0
        self.page.set_viewport_size(WIDE)
        answer = self.page.goto(url)
        assert answer is not None
        assert answer.status == status, f"{url} answered {answer.status}"

    def layout_shift(self) -> float:
        """The cumulative layout shift until now."""
        return float(self.page.evaluate("window.layoutShift"))

    def too_wide(self, size: ViewportSize) -> list[str]:
        """Elements that make the page scroll sideways at this size of window; it stays at this size."""
        self.page.set_viewport_size(size)
        found: list[str] = self.page.evaluate(_TOO_WIDE)
        return found

    def keep(self, path: Path) -> None:
        """Keep a picture of the page, of its upper part where it is very long."""
        size = self.page.viewport_size or WIDE
        height = int(self.page.evaluate("document.documentElement.scrollHeight"))
        # A window of that height: Chromium needs ten seconds to draw the whole of a page of 30,000 px.
        self.page.set_viewport_size({"width": size["width"], "height": min(height, LONGEST_PICTURE)})
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports a page that answers with an error as an error of its console.
        of_the_page = message.location.get("url", "") == self.page.url
        if message.type in ("error", "warning") and not (
            of_the_page and "the server responded" in message.text
        ):
            self.problems.append(f"console {message.type}: {message.text} ({message.location})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _OWN_SCHEMES and not request.url.startswith(self.site.base):
            self.problems.append(f"request to another host: {request.url}")

    def _loaded(self, event: dict[str, Any]) -> None:
        self.weight += int(event["encodedDataLength"])
