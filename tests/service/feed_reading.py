"""The client of the event stream over the service of a test, with pages that a short log fills."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyoxigraph
import pytest
from rdflib import Graph

from api.routers import feed as feed_router
from export.published import published
from graph_model.derive.rdf import RdfWriter
from tests.ldes_client import Answer, Client, Replica, State, Triples, Version
from tests.service.api_fixtures import Api

PAGE_CHANGES, RANGE_PAGES = 5, 3
FORMATS = ("trig", "nquads", "jsonld", "turtle", "ntriples")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short log fills several pages and ranges."""
    monkeypatch.setattr(feed_router, "PAGE_CHANGES", PAGE_CHANGES)
    monkeypatch.setattr(feed_router, "RANGE_PAGES", RANGE_PAGES)


@pytest.fixture
def base(api: Api) -> str:
    return api.instance.settings.public_base


def fetcher(api: Api) -> Callable[[str, Mapping[str, str]], Answer]:
    base = api.instance.settings.public_base

    def fetch(address: str, headers: Mapping[str, str]) -> Answer:
        assert address.startswith(base), "every link starts with the public base"
        answer = api.call("GET", address.removeprefix(base), headers=dict(headers))
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    return fetch


def client(api: Api, root: str = "/feed", state: State | None = None, **more: Any) -> Client:
    return Client(fetcher(api), api.instance.settings.public_base + root, state, **more)


def harvest(api: Api, root: str = "/feed", **more: Any) -> list[Version]:
    return list(client(api, root, **more).run())


def replica_of(versions: Sequence[Version]) -> dict[str, Triples]:
    replica = Replica()
    for version in versions:
        replica.apply(version)
    return replica.entities


def expected(api: Api, *, illustrative: bool = False) -> dict[str, Triples]:
    """The published graph, by the IRI of each record."""
    writer = RdfWriter(api.instance.settings.public_base)
    found = {}
    for each in published(api.instance.store, illustrative=illustrative):
        text = pyoxigraph.serialize(each.triples(writer), format=pyoxigraph.RdfFormat.N_TRIPLES)
        graph = Graph().parse(data=text, format="nt")
        found[writer.node(each.record.ref).value] = frozenset(graph)
    return found


def every_node(api: Api, form: str = "nquads") -> dict[str, str]:
    """The text of every node that the roots lead to, by path."""
    found = {}
    for root in ("/feed", "/feed/with-illustrative"):
        last = api.instance.store.last_sequence()
        pages = -(-last // PAGE_CHANGES)
        ranges = -(-pages // RANGE_PAGES)
        paths = [root, *(f"{root}/{n}" for n in range(1, pages + 1))]
        for path in [*paths, *(f"{root}/range/{n}" for n in range(1, ranges + 1))]:
            answer = api.call("GET", path, params={"format": form})
            assert answer.status_code == 200, (path, answer.text)
            found[path] = answer.text
    return found
