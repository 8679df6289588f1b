"""The pages of errors: in the reader's language, harmless, with the headers of an answer, without a store."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import anyio
import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.pages.problem import TEXTS, ProblemPages
from api.pages.session import SESSION_COOKIE, Sessions
from api.problems import MEDIA_TYPE, problem_response
from graph_model.errors import UnavailableError
from graph_model.record import Status
from tests.service.api_fixtures import Api, api, token
from tests.service.page_reading import BROWSER, DIRECTIONAL_CONTROLS, HOSTILE, answer, need, parsed, words

__all__ = ["api", "token"]


def test_a_missing_record_is_told_as_a_page_in_the_reader_s_language(api: Api) -> None:
    for path in ("/en/need/unknown", "/need/unknown", "/en/nothing-here", "/no/such/page/at/all"):
        missing = answer(api, path)
        assert missing.status_code == 404
        assert missing.headers["content-type"].startswith("text/html")
        assert missing.headers["cache-control"] == "no-store"
        document = parsed(missing.text)
        assert document.xpath("//*[@id='problem']/@data-status") == ["404"]
        assert document.xpath("//form[@role='search']/@action") == ["/en/"]
    arabic = parsed(answer(api, "/need/unknown", Accept_Language="ar").text)
    assert (arabic.get("lang"), arabic.get("dir")) == ("ar", "rtl")


def test_programs_get_problem_documents(api: Api) -> None:
    for path in ("/en/need/unknown", "/need/unknown", "/en/?country=nonsense"):
        for accept in ("*/*", "application/json", "text/turtle", "application/problem+json, text/html;q=0.5"):
            told = api.client.get(path, headers={"Accept": accept})
            assert told.headers["content-type"] == MEDIA_TYPE, (path, accept)
            assert "Accept" in told.headers["vary"]
            assert told.json()["status"] == told.status_code


def test_a_withdrawn_record_says_what_happened(api: Api) -> None:
    api.instance.store.write([need("passing")])
    api.instance.store.write([need("passing", status=Status.WITHDRAWN)])
    for path in ("/need/passing", "/en/need/passing"):
        gone = answer(api, path)
        assert gone.status_code == 410
        assert "no longer published" in words(parsed(gone.text).xpath("//h1")[0])


def test_wrong_fields_are_named_harmlessly(api: Api) -> None:
    wrong = api.client.get("/en/", params={"country": HOSTILE}, headers=BROWSER)
    assert wrong.status_code == 422
    assert "<script>alert" not in wrong.text
    assert not DIRECTIONAL_CONTROLS.search(wrong.text)
    (row,) = parsed(wrong.text).xpath("//*[@id='fields']/tbody/tr")
    assert "country" in words(row)


@pytest.mark.parametrize(
    ("path", "language", "said"),
    [
        ("/fr/?offset=-1", "fr", "le minimum est 0"),
        ("/ar/?offset=x", "ar", "هذا ليس عدداً صحيحاً"),
        ("/export/turtle?since=yesterday", "es", "No es una fecha"),
        ("/export/csv?type=need", "ru", "выберите это или другой формат"),
        ("/export/turtle?cluster=no-such-cluster", "zh", "没有已发布的内容"),
    ],
)
def test_reasons_and_remedies_are_in_the_reader_s_language(
    api: Api, path: str, language: str, said: str
) -> None:
    wrong = answer(api, path, Accept_Language=language)
    assert wrong.status_code == 422
    [reason] = parsed(wrong.text).xpath(f"//*[@id='fields']//td[@lang='{language}']")
    assert said in words(reason)


def test_the_detail_is_in_the_reader_s_language_and_its_values_are_harmless(api: Api) -> None:
    name = quote("<b>\u202eevil")
    missing = answer(api, f"/ru/country/{name}")
    assert missing.status_code == 404
    [detail] = parsed(missing.text).xpath("//*[@id='detail'][@lang='ru']")
    assert "ничего не опубликовано" in words(detail)
    assert "<b>" not in missing.text
    assert "\u202e" not in detail.text_content()
    [english] = parsed(answer(api, "/en/need/unknown").text).xpath("//*[@id='detail'][@lang='en']")
    assert words(english) == "nothing published has the address need/unknown; search finds what there is"


def test_what_has_no_translation_is_said_in_english(api: Api) -> None:
    told = answer(api, "/feed/none", Accept_Language="fr")
    assert told.status_code == 404
    [detail] = parsed(told.text).xpath("//*[@id='detail']")
    assert (detail.get("lang"), detail.get("dir")) == ("en", "ltr")


@pytest.mark.parametrize("status", sorted({*TEXTS, 418, 502}))
def test_every_status_has_a_page_that_keeps_its_headers(api: Api, status: int) -> None:
    base = api.instance.settings.public_base

    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        headers = {"Retry-After": "7", "WWW-Authenticate": "Bearer"}
        await problem_response(base, status, "what happened", headers=headers)(scope, receive, send)

    app: Any = api.client.app
    told = _through(ProblemPages(refuse, base), app, "/fr/paths?q=tea")
    assert told.status_code == status
    assert (told.headers["retry-after"], told.headers["www-authenticate"]) == ("7", "Bearer")
    document = parsed(bytes(told.body).decode())
    assert document.get("lang") == "fr"
    if status in (429, 500, 503):
        assert "/fr/paths?q=tea" in document.xpath("//main//a/@href")
        assert "7" in words(document.xpath("//main")[0])
    if status in (401, 403):
        assert "/fr/sign-in?then=%2Ffr%2Fpaths%3Fq%3Dtea" in document.xpath("//main//a/@href")


def test_an_error_that_nobody_foresaw_tells_nothing(api: Api) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("the secret")

    told = _through(ProblemPages(fail, "http://base"), api.client.app, "//evil.example/x")
    assert told.status_code == 500
    assert b"secret" not in bytes(told.body)
    assert b'href="//' not in bytes(told.body)


def test_the_page_of_an_outage_needs_no_store(
    api: Api, token: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = api.instance.settings
    without_store = TestClient(create_app(settings), raise_server_exceptions=False)
    told = without_store.get("/en/country/KEN", headers=BROWSER)
    assert told.status_code == 503
    assert int(told.headers["retry-after"]) > 0
    assert "Not available" in told.text
    cookie = Response()
    assert Sessions(settings).sign_in(api.instance.store, token("facilitator"), cookie)
    session = cookie.headers["set-cookie"].partition(";")[0].partition("=")[2]

    def down(*_: object) -> None:
        raise UnavailableError("the graph store cannot be reached")

    monkeypatch.setattr(Sessions, "principal", down)
    for path, status in (("/en/help", 503), ("/en/no-such-page", 404)):
        told = api.client.get(path, headers=BROWSER | {"Cookie": f"{SESSION_COOKIE}={session}"})
        assert told.status_code == status
        assert "text/html" in told.headers["content-type"]


def _through(app: ProblemPages, inside: Any, path: str) -> Response:
    """What an application behind the pages of errors answers a browser."""
    address, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "query_string": query.encode(),
        "headers": [(b"accept", b"text/html"), (b"host", b"testserver")],
        "app": inside,
    }
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def ask() -> None:
        await app(scope, receive, send)

    anyio.run(ask)
    start, *bodies = messages
    content = b"".join(each.get("body", b"") for each in bodies)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(content, start["status"], headers)
