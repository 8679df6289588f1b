"""Writing over HTTP: who may, what is kept, and how updates are not lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.tokens import authenticate, list_tokens, revoke_token
from tests.service.api_fixtures import NEED, Api, api, token

__all__ = ["api", "token"]
Make = Callable[..., str]
PROBLEM = "application/problem+json"


def create(api: Api, bearer: str, **changes: Any) -> Any:
    return api.call("POST", "/api/need", bearer, json=NEED | changes)


def test_a_new_record_is_a_draft_that_its_owner_alone_sees(api: Api, token: Make) -> None:
    member = token("member", "kipi")
    made = create(api, member)
    assert made.status_code == 201
    record = made.json()
    assert record["status"] == "draft"
    assert record["id"].startswith("patent-landscaping-for-solar-pumps-")
    assert record["source"] == "stakeholder/kipi"
    path = f"/api/need/{record['id']}"
    assert made.headers["location"].endswith(path)
    read = api.call("GET", path, member)
    assert (read.json(), read.headers["etag"]) == (record, made.headers["etag"])
    assert api.call("GET", path).status_code == 404
    assert api.call("GET", path, token("member", "wipo")).status_code == 404
    assert api.call("GET", f"/need/{record['id']}", member).status_code == 404
    assert f"need/{record['id']}" not in api.found("solar pumps")
    assert api.call("GET", path, token("facilitator")).status_code == 200


def test_publishing_shows_a_record_and_withdrawing_hides_it(api: Api, token: Make) -> None:
    member = token("member", "kipi")
    made = create(api, member, id="solar")
    body = made.json() | {"status": "published"}
    published = api.call("PUT", "/api/need/solar", member, made.headers["etag"], json=body)
    assert published.status_code == 200
    assert "need/solar" in api.found("solar pumps")
    shown = api.call("GET", "/need/solar")
    assert shown.json()["title"] == NEED["title"]
    body["status"] = "withdrawn"
    withdrawn = api.call("PUT", "/api/need/solar", member, published.headers["etag"], json=body)
    assert withdrawn.status_code == 200
    assert "need/solar" not in api.found("solar pumps")
    assert api.call("GET", "/need/solar").status_code == 410
    assert api.call("GET", "/api/need/solar").status_code == 410
    assert api.call("GET", "/api/need/solar", member).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("bearer", [None, "nonsense", "tm_0123456789abcdef_" + 64 * "0"])
def test_writing_is_never_open(api: Api, method: str, bearer: str | None) -> None:
    path = "/api/need" if method == "POST" else "/api/need/coffee-label"
    answer = api.call(method, path, bearer, json=NEED)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_expired_and_revoked_tokens_are_useless_at_once(api: Api, token: Make) -> None:
    assert create(api, token("member", "kipi", timedelta(seconds=-1))).status_code == 401
    bearer = token("member", "kipi")
    assert create(api, bearer).status_code == 201
    revoke_token(api.instance.store, bearer.split("_")[1])
    assert create(api, bearer).status_code == 401


def test_a_token_is_kept_as_a_hash_only(api: Api, token: Make) -> None:
    bearer = token("admin")
    secret = bearer.rpartition("_")[2]
    rows = api.instance.store.run(("MATCH (t:Token) RETURN properties(t) AS token", {}))
    assert secret not in str(rows)
    assert secret not in str(list_tokens(api.instance.store))
    assert authenticate(api.instance.store, bearer[:-1] + ("0" if bearer[-1] != "0" else "1")) is None
    assert authenticate(api.instance.store, bearer) is not None


def test_a_member_touches_only_its_own_organisation(api: Api, token: Make) -> None:
    stranger = token("member", "wipo")
    read = api.call("GET", "/api/need/coffee-label")
    etag, body = read.headers["etag"], read.json()
    assert api.call("PUT", "/api/need/coffee-label", stranger, etag, json=body).status_code == 403
    assert api.call("DELETE", "/api/need/coffee-label", stranger, etag).status_code == 403
    claimed = body | {"sought_by": ["stakeholder/wipo"]}
    assert api.call("PUT", "/api/need/coffee-label", stranger, etag, json=claimed).status_code == 403
    own = token("member", "kipi")
    assert api.call("PUT", "/api/need/coffee-label", own, etag, json=claimed).status_code == 403
    assert create(api, stranger).status_code == 403
    assert api.call("GET", "/api/need/coffee-label").headers["etag"] == etag


def test_a_member_cannot_change_the_kind_of_its_organisation(api: Api, token: Make) -> None:
    member = token("member", "kipi")
    read = api.call("GET", "/api/stakeholder/kipi")
    body = read.json() | {"kind": "multilateral"}
    assert (
        api.call("PUT", "/api/stakeholder/kipi", member, read.headers["etag"], json=body).status_code == 403
    )
    body = read.json() | {"website": "https://kipi.example/"}
    assert (
        api.call("PUT", "/api/stakeholder/kipi", member, read.headers["etag"], json=body).status_code == 200
    )


def test_updates_are_not_lost(api: Api, token: Make) -> None:
    bearer = token("facilitator")
    read = api.call("GET", "/api/need/coffee-label")
    first, body = read.headers["etag"], read.json()
    assert api.call("PUT", "/api/need/coffee-label", bearer, json=body).status_code == 428
    assert api.call("DELETE", "/api/need/coffee-label", bearer).status_code == 428
    changed = body | {"licence": "CC BY 4.0"}
    assert api.call("PUT", "/api/need/coffee-label", bearer, first, json=changed).status_code == 200
    late = api.call("PUT", "/api/need/coffee-label", bearer, first, json=body)
    assert late.status_code == 412
    assert late.headers["content-type"] == PROBLEM
    assert api.call("DELETE", "/api/need/coffee-label", bearer, first).status_code == 412
    assert api.call("GET", "/api/need/coffee-label").json()["licence"] == "CC BY 4.0"


def test_an_id_is_taken_once(api: Api, token: Make) -> None:
    bearer = token("facilitator")
    assert create(api, bearer, id="solar").status_code == 201
    assert create(api, bearer, id="solar").status_code == 409


def test_a_record_that_others_name_is_not_deleted(api: Api, token: Make) -> None:
    bearer = token("admin")
    etag = api.call("GET", "/api/need/coffee-label").headers["etag"]
    refused = api.call("DELETE", "/api/need/coffee-label", bearer, etag)
    assert refused.status_code == 409
    assert "partnership/coffee-partnership" in refused.json()["detail"]
    etag = api.call("GET", "/api/partnership/coffee-partnership").headers["etag"]
    assert api.call("DELETE", "/api/partnership/coffee-partnership", bearer, etag).status_code == 204
    assert api.call("GET", "/partnership/coffee-partnership").status_code == 410


def test_a_published_record_does_not_name_hidden_ones(api: Api, token: Make) -> None:
    bearer = token("facilitator")
    read = api.call("GET", "/api/need/coffee-label")
    body = read.json() | {"status": "withdrawn"}
    api.call("PUT", "/api/need/coffee-label", bearer, read.headers["etag"], json=body)
    assert api.call("GET", "/partnership/coffee-partnership").json()["addresses"] == []


def test_wrong_fields_are_named_with_value_and_remedy(api: Api, token: Make) -> None:
    wrong = {"sought_by": [], "colour": "red", "status": "nearly"}
    answer = create(api, token("facilitator"), **wrong)
    assert answer.status_code == 422
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert set(errors) == {"sought_by", "colour", "status"}
    assert errors["status"]["value"] == "nearly"
    assert all(error["remedy"] for error in errors.values())
    unknown = create(api, token("facilitator"), clusters=["cluster/no-such"])
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["value"] == "cluster/no-such"


def test_markup_in_texts_is_stored_as_text(api: Api, token: Make) -> None:
    title = {"en": "Seeds <script>alert(1)</script>&amp; <b>soil</b>\u0000"}
    made = create(api, token("facilitator"), title=title)
    assert made.json()["title"] == {"en": "Seeds & soil"}


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"title": NaN}', "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b'{"title":' + 5_000 * b"[" + 5_000 * b"]" + b"}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b'{"title": "' + 30_000 * b"x" + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_are_no_record_are_refused(
    api: Api, token: Make, content: bytes, media_type: str, status: int
) -> None:
    answer = api.call(
        "POST", "/api/need", token("facilitator"), content=content, headers={"Content-Type": media_type}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM


def test_a_body_without_announced_length_is_counted_as_it_arrives(api: Api, token: Make) -> None:
    chunks = iter([b'{"title": "'] + 30 * [1_000 * b"x"] + [b'"}'])
    headers = {"Content-Type": "application/json"}
    answer = api.call("POST", "/api/need", token("facilitator"), content=chunks, headers=headers)
    assert answer.status_code == 413


def test_every_writable_type_takes_the_same_road(api: Api, token: Make) -> None:
    bearer = token("facilitator")
    bodies: dict[str, dict[str, Any]] = {
        "offer": {"title": {"fr": "Formation"}, "offered_by": ["country/BRA"]},
        "practice": {"title": {"en": "Licensing"}, "shared_by": ["country/VNM"]},
        "partnership": {
            "title": {"en": "Together"},
            "parties": [{"party": "country/BRA", "role": "pivotal", "from": "2020"}],
        },
        "stakeholder": {"name": {"en": "A new hub"}, "kind": "innovation-hub", "country": "country/BRA"},
    }
    for name, body in bodies.items():
        made = api.call("POST", f"/api/{name}", bearer, json=body | {"status": "published"})
        assert made.status_code == 201, made.text
        shown = api.call("GET", f"/{name}/{made.json()['id']}")
        assert shown.status_code == 200
        deleted = api.call("DELETE", f"/api/{name}/{made.json()['id']}", bearer, made.headers["etag"])
        assert deleted.status_code == 204
    assert api.call("POST", "/api/country", bearer, json={}).status_code in (404, 405)
