"""Registering records in the pages: each step of the form, from a text to a record that is found."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from api.pages.register_form import REGISTERED, fields_of
from graph_model.nodes import Need, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Status
from graph_model.text import UN_LANGUAGES
from tests.service.api_fixtures import Api, api, token
from tests.service.page_reading import words
from tests.service.register_browser import (
    COFFEE,
    Browser,
    TokenMaker,
    draft_need,
    facilitator,
    member,
    records_of,
    ticked,
)

__all__ = ["api", "facilitator", "member", "token"]


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
