"""Registering records in the pages: each step of the form, who may do what, and what stays hidden."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from lxml import html

from api.pages.register_form import REGISTERED, fields_of
from graph_model.nodes import Country, Need, Offer, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api, token

__all__ = ["api", "token"]
HOSTILE = '"><script>alert(1)</script>\u202eevil\u2066'
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


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def ticked(document: Any, name: str) -> list[str]:
    values: list[str] = document.xpath(f"//input[@name='{name}'][@checked or @type='hidden']/@value")
    return values


def records_of(api: Api, kind: str = "need") -> dict[str, Record]:
    return {stored.record.ref: stored.record for stored in api.instance.store.records(kind)}


PAGES = (
    "/en/register",
    "/en/register/need",
    "/en/register/need/coffee-label",
    "/fr/register/parties?type=need",
)


@pytest.mark.parametrize("path", [*PAGES, "/ar/register/need/coffee-label/withdraw"])
def test_a_reader_without_a_session_is_led_to_sign_in_and_back(api: Api, path: str) -> None:
    answer = Browser(api).get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/{path[1:3]}/sign-in?then=%2F{path[1:3]}%2Fregister")


@pytest.mark.parametrize("path", ["/en/register/need", "/en/register/need/coffee-label"])
def test_a_form_sent_without_a_session_writes_nothing(api: Api, path: str) -> None:
    before = records_of(api)
    answer = Browser(api).post(path, {"action": "save", "title": "Sent by nobody"})
    assert answer.status_code == 303
    assert records_of(api) == before


@pytest.mark.parametrize("key", [None, "", "forged", "IjEyMyI.aaaaaa.bbbbbb"])
@pytest.mark.parametrize("path", ["/en/register/need", "/en/register/need/coffee-label"])
def test_a_form_from_elsewhere_is_refused(member: Browser, key: str | None, path: str) -> None:
    before = records_of(member.api)
    fields = {"action": "save", "title": "Forged"} | ({FORM_KEY: key} if key is not None else {})
    assert member.post(path, fields).status_code == 403
    withdrawal = {name: value for name, value in fields.items() if name == FORM_KEY} | {"if_match": "*"}
    assert member.post("/en/register/need/coffee-label/withdraw", withdrawal).status_code == 403
    assert records_of(member.api) == before


def test_a_form_key_of_another_browser_is_refused(member: Browser) -> None:
    key = member.page("/en/register/need").xpath(f"//input[@name='{FORM_KEY}']/@value")[0]
    member.api.client.cookies.delete("trimatch_browser")
    assert member.post("/en/register/need", {FORM_KEY: key, "action": "save"}).status_code == 403


@pytest.mark.parametrize("kind", REGISTERED)
@pytest.mark.parametrize("code", UN_LANGUAGES)
def test_every_form_opens_in_every_language(facilitator: Browser, kind: str, code: str) -> None:
    document = facilitator.page(f"/{code}/register/{kind}")
    names = set(document.xpath("//form[@id='register-form']//@name"))
    fields = fields_of(REGISTERED[kind])
    assert {each.name for each in fields.texts} | set(fields.addresses) | {"clusters", "sdgs"} <= names
    assert document.get("dir") == ("rtl" if code == "ar" else "ltr")
    assert document.xpath("//select[@name='original_language']/option[@selected]/@value") == [code]


def test_the_way_from_a_text_to_a_published_record(member: Browser) -> None:
    form = member.page("/en/register/need")
    assert ticked(form, "sought_by") == ["stakeholder/kipi"]
    typed: dict[str, Any] = {
        "title": COFFEE,
        "description": "Traders blend it. Growers need a protected label of origin.",
    }

    suggested = member.pressed(form, "suggest", **typed)
    assert "cluster/geographical-indications" in ticked(suggested, "clusters")
    assert "sdg/2" in ticked(suggested, "sdgs")
    assert suggested.xpath("//*[@data-suggested='cluster/geographical-indications']")
    assert suggested.get_element_by_id("title").value == COFFEE

    asked = member.pressed(suggested, "publish")
    assert asked.xpath("//section[@id='duplicates']//@data-similar") == ["need/coffee-label"]
    assert asked.xpath("//section[@id='opened']")
    assert len(records_of(member.api)) == 1, "nothing is published before the reader has seen what is like it"

    answer = member.press(asked, "publish")
    assert answer.status_code == 303
    (new,) = set(records_of(member.api)) - {"need/coffee-label"}
    assert answer.headers["Location"] == f"/en/{new}?notice=published#content"
    record = records_of(member.api)[new]
    assert record.status is Status.PUBLISHED
    assert record.original_language == "en"
    assert isinstance(record, Need)
    assert record.sought_by == ["stakeholder/kipi"]
    assert new in member.api.found("protected label for coffee growers")


def test_suggestions_are_not_forced(member: Browser) -> None:
    suggested = member.pressed(member.page("/en/register/need"), "suggest", title=COFFEE)
    member.press(suggested, "save", clusters=[], sdgs=[])
    (new,) = set(records_of(member.api)) - {"need/coffee-label"}
    assert records_of(member.api)[new].canonical()["clusters"] == []


def test_a_text_that_changed_after_the_check_is_checked_again(member: Browser) -> None:
    checked = member.pressed(member.page("/en/register/need"), "check", title="Something entirely different")
    assert not checked.xpath("//@data-similar")
    again = member.pressed(checked, "publish", title=COFFEE)
    assert again.xpath("//@data-similar") == ["need/coffee-label"]
    assert len(records_of(member.api)) == 1


def test_a_draft_is_saved_edited_published_and_withdrawn(member: Browser) -> None:
    saved = member.press(member.page("/fr/register/offer"), "save", title="Former des examinateurs")
    assert saved.status_code == 303
    path = saved.headers["Location"].partition("?")[0]
    ref = path.removeprefix("/fr/register/")
    assert saved.headers["Location"] == f"{path}?notice=saved#notice"
    stored = records_of(member.api, "offer")[ref]
    assert (stored.status, stored.heading) == (Status.DRAFT, {"fr": "Former des examinateurs"})

    form = member.page(path, notice="saved")
    assert form.xpath("//*[@id='notice']")
    added = member.pressed(form, "check", title__en="Training of examiners", resources=["human"])
    assert member.press(added, "publish").headers["Location"] == f"/fr/{ref}?notice=published#content"
    published = records_of(member.api, "offer")[ref]
    assert published.status is Status.PUBLISHED
    assert published.heading == {"en": "Training of examiners", "fr": "Former des examinateurs"}

    question = member.page(f"{path}/withdraw")
    (form,) = question.xpath("//form[@id='withdraw-form']")
    assert records_of(member.api, "offer")[ref].status is Status.PUBLISHED, "asking withdraws nothing"
    assert member.post(form.get("action"), dict(form.form_values())).status_code == 303
    assert records_of(member.api, "offer")[ref].status is Status.WITHDRAWN
    assert ref not in member.api.found("Former des examinateurs")


def test_what_no_form_shows_is_kept_when_a_record_is_edited(facilitator: Browser) -> None:
    rich = draft_need("rich", licence="CC BY 4.0", source_identifier="42", source="elsewhere").model_copy(
        update={"authenticity": Authenticity.ILLUSTRATIVE, "title": {"en": "Old", "pt": "Velho"}}
    )
    facilitator.api.instance.store.write([rich])
    form = facilitator.page("/en/register/need/rich")
    assert facilitator.press(form, "save", title="New").status_code == 303
    assert records_of(facilitator.api)["need/rich"] == rich.model_copy(
        update={"title": {"en": "New", "pt": "Velho"}}
    )


def test_a_record_that_changed_meanwhile_is_not_overwritten(member: Browser) -> None:
    form = member.page("/en/register/need/coffee-label")
    stored = member.api.instance.store.get("need/coffee-label")
    assert stored is not None
    member.api.instance.store.write(
        [stored.record.model_copy(update={"title": {"en": "Changed by another"}})]
    )
    checked = member.pressed(form, "check", title="Mine")
    refused = member.pressed(checked, "publish", 412)
    assert refused.get_element_by_id("title").value == "Mine"
    assert refused.xpath("//*[@id='problems']")
    assert records_of(member.api)["need/coffee-label"].heading == {"en": "Changed by another"}
    question = member.page("/en/register/need/coffee-label/withdraw")
    (withdrawal,) = question.xpath("//form[@id='withdraw-form']")
    answer = member.post(withdrawal.get("action"), dict(withdrawal.form_values()) | {"if_match": '"old"'})
    assert answer.status_code == 412


def test_mistakes_are_shown_at_their_fields_and_what_was_typed_is_kept(facilitator: Browser) -> None:
    form = facilitator.page("/en/register/practice")
    answer = facilitator.pressed(
        form, "save", 422, description="Kept as it was typed", links="ftp://old\nhttps://good.example"
    )
    assert words(answer.get_element_by_id("problem-title")) == (
        "Give a title in the language in which you write."
    )
    assert "Choose at least one" in words(answer.get_element_by_id("problem-shared_by"))
    assert "ftp://old" in words(answer.get_element_by_id("problem-links"))
    assert answer.get_element_by_id("title").get("aria-describedby") == "problem-title"
    assert answer.get_element_by_id("description").value == "Kept as it was typed"
    assert answer.get_element_by_id("links").value == "ftp://old\nhttps://good.example"
    (targets) = [link.removeprefix("#") for link in answer.xpath("//*[@id='problems']//a/@href")]
    assert all(answer.xpath(f"//*[@id='{target}']") for target in targets)
    long = facilitator.pressed(form, "save", 422, title="x" * 501)
    assert "500" in words(long.get_element_by_id("problem-title"))


def test_an_unknown_type_and_an_unknown_record_are_not_found(facilitator: Browser) -> None:
    for path in ("/en/register/partnership", "/en/register/need/never-was", "/en/register/country/KEN"):
        assert facilitator.get(path).status_code == 404


def test_a_facilitator_finds_for_whom_to_register(facilitator: Browser) -> None:
    hidden = Stakeholder(
        id="hidden",
        name={"en": "Hidden Kenya office"},
        kind=StakeholderKind.NGO,
        status=Status.DRAFT,
        source="test",
    )
    facilitator.api.instance.store.write([hidden])
    form = facilitator.page("/en/register/need")
    found = facilitator.pressed(form, "find", title="Typed before", party_query="kenya")
    offered = found.xpath("//*[@id='owners-found']//input/@value")
    assert offered == ["country/KEN", "stakeholder/kipi"]
    assert found.get_element_by_id("title").value == "Typed before"
    chosen = facilitator.pressed(found, "find", party_query="jap", sought_by=["stakeholder/kipi"])
    assert ticked(chosen, "sought_by") == ["stakeholder/kipi"]
    fragment = facilitator.page("/en/register/parties", type="need", party_query="kipi")
    assert fragment.xpath("//input/@value") == ["stakeholder/kipi"]
    assert facilitator.press(chosen, "save").status_code == 303


@pytest.mark.parametrize("other", ["stakeholder/wipo", "country/BRA"])
def test_a_member_cannot_write_for_others(member: Browser, other: str) -> None:
    form = member.page("/en/register/need")
    answer = member.pressed(form, "save", 403, title="For others", sought_by=["stakeholder/kipi", other])
    assert answer.get_element_by_id("title").value == "For others"
    assert answer.xpath("//*[@id='problems']")
    assert member.press(form, "save", title="For others", sought_by=[other]).status_code == 403
    assert len(records_of(member.api)) == 1


def test_a_member_cannot_open_or_change_what_belongs_to_others(member: Browser) -> None:
    member.api.instance.store.write([draft_need("of-brazil")])
    form = member.page("/en/register/need/coffee-label")
    key = dict(form.xpath("//form[@id='register-form']")[0].form_values())[FORM_KEY]
    expected = {"offer/capacitacion-ig": 403, "need/of-brazil": 404}
    for ref, status in expected.items():
        before = member.api.instance.store.get(ref)
        for path in (f"/en/register/{ref}", f"/en/register/{ref}/withdraw"):
            assert member.get(path).status_code == status
            fields = {FORM_KEY: key, "title": "Mine now", "if_match": "*", "action": "save"}
            answer = member.post(path, fields | {"sought_by": "stakeholder/kipi"})
            assert answer.status_code == status
            assert COFFEE not in answer.text
        assert member.api.instance.store.get(ref) == before


def test_a_member_cannot_take_a_co_owner_away(member: Browser) -> None:
    member.api.instance.store.write([draft_need("shared", sought_by=["stakeholder/kipi", "country/BRA"])])
    form = member.page("/en/register/need/shared")
    assert form.xpath("//label[@data-fixed]//input[@type='hidden']/@value") == ["country/BRA"]
    assert member.press(form, "save", sought_by=["stakeholder/kipi"]).status_code == 403
    assert member.press(form, "save", title="Ours").status_code == 303


def test_the_list_shows_a_member_its_own_records_only(member: Browser) -> None:
    own, theirs = draft_need("mine", "stakeholder/kipi"), draft_need("theirs")
    member.api.instance.store.write([own, theirs])
    document = member.page("/en/register")
    assert document.xpath("//@data-record") == ["need/mine", "need/coffee-label"]
    assert words(document.get_element_by_id("records-count")) == "2 records"
    drafts = member.page("/en/register", status="draft")
    assert drafts.xpath("//@data-record") == ["need/mine"]


def test_a_facilitator_sees_all_drafts_a_page_at_a_time(facilitator: Browser) -> None:
    facilitator.api.instance.store.write([draft_need(f"draft-{number:02}") for number in range(30)])
    first = facilitator.page("/en/register")
    assert words(first.get_element_by_id("records-count")) == "30 records"
    (later,) = first.xpath("//a[@rel='next']/@href")
    second = html.fromstring(facilitator.get(later).text)
    shown = first.xpath("//@data-record") + second.xpath("//@data-record")
    assert (len(shown), len(set(shown))) == (30, 30)
    assert second.xpath("//a[@rel='prev']")
    assert not second.xpath("//a[@rel='next']")


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
def test_what_others_have_not_published_shows_nowhere(member: Browser, status: Status) -> None:
    hidden: Sequence[Record] = [
        *(draft_need(f"hidden-{number}", sdgs=["sdg/2"], status=Status.PUBLISHED) for number in range(3)),
        Offer(id="hidden", title={"en": COFFEE}, offered_by=["country/BRA"], source="test"),
    ]
    store = member.api.instance.store
    store.write(hidden)
    member.api.instance.catch_up()  # the index knows them as published
    store.write([record.model_copy(update={"status": status}) for record in hidden])
    checked = member.pressed(member.page("/en/register/offer"), "check", title=COFFEE)
    assert not [ref for ref in checked.xpath("//@data-similar") if "hidden" in ref]
    asked = member.pressed(member.page("/en/register/need"), "check", title=COFFEE)
    assert asked.xpath("//section[@id='duplicates']//@data-similar") == ["need/coffee-label"]
    suggested = member.pressed(asked, "suggest")
    assert "hidden" not in words(suggested)
    assert "hidden" not in words(member.page("/en/register"))


def test_a_withdrawn_theme_is_not_suggested(member: Browser) -> None:
    store = member.api.instance.store
    theme = store.get("cluster/geographical-indications")
    assert theme is not None
    member.api.instance.catch_up()
    store.write([theme.record.model_copy(update={"status": Status.WITHDRAWN})])
    suggested = member.pressed(member.page("/en/register/need"), "suggest", title=COFFEE)
    assert "cluster/geographical-indications" not in suggested.xpath("//@data-suggested")


@pytest.mark.parametrize("code", ["en", "ar"])
def test_hostile_text_is_shown_harmless(facilitator: Browser, code: str) -> None:
    form = facilitator.page(f"/{code}/register/practice")
    hostile = dict.fromkeys(
        ("title", "description", "results", "links", "title__fr", "party_query", "checked"), HOSTILE
    )
    lists = {name: [HOSTILE] for name in ("clusters", "sdgs", "shared_by")}
    for action in ("suggest", "find", "check", "save", "publish", HOSTILE):
        answer = facilitator.press(form, action, **hostile, **lists)
        assert "<script>alert" not in answer.text
        document: Any = html.fromstring(answer.text)
        assert document.get_element_by_id("title").value == HOSTILE
        assert document.get_element_by_id("title").get("dir") == "auto"
        assert document.get_element_by_id("title-fr").value == HOSTILE
    for name in ("original_language", "if_match"):
        assert "<script>alert" not in facilitator.press(form, "check", title="x", **{name: HOSTILE}).text
    saved = facilitator.press(form, "save", title=HOSTILE, description=HOSTILE, shared_by=["country/KEN"])
    assert saved.status_code == 303
    ref = saved.headers["Location"].partition("?")[0].removeprefix(f"/{code}/register/")
    for path in (f"/{code}/register", f"/{code}/register/{ref}", f"/{code}/register/{ref}/withdraw"):
        answer = facilitator.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        document = html.fromstring(answer.text)
        for element in document.xpath("//*[contains(text(), 'evil')]"):
            assert element.tag in ("textarea", "bdi") or element.get("dir") == "auto"
    facilitator.press(facilitator.page(f"/{code}/register/{ref}"), "check")
    assert "<script>" not in facilitator.get(f"/{ref}").text


def test_names_of_parties_are_shown_harmless(facilitator: Browser) -> None:
    hostile = Stakeholder(
        id="hostile", name={"en": HOSTILE}, kind=StakeholderKind.NGO, country="country/EVL", source="test"
    )
    country = Country(
        id="EVL", name={"en": HOSTILE}, region="Asia", subregion="Asia", developing=True, source="test"
    )
    facilitator.api.instance.store.write([country, hostile, draft_need("of-hostile", "stakeholder/hostile")])
    form = facilitator.page("/en/register/need")
    for answer in (
        facilitator.press(form, "find", party_query="evil"),
        facilitator.get("/en/register/need/of-hostile"),
        facilitator.get("/en/register"),
        facilitator.get("/en/register/parties", type="need", party_query="evil"),
    ):
        assert answer.status_code == 200
        assert "evil" in answer.text
        assert "<script>alert" not in answer.text


def test_a_published_record_is_found_within_a_second(api: Api, token: TokenMaker) -> None:
    api.instance.catch_up()
    with api.client:
        browser = Browser(api).sign_in(token("member", "kipi"))
        asked = browser.pressed(
            browser.page("/en/register/practice"), "publish", title="Zebra stripes as a trade mark"
        )
        assert browser.press(asked, "publish").status_code == 303
        assert any("practice/zebra" in ref for ref in _searched(api, "Zebra stripes as a trade mark"))


def _searched(api: Api, text: str) -> Iterator[str]:
    """What a search finds, again and again for a second."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        answer = api.client.get("/api/search", params={"q": text})
        yield from (result["ref"] for result in answer.json()["results"])
