"""A browser that fills in the forms of registration, signed in as those who may, and reads what they show."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from graph_model.nodes import Need
from graph_model.record import Record, Status
from tests.service.api_fixtures import Api

COFFEE = "Protecting the name of mountain coffee"
FORM_KEY = "form_key"
TokenMaker = Callable[..., str]


class Browser:
    """A reader with cookies who presses the buttons of forms."""

    def __init__(self, api: Api) -> None:
        self.api = api
        api.client.cookies.clear()

    def get(self, path: str, **parameters: Any) -> Any:
        return self.api.client.get(path, params=parameters or None, follow_redirects=False)

    def page(self, path: str, **parameters: Any) -> Any:
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return html.fromstring(answer.text)

    def sign_in(self, token: str) -> "Browser":
        key = self.page("/en/sign-in").xpath(f"//input[@name='{FORM_KEY}']/@value")[0]
        answer = self.post("/en/sign-in", {FORM_KEY: key, "token": token})
        assert answer.status_code == 303, answer.text
        return self

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        return self.api.client.post(path, data=fields, follow_redirects=False)

    def press(self, document: Any, action: str, **changes: Any) -> Any:
        """Send the form of a page as a browser would, with some fields changed: a value, or a list of all."""
        (form,) = document.xpath("//form[@id='register-form']")
        fields: dict[str, list[str]] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        for name, value in changes.items():
            fields[name.replace("__", ".")] = value if isinstance(value, list) else [value]
        return self.post(form.get("action"), fields | {"action": [action]})

    def pressed(self, document: Any, action: str, status: int = 200, **changes: Any) -> Any:
        answer = self.press(document, action, **changes)
        assert answer.status_code == status, answer.text
        return html.fromstring(answer.text)


@pytest.fixture
def member(api: Api, token: TokenMaker) -> Browser:
    """KIPI's officer, over an index in step with the graph."""
    api.instance.catch_up()
    return Browser(api).sign_in(token("member", "kipi"))


@pytest.fixture
def facilitator(api: Api, token: TokenMaker) -> Browser:
    api.instance.catch_up()
    return Browser(api).sign_in(token("facilitator"))


def draft_need(id_: str, owner: str = "country/BRA", **changes: Any) -> Need:
    given: dict[str, Any] = {
        "id": id_,
        "title": {"en": f"{COFFEE} {id_}"},
        "clusters": ["cluster/agriculture"],
        "sought_by": [owner],
        "status": Status.DRAFT,
        "source": "test",
    }
    return Need(**given | changes)


def ticked(document: Any, name: str) -> list[str]:
    values: list[str] = document.xpath(f"//input[@name='{name}'][@checked or @type='hidden']/@value")
    return values


def records_of(api: Api, kind: str = "need") -> dict[str, Record]:
    return {stored.record.ref: stored.record for stored in api.instance.store.records(kind)}
