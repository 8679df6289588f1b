"""Registering records in the pages: who may do what, what stays hidden, hostile text."""

from collections.abc import Sequence
from typing import Any

import pytest
from lxml import html

from graph_model.nodes import Country, Offer, Stakeholder, StakeholderKind
from graph_model.record import Record, Status
from tests.service.api_fixtures import Api, api, token
from tests.service.page_reading import words
from tests.service.register_browser import (
    COFFEE,
    FORM_KEY,
    Browser,
    draft_need,
    facilitator,
    member,
    records_of,
)

__all__ = ["api", "facilitator", "member", "token"]
HOSTILE = '"><script>alert(1)</script>\u202eevil\u2066'
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


@pytest.mark.parametrize("other", ["stakeholder/wipo", "country/BRA"])
def test_a_member_cannot_write_for_others(member: Browser, other: str) -> None:
    form = member.page("/en/register/need")
    answer = member.pressed(form, "save", 403, title="For others", sought_by=["stakeholder/kipi", other])
    assert answer.get_element_by_id("title").value == "For others"
    assert answer.xpath("//*[@id='problems']")
    assert member.press(form, "save", title="For others", sought_by=[other]).status_code == 403
    assert len(records_of(member.api)) == 1


def test_a_refusal_is_told_in_the_reader_s_language(member: Browser) -> None:
    form = member.page("/fr/register/need")
    refused = member.pressed(form, "save", 403, title="Pour d’autres", sought_by=["country/BRA"])
    [said] = refused.xpath("//*[@id='problems']/p[@lang='fr']")
    assert words(said).startswith("Ce jeton permet d’écrire pour")
    assert "sought_by" in words(said)


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
