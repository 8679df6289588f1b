"""The nodes of the event stream over HTTP: kept, refused, the same in every format, fit for the shape."""

import json

import pyoxigraph
import pyshacl
import pytest
from pyld import jsonld
from rdflib import Dataset, Graph, URIRef

from graph_model.record import Status
from graph_model.vocabulary import TREE
from tests.service.api_fixtures import Api, api
from tests.service.feed_reading import PAGE_CHANGES, RANGE_PAGES, base, every_node, small_pages
from tests.service.feed_writing import change

__all__ = ["api", "base", "small_pages"]
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # rdflib's own calls
PROBLEM = "application/problem+json"


def full_pages(api: Api) -> dict[str, str]:
    last = api.instance.store.last_sequence()
    return {
        path: text
        for path, text in every_node(api).items()
        if path.rpartition("/")[2].isdecimal()
        and last >= int(path.rpartition("/")[2]) * PAGE_CHANGES * (RANGE_PAGES if "range" in path else 1)
    }


def test_a_full_page_never_changes_but_for_what_was_hidden(api: Api, base: str) -> None:
    store = api.instance.store
    change(store, "stakeholder/kipi", status=Status.DRAFT)
    for step in range(2 * PAGE_CHANGES):
        change(store, "offer/capacitacion-ig", title={"es": f"Título {step}"})
    before = full_pages(api)
    assert len(before) > 6
    change(store, "stakeholder/kipi", status=Status.PUBLISHED, country="country/BRA")
    change(store, "country/KEN", developing=False)
    change(store, "need/coffee-label", sought_by=["country/VNM"])
    store.delete(["partnership/coffee-partnership"])
    partnership = f"{base}/partnership/coffee-partnership"
    after = full_pages(api)
    changed = [path for path, text in before.items() if after[path] != text]
    assert changed
    for path, text in after.items():
        if path in changed:
            kept = [line for line in before[path].splitlines() if partnership not in line]
            assert kept == [line for line in text.splitlines() if partnership not in line]


def test_full_nodes_may_be_kept_for_ever_and_open_ones_are_asked_for_again(api: Api) -> None:
    full, open_ = api.call("GET", "/feed/1"), api.call("GET", "/feed/3")
    assert full.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert open_.headers["cache-control"] == "public, max-age=10"
    assert "immutable" in full.text
    assert "immutable" not in open_.text
    for path in ("/feed", "/feed/range/1", "/feed/3", "/feed/1"):
        answer = api.call("GET", path)
        assert answer.headers["vary"].split(",")[0] == "Accept"
        again = api.call("GET", path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    change(api.instance.store, "need/coffee-label", title={"en": "Another"})
    tag = open_.headers["etag"]
    assert api.call("GET", "/feed/3", headers={"If-None-Match": tag}).status_code == 200


def test_nodes_answer_head_and_name_their_neighbours(api: Api, base: str) -> None:
    answer = api.call("HEAD", "/feed/2")
    assert answer.status_code == 200
    assert answer.content == b""
    links = answer.headers["link"]
    assert f'<{base}/feed/1>; rel="prev"' in links
    assert f'<{base}/feed/3>; rel="next"' in links
    assert f'<{base}/feed/2>; rel="canonical"' in links
    assert 'rel="next"' not in api.call("GET", "/feed/3").headers["link"]


@pytest.mark.parametrize(
    "path",
    ["/feed/0", "/feed/01", "/feed/99", "/feed/x", "/feed/range/9", "/feed/²", "/feed/9999999999999999"],
)
def test_a_node_that_is_not_there_is_a_problem_document(api: Api, path: str) -> None:
    answer = api.call("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_a_format_that_is_not_there_is_a_problem_document(api: Api) -> None:
    refused = api.call("GET", "/feed/1", headers={"Accept": "image/png"})
    unknown = api.call("GET", "/feed/1?format=png")
    for answer in (refused, unknown):
        assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)


def test_other_readers_find_the_same_quads_in_every_format(api: Api) -> None:
    def canonical(dataset: Dataset) -> set[str]:
        return {" ".join(term.n3() for term in quad if term is not None) for quad in dataset.quads()}

    texts = {
        form: api.call("GET", f"/feed/2.{suffix}")
        for form, suffix in [("trig", "trig"), ("nquads", "nq"), ("json-ld", "jsonld")]
    }
    found = [canonical(_parsed(answer.text, form)) for form, answer in texts.items()]
    assert found[0]
    assert found[0] == found[1] == found[2]
    quads = list(pyoxigraph.parse(texts["trig"].content, format=pyoxigraph.RdfFormat.TRIG))
    assert len(quads) == len(found[0])
    from_pyld = jsonld.to_rdf(json.loads(texts["json-ld"].text))
    assert sum(len(triples) for triples in from_pyld.values()) == len(quads)


def _parsed(text: str, form: str) -> Dataset:
    dataset = Dataset()
    dataset.parse(data=text, format=form)
    return dataset


def test_members_fit_the_shape_that_the_stream_names(api: Api, base: str) -> None:
    api.instance.store.delete(["practice/vaccine-licence"])
    root = Graph().parse(data=api.call("GET", "/feed?format=turtle").text, format="turtle")
    [shape] = root.objects(None, URIRef(TREE.shape))
    members = Graph()
    for page in (1, 2, 3):
        members.parse(data=api.call("GET", f"/feed/{page}?format=turtle").text, format="turtle")
    focus = list(members.objects(URIRef(f"{base}/feed#stream"), URIRef(TREE.member)))
    assert len(focus) == 15
    for member in focus:
        root.add((shape, URIRef("http://www.w3.org/ns/shacl#targetNode"), member))
    conforms, _, text = pyshacl.validate(members, shacl_graph=root)
    assert conforms, text
    members.remove((focus[0], URIRef("http://purl.org/dc/terms/isVersionOf"), None))
    assert not pyshacl.validate(members, shacl_graph=root)[0], "the shape asks for something"
