"""What axe finds in a page. Contrast, its dearest rule, is computed once for texts that look the same."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

SERIOUS: Final = ("serious", "critical")
_CONTRAST: Final = "color-contrast"
# "region" is of moderate impact at most, and takes a quarter of the time that is left without contrast.
_WHOLE_PAGE: Final = json.dumps(
    {
        "resultTypes": ["violations"],
        "preload": False,
        "rules": {_CONTRAST: {"enabled": False}, "region": {"enabled": False}},
    }
)
# A look is what contrast is computed from: these properties of an element and of all that it stands in.
_LOOKS: Final = """() => {
  const PROPERTIES = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight",
    "textShadow", "webkitTextStrokeWidth", "webkitTextStrokeColor", "mixBlendMode", "filter", "clipPath",
    "position", "zIndex"];
  const places = new Map(), looks = [];
  window.lookOf = new Map();
  for (const element of document.querySelectorAll("*")) {
    const style = getComputedStyle(element), outer = window.lookOf.get(element.parentElement) ?? -1;
    const own = PROPERTIES.map((property) => style[property]).join(" | ");
    const key = `${outer} | ${own}`;
    const laidOver = !["static", "relative"].includes(style.position);
    if (!places.has(key)) places.set(key, looks.push([outer, own, laidOver]) - 1);
    window.lookOf.set(element, places.get(key));
  }
  return looks;
}"""
_CONTRAST_OF_LOOKS: Final = f"""async (wanted) => {{
  const unknown = new Set(wanted);
  const hasText = (element) => element.matches("input, select, textarea") ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const elements = [...document.body.querySelectorAll("*")].filter((element) =>
    unknown.has(window.lookOf.get(element)) && hasText(element) &&
    element.checkVisibility({{ visibilityProperty: true }}));
  if (!elements.length) return {{ violations: [], passed: [] }};
  const options = {{ runOnly: ["{_CONTRAST}"], elementRef: true, preload: false }};
  const found = await axe.run({{ include: elements }}, options);
  const passed = found.passes.flatMap((rule) => rule.nodes.map((node) => window.lookOf.get(node.element)));
  for (const rule of found.violations) for (const node of rule.nodes) delete node.element;
  return {{ violations: found.violations, passed: [...new Set(passed)] }};
}}"""

Look = tuple[int | None, str]
"""The number of the look around it, and its own properties."""


@dataclass(slots=True)
class Axe:
    """Looks at pages.

    numbers: every look met so far. legible: those in which axe found enough contrast. laid_over: those of
    texts that may stand over anything, which are looked at every time.
    """

    numbers: dict[Look, int] = field(default_factory=dict)
    legible: set[int] = field(default_factory=set)
    laid_over: set[int] = field(default_factory=set)

    @staticmethod
    def come_with_every_page(context: BrowserContext) -> None:
        """Chromium keeps the script from page to page, which takes less than to send it to each."""
        context.add_init_script(AXE_SCRIPT)

    def findings(self, page: Page) -> list[str]:
        """What is serious or critical in the page as it is now: rule, what is wrong, and the elements."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        violations = page.evaluate(f"axe.run({_WHOLE_PAGE}).then((found) => found.violations)")
        violations += self._low_contrast(page)
        return [_told(each) for each in violations if each["impact"] in SERIOUS]

    def _low_contrast(self, page: Page) -> list[dict[str, Any]]:
        numbers: list[int] = []
        for outer, own, laid_over in page.evaluate(_LOOKS):
            look = (None if outer < 0 else numbers[outer], own)
            numbers.append(self.numbers.setdefault(look, len(self.numbers)))
            if laid_over or (outer >= 0 and numbers[outer] in self.laid_over):
                self.laid_over.add(numbers[-1])
        wanted = [place for place, number in enumerate(numbers) if number not in self.legible]
        found = page.evaluate(_CONTRAST_OF_LOOKS, wanted)
        self.legible.update({numbers[place] for place in found["passed"]} - self.laid_over)
        violations: list[dict[str, Any]] = found["violations"]
        return violations


def _told(violation: dict[str, Any]) -> str:
    elements = "; ".join(f"{node['target']} {node['html'][:200]}" for node in violation["nodes"][:4])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}: {elements}"
