"""The event stream, read over HTTP by a client that knows nothing but the specification."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyoxigraph
import pyshacl
import pytest
from pyld import jsonld
from rdflib import Dataset, Graph, URIRef

from api.routers import feed as feed_router
from export.published import published
from graph_model.derive.rdf import RdfWriter
from graph_model.errors import ConflictError
from graph_model.nodes import Need, Stakeholder, StakeholderKind
from graph_model.record import Authenticity, Record, Status
from graph_model.store import Store
from graph_model.vocabulary import TREE, OwnTerm
from tests.ldes_client import Answer, Client, Replica, State, Triples, Version
from tests.service.api_fixtures import Api, api

__all__ = ["api"]
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # rdflib's own calls

PAGE_CHANGES, RANGE_PAGES = 5, 3
FORMATS = ("trig", "nquads", "jsonld", "turtle", "ntriples")
PROBLEM = "application/problem+json"


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


def change(store: Store, ref: str, **fields: Any) -> Record:
    stored = store.get(ref)
    assert stored is not None
    content = stored.record.model_dump() | fields
    record = type(stored.record).model_validate(content)
    store.write([record])
    return record


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


def test_a_first_harvest_gives_the_published_graph(api: Api) -> None:
    versions = harvest(api)
    assert replica_of(versions) == expected(api)
    assert len(versions) == len({version.iri for version in versions}) == len(expected(api))
    assert [version.key for version in versions] == sorted(version.key for version in versions)


@pytest.mark.parametrize("accept", ["application/trig", "application/n-quads", "application/ld+json"])
def test_every_format_with_named_graphs_gives_the_same(api: Api, accept: str) -> None:
    assert replica_of(harvest(api, accept=accept)) == expected(api)


@pytest.mark.parametrize("accept", ["text/turtle", "application/n-triples"])
def test_formats_without_named_graphs_tell_of_versions(api: Api, accept: str, base: str) -> None:
    found = replica_of(harvest(api, accept=accept))
    assert found.keys() == expected(api).keys()
    for iri, triples in expected(api).items():
        own = {triple for triple in triples if triple[0] == URIRef(iri)}
        own = {triple for triple in own if not str(triple[2]).startswith(f"{iri}#")}
        assert own <= found[iri], "participations aside, every triple of the record itself"
    partnership = found[f"{base}/partnership/coffee-partnership"]
    assert len([each for each in partnership if str(each[1]).endswith("hadRole")]) == 3


class RandomWriting:
    """Random writes to the graph, among them all that show, hide and recast records."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.made = 0

    def step(self) -> None:
        actions = [self.create, self.update, self.update, self.set_status, self.set_status, self.delete]
        self.random.choice([*actions, self.set_authenticity, self.recast, self.several])()

    def ref(self, *types: str) -> str:
        refs = [stored.record.ref for name in types for stored in self.store.records(name)]
        return self.random.choice(refs)

    def create(self) -> None:
        self.made += 1
        need = Need(
            id=f"made-{self.made}",
            title={"en": f"Need {self.made}", "ar": "حاجة"},
            description={"en": "…"},
            sought_by=[self.ref("stakeholder", "country")],
            clusters=[self.ref("cluster")],
            status=self.random.choice([Status.DRAFT, Status.PUBLISHED]),
            authenticity=self.random.choice(list(Authenticity)),
            source="test",
        )
        self.store.write([need])

    def update(self) -> None:
        ref = self.ref("need", "offer", "partnership", "practice")
        change(self.store, ref, title={"en": f"Title {self.random.random()}"}, original_language="en")

    def set_status(self) -> None:
        ref = self.ref("need", "offer", "partnership", "stakeholder", "cluster", "practice")
        change(self.store, ref, status=self.random.choice(list(Status)))

    def set_authenticity(self) -> None:
        ref = self.ref("need", "offer", "partnership", "stakeholder", "country")
        change(self.store, ref, authenticity=self.random.choice(list(Authenticity)))

    def recast(self) -> None:
        if self.random.random() < 0.5:
            change(self.store, self.ref("country"), developing=self.random.random() < 0.5)
        else:
            kind = self.random.choice(list(StakeholderKind))
            change(self.store, self.ref("stakeholder"), kind=kind, country=self.ref("country"))

    def several(self) -> None:
        """One transaction that touches records which name each other."""
        refs = {self.ref("need", "partnership", "stakeholder", "cluster", "offer") for _ in range(7)}
        status = self.random.choice([Status.PUBLISHED, Status.WITHDRAWN])
        stored = self.store.get_many(sorted(refs)).values()
        self.store.write([each.record.model_copy(update={"status": status}) for each in stored])

    def delete(self) -> None:
        refs = [self.ref("need", "practice", "partnership")]
        try:
            self.store.delete(refs)
        except ConflictError:
            change(self.store, refs[0], status=Status.WITHDRAWN)
        if not list(self.store.records(refs[0].partition("/")[0])):
            self.create()


@pytest.mark.parametrize(("root", "seed"), [("/feed", 1), ("/feed/with-illustrative", 2)])
def test_a_harvester_that_stops_anywhere_ends_with_the_published_graph(
    api: Api, root: str, seed: int, small_world: Sequence[Record]
) -> None:
    writing = RandomWriting(api.instance.store, seed)
    replica, state, emitted = Replica(), State(), list[str]()
    for step in range(50):
        try:
            writing.step()
        except IndexError:  # no record of that type is left
            api.instance.store.write(small_world)
        if step % 7 == 0:
            most = writing.random.randrange(30)
            for place, version in enumerate(client(api, root, state).run()):
                replica.apply(version)
                emitted.append(version.iri)
                if place == most:
                    break
            state = State.from_json(state.to_json())
    for version in client(api, root, state).run():
        replica.apply(version)
        emitted.append(version.iri)
    illustrative = root != "/feed"
    assert replica.entities == expected(api, illustrative=illustrative)
    fresh = harvest(api, root)
    assert replica_of(fresh) == replica.entities
    assert emitted == [version.iri for version in fresh], "each member once, in one order"
    assert list(client(api, root, state).run()) == []


def test_an_interruption_after_any_member_loses_and_repeats_none(api: Api) -> None:
    whole = [version.iri for version in harvest(api)]
    for most in range(len(whole)):
        interrupted = client(api)
        first = [version.iri for version, _ in zip(interrupted.run(), range(most), strict=False)]
        state = State.from_json(interrupted.state.to_json())
        # zip takes one member more than it hands on, which the client then has handed out
        rest = [version.iri for version in client(api, state=state).run()]
        assert first + whole[most : most + 1] + rest == whole


def test_a_resumed_harvest_leaves_full_pages_behind_alone(api: Api) -> None:
    first = client(api)
    change(api.instance.store, "need/coffee-label", title={"en": "Another title"})
    list(first.run())
    change(api.instance.store, "need/coffee-label", title={"en": "A third one"})
    again = client(api, state=first.state)
    assert [version.entity.rpartition("/")[2] for version in again.run()] == ["coffee-label"]
    assert not any(address.endswith(("/feed/1", "/feed/2")) for address in again.visited)


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
    changed = [path for path, text in before.items() if full_pages(api)[path] != text]
    assert changed
    for path, text in full_pages(api).items():
        if path in changed:
            kept = [line for line in before[path].splitlines() if partnership not in line]
            assert kept == [line for line in text.splitlines() if partnership not in line]


def test_a_change_makes_new_versions_of_what_depends_on_it(api: Api, base: str) -> None:
    store = api.instance.store
    partnership, wipo = f"{base}/partnership/coffee-partnership", URIRef(f"{base}/stakeholder/wipo")
    follower = client(api)
    list(follower.run())

    def news() -> dict[str, Version]:
        return {version.entity: version for version in follower.run()}

    def names_wipo(version: Version) -> bool:
        return any(wipo in triple for triple in version.content)

    change(store, "stakeholder/wipo", status=Status.WITHDRAWN)
    found = news()
    assert found.keys() == {str(wipo), partnership}
    assert found[str(wipo)].deletes
    assert not names_wipo(found[partnership])
    change(store, "stakeholder/wipo", status=Status.PUBLISHED)
    assert names_wipo(news()[partnership])
    change(store, "country/BRA", developing=False)
    modality = URIRef(OwnTerm("modality").iri(base))
    [value] = [triple[2] for triple in news()[partnership].content if triple[1] == modality]
    assert str(value).endswith("north-south")
    assert replica_of(harvest(api)) == expected(api)


def test_a_draft_is_in_no_node(api: Api) -> None:
    store = api.instance.store
    secret = Stakeholder(
        id="secret-office", name={"en": "Unheard-of"}, kind="university", status="draft", source="test"
    )
    store.write([secret])
    change(store, "stakeholder/secret-office", name={"en": "Unheard-of still"})
    change(store, "need/coffee-label", sought_by=["stakeholder/secret-office", "stakeholder/kipi"])
    for form in FORMATS:
        for path, text in every_node(api, form).items():
            assert not [word for word in ("secret-office", "Unheard-of") if word in text], (form, path)
    assert replica_of(harvest(api)) == expected(api)


def test_a_withdrawn_record_is_a_tombstone_in_the_feed_and_gone_at_its_address(api: Api, base: str) -> None:
    store = api.instance.store
    iri = f"{base}/need/coffee-label"
    change(store, "need/coffee-label", description={"en": "A sentence that was too much."})
    follower = client(api)
    list(follower.run())
    change(store, "need/coffee-label", status=Status.WITHDRAWN)
    [version] = [each for each in follower.run() if each.entity == iri]
    assert version.deletes
    assert version.content == frozenset()
    assert api.call("GET", version.iri.removeprefix(base).partition("#")[0]).status_code == 410
    for form in FORMATS:
        for path, text in every_node(api, form).items():
            assert not [word for word in ("too much", "mountain coffee") if word in text], (form, path)
    assert all(each.deletes for each in harvest(api) if each.entity == iri)
    change(store, "need/coffee-label", description={"en": "Enough."}, status=Status.PUBLISHED)
    assert [each.deletes for each in follower.run() if each.entity == iri] == [False]
    assert not any("too much" in text for text in every_node(api).values())
    assert replica_of(harvest(api)) == expected(api)


def test_a_deleted_record_is_a_tombstone(api: Api, base: str) -> None:
    api.instance.store.delete(["practice/vaccine-licence"])
    versions = [each for each in harvest(api) if each.entity == f"{base}/practice/vaccine-licence"]
    assert [each.deletes for each in versions] == [True, True]


def test_illustrative_records_are_in_the_stream_that_was_asked_for(api: Api, base: str) -> None:
    store = api.instance.store
    follower, iri = client(api), f"{base}/need/coffee-label"
    list(follower.run())
    change(store, "need/coffee-label", authenticity=Authenticity.ILLUSTRATIVE)
    [version] = [each for each in follower.run() if each.entity == iri]
    assert version.deletes
    for path, text in every_node(api).items():
        assert ("mountain coffee" in text) <= path.startswith("/feed/with-illustrative")
    assert replica_of(harvest(api)) == expected(api)
    wide = replica_of(harvest(api, "/feed/with-illustrative"))
    assert wide == expected(api, illustrative=True)
    assert iri in wide
    answer = api.call("GET", "/feed?illustrative=true", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{base}/feed/with-illustrative"


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


def test_an_empty_graph_has_an_empty_stream(api: Api) -> None:
    api.instance.store.update(("MATCH (n) DETACH DELETE n", {}))
    assert harvest(api) == []
    for path in ("/feed/1", "/feed/range/1"):
        assert api.call("GET", path).status_code == 200


def test_times_have_a_zone_and_grow_with_the_log(api: Api) -> None:
    versions = harvest(api)
    assert all(version.at.tzinfo is not None for version in versions)
    assert [each.sequence for each in versions] == sorted(each.sequence for each in versions)
