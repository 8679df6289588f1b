"""The event stream, read over HTTP by a client that knows nothing but the specification."""

from collections.abc import Sequence

import pytest
from rdflib import URIRef

from graph_model.nodes import Stakeholder
from graph_model.record import Authenticity, Record, Status
from graph_model.vocabulary import OwnTerm
from tests.ldes_client import Replica, State, Version
from tests.service.api_fixtures import Api, api
from tests.service.feed_reading import (
    FORMATS,
    base,
    client,
    every_node,
    expected,
    harvest,
    replica_of,
    small_pages,
)
from tests.service.feed_writing import RandomWriting, change

__all__ = ["api", "base", "small_pages"]
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # rdflib's own calls


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


def test_an_empty_graph_has_an_empty_stream(api: Api) -> None:
    api.instance.store.update(("MATCH (n) DETACH DELETE n", {}))
    assert harvest(api) == []
    for path in ("/feed/1", "/feed/range/1"):
        assert api.call("GET", path).status_code == 200


def test_times_have_a_zone_and_grow_with_the_log(api: Api) -> None:
    versions = harvest(api)
    assert all(version.at.tzinfo is not None for version in versions)
    assert [each.sequence for each in versions] == sorted(each.sequence for each in versions)
