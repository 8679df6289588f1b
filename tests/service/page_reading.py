"""Pages as a browser asks for them and a reader sees them, and a need to show on them."""

import re
from typing import Any

from lxml import html

from graph_model.nodes import Need
from tests.service.api_fixtures import Api

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
HOSTILE = "<script>alert(1)</script>\u202eevil\u2066"
DIRECTIONAL_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def answer(api: Api, path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.get(path, headers=BROWSER | named)


def parsed(text: str) -> Any:
    return html.fromstring(text)


def page(api: Api, path: str, **headers: str) -> Any:
    found = answer(api, path, **headers)
    assert found.status_code == 200, found.text
    return parsed(found.text)


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def need(id_: str, **changes: Any) -> Need:
    given: dict[str, Any] = {
        "id": id_,
        "title": {"en": id_},
        "clusters": ["cluster/geographical-indications"],
        "sought_by": ["country/KEN"],
        "source": "test",
    }
    return Need(**given | changes)
