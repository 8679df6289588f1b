"""What the service answers before and beside its stores."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from graph_model.settings import Settings

PROBLEM = "application/problem+json"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(max_body_bytes=2_000)), raise_server_exceptions=False) as client:
        yield client


def check_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert problem["status"] == status
    assert problem["type"].endswith(f"/docs#problem-{status}")
    assert problem["instance"].endswith(answer.headers["x-request-id"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    return problem


def test_it_is_alive_without_any_store(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "alive"


@pytest.mark.parametrize("path", ["/readyz", "/api/search?q=seeds", "/need/some-need"])
def test_what_needs_a_store_is_unavailable_for_now(client: TestClient, path: str) -> None:
    answer = client.get(path)
    check_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/address", 404),
        ("GET", "/favicon.ico", 404),
        ("DELETE", "/api/search", 405),
    ],
)
def test_every_error_is_a_problem_document(client: TestClient, method: str, path: str, status: int) -> None:
    check_problem(client.request(method, path), status)


def test_a_method_that_an_address_lacks_names_those_that_it_has(client: TestClient) -> None:
    assert client.delete("/api/search").headers["allow"] == "GET"


def test_large_bodies_are_refused_by_their_announced_length(client: TestClient) -> None:
    check_problem(client.post("/api/need", content=b"x" * 3_000), 413)


def test_too_many_requests_are_told_when_to_return() -> None:
    settings = Settings(rate_limit="3/minute", write_rate_limit="1/minute")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        answers = [client.get("/need/some-need") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [503, 503, 503, 429]
        check_problem(answers[-1], 429)
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == 200


def test_the_documentation_page_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    for operation in ("GET /api/search", "GET /api/paths", "POST /api/need", "DELETE /api/partnership/{id}"):
        assert operation in page
    assert "beneficiary" in page
    assert 'src="http' not in page
    assert 'href="http' not in page
    assert client.get("/docs/docs.css").headers["content-type"].startswith("text/css")


def test_the_openapi_document_has_one_shape_of_errors(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            default = operation["responses"]["default"]["content"]
            assert list(default) == [PROBLEM], f"{method} {path}"
            assert "422" not in operation["responses"]
    assert "NeedBody" in document["components"]["schemas"]
    assert document["components"]["schemas"]["NeedBody"]["required"] == ["title", "sought_by"]


def test_metrics_count_requests_by_route_and_not_by_address(client: TestClient) -> None:
    client.get("/need/one")
    client.get("/need/another")
    text = client.get("/metrics").text
    assert 'trimatch_http_requests_total{method="GET",route="/{type}/{id}",status="503"} 2.0' in text
    assert "another" not in text
