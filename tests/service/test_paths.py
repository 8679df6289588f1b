"""Partnership paths over the demo graph: ranked, explained, and every claim found in Neo4j."""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath

import pytest
from pydantic import SecretStr, ValidationError

from graph_model.connection import Connection
from graph_model.errors import NotFoundError
from graph_model.nodes import Need
from graph_model.record import Record, Status
from graph_model.settings import Settings
from graph_model.store import Store
from ingest.demo_graph import load_demo_graph
from search.answers import Path, PathAnswer, RankExplanation
from search.embedder import LoadedEmbedder
from search.instance import Instance
from search.paths import PathFinder
from search.requests import ExplainRequest, PathRequest

COFFEE = "protect the geographical indication of highland coffee and train producer cooperatives"


@pytest.fixture(scope="module")
def demo(
    connection: Connection,
    _open_store: Store,
    load: Callable[[str], LoadedEmbedder],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Instance]:
    """The demo graph, indexed; the graph is emptied before and stays for this module alone."""
    _open_store.update(("MATCH (n) DETACH DELETE n", {}))
    settings = Settings(
        home=tmp_path_factory.mktemp("demo-home") / "home",
        neo4j_uri=connection.uri,
        neo4j_user=connection.user,
        neo4j_password=SecretStr(connection.password),
    )
    with Instance(settings, load) as instance:
        load_demo_graph(instance.store)
        instance.catch_up()
        yield instance


def find(demo: Instance, **values: object) -> PathAnswer:
    return demo.paths.find(PathRequest.model_validate({"q": COFFEE, "beneficiary": "KEN"} | values))


def relationship_exists(demo: Instance, relationship: dict[str, object]) -> bool:
    query = (
        "MATCH (a:Record {ref: $start})-[r]->(b:Record {ref: $end}) "
        "WHERE type(r) = $type AND all(key IN keys($properties) WHERE r[key] = $properties[key]) "
        "RETURN count(r) AS found"
    )
    return bool(demo.store.run((query, relationship))[0]["found"])


def test_every_claim_of_every_triangle_is_in_neo4j(demo: Instance) -> None:
    answer = find(demo, limit=10)
    assert len(answer.paths) == 10
    for path in answer.paths:
        assert path.facilitating is not None
        assert {item.edge for item in path.evidence} == {
            "beneficiary-pivotal",
            "pivotal-facilitating",
            "beneficiary-facilitating",
        }
        for item in path.evidence:
            assert set(item.nodes) == set(demo.store.get_many(item.nodes))
            assert item.relationships
            assert all(relationship_exists(demo, relationship) for relationship in item.relationships)


def test_contributions_sum_to_the_score_and_the_best_comes_first(demo: Instance) -> None:
    answer = find(demo, limit=10)
    for path in answer.paths:
        assert sum(path.contributions.values()) == path.score
    assert answer.paths[0].score == max(path.score for path in answer.paths)
    assert answer.considered > len(answer.paths)


def test_roles_of_a_triangle_are_southern_and_supporting(demo: Instance) -> None:
    for path in find(demo).paths:
        pivotal = demo.store.get(path.pivotal.id)
        assert pivotal is not None
        assert pivotal.record.developing is True  # type: ignore[attr-defined]
        assert path.pivotal.country != "KEN"
        assert path.facilitating is not None
        supporter = demo.store.get(path.facilitating.id)
        assert supporter is not None
        if path.facilitating.country is not None:
            assert supporter.record.developing is False  # type: ignore[attr-defined]


@pytest.mark.parametrize("modality", ["south-south", "north-south", "public-private"])
def test_every_modality_finds_explained_paths(demo: Instance, modality: str) -> None:
    answer = find(demo, modality=modality)
    assert answer.paths
    for path in answer.paths:
        assert path.modality == modality
        assert (path.facilitating is not None) is (modality == "public-private")
        assert path.evidence


def test_an_excluded_partner_is_gone_and_the_rest_moves_up(demo: Instance) -> None:
    first = find(demo).paths[0]
    again = find(demo, exclude=[first.pivotal.id])
    assert again.paths
    assert first.pivotal.id not in {path.pivotal.id for path in again.paths}


def test_a_need_of_the_graph_brings_its_own_country_and_clusters(demo: Instance) -> None:
    stored = next(
        item.record
        for item in demo.store.records("need")
        if isinstance(item.record, Need) and item.record.original_language == "ar"
    )
    answer = demo.paths.find(PathRequest(need=stored.id, lang="ar"))
    assert answer.paths
    assert (
        answer.beneficiary
        == demo.paths.feed.projection.corners.refs[
            demo.paths.feed.projection.corner_of(stored.sought_by[0]) or 0
        ]
    )


def test_sentences_come_in_the_readers_language(demo: Instance) -> None:
    def words(lang: str) -> str:
        return " ".join(item.text for path in find(demo, lang=lang).paths for item in path.evidence)

    assert "partenaire pivot" in words("fr")
    assert "الشريك المحوري" in words("ar")


def test_a_condition_that_empties_the_result_is_named(demo: Instance) -> None:
    countries = [ref for ref in demo.paths.feed.projection.corners.refs if ref.startswith("country/")]
    answer = find(demo, exclude=countries)
    assert not answer.paths
    assert answer.emptied_by is not None
    assert answer.emptied_by.startswith("pivotal partner")
    nowhere = find(demo, cluster=["no-such-cluster"])
    assert not nowhere.paths
    assert nowhere.emptied_by is not None
    assert "no-such-cluster" in nowhere.emptied_by


def test_unknown_needs_and_countries_are_errors_that_say_so(demo: Instance) -> None:
    with pytest.raises(NotFoundError, match="XYZ"):
        find(demo, beneficiary="XYZ")
    with pytest.raises(NotFoundError, match="no-such-need"):
        demo.paths.find(PathRequest(need="no-such-need"))
    with pytest.raises(ValidationError, match="either q"):
        PathRequest(q="text", need="id")


def test_a_write_counts_in_the_next_answer_and_a_withdrawal_too(demo: Instance) -> None:
    projection_before = find(demo)
    first = projection_before.paths[0].evidence[0].nodes[-1]
    stored = demo.store.get(first)
    assert stored is not None
    demo.store.write([stored.record.model_copy(update={"status": Status.WITHDRAWN})])
    try:
        after = find(demo)
        claimed = {node for path in after.paths for item in path.evidence for node in item.nodes}
        assert first not in claimed
        assert demo.paths.feed.is_equal_to_graph()
    finally:
        demo.store.write([stored.record])
    assert best(find(demo)) == best(projection_before)


def new_partnerships(demo: Instance, number: int) -> list[Record]:
    """Copies of a partnership of the graph under ids of their own; not written yet."""
    known = next(stored.record for stored in demo.store.records("partnership"))
    return [known.model_copy(update={"id": f"partnership-written-{place}"}) for place in range(number)]


def test_a_new_partnership_counts_within_200_milliseconds(demo: Instance) -> None:
    written = new_partnerships(demo, 15)
    demo.paths.follow()
    seconds = []
    try:
        for record in written:
            demo.store.write([record])
            committed = time.perf_counter()
            demo.paths.follow()
            seconds.append(time.perf_counter() - committed)
            assert record.ref in demo.paths.feed.projection
    finally:
        demo.store.delete([record.ref for record in written])
    assert statistics.median(seconds) <= 0.2


def test_requests_at_once_each_see_what_was_written_before_them(demo: Instance) -> None:
    written = new_partnerships(demo, 24)

    def seen(record: Record) -> bool:
        demo.store.write([record])
        demo.paths.follow()
        return record.ref in demo.paths.feed.projection

    try:
        with ThreadPoolExecutor(8) as requests:
            assert all(requests.map(seen, written))
    finally:
        demo.store.delete([record.ref for record in written])


def test_reconcile_notices_a_projection_that_differs_and_builds_it_again(demo: Instance) -> None:
    before = find(demo)
    demo.paths.feed.projection.remove(before.paths[0].evidence[0].nodes[-1])
    assert demo.reconcile(check_only=True).projection_differed
    assert demo.reconcile().projection_differed
    assert not demo.reconcile(check_only=True).projection_differed
    assert best(find(demo)) == best(before)


def best(answer: PathAnswer) -> list[tuple[str, float]]:
    def key(path: Path) -> tuple[str, float]:
        return path.pivotal.id, round(path.score, 3)

    return [key(path) for path in answer.paths[:3]]


def test_a_fitted_model_in_the_home_takes_the_place_of_the_shipped_one(
    demo: Instance, tmp_path: FilePath
) -> None:
    model = demo.paths.model
    settings = demo.settings.model_copy(update={"home": tmp_path})
    (tmp_path / "path_model.json").write_text(
        '{"identity": "own", "fitted_on": "test", "baseline": -1.0, "partner_baseline": -1.0, '
        f'"pivotal": {dict.fromkeys(model.pivotal, 0.5)}, "pair": {dict.fromkeys(model.pair, 0.5)}, '
        f'"facilitating": {dict.fromkeys(model.facilitating, 0.5)}}}'.replace("'", '"')
    )
    assert PathFinder(demo.store, demo.active, settings).model.identity == "own"


def explain(demo: Instance, pivotal: str, facilitating: str | None, **values: object) -> RankExplanation:
    asked = {"q": COFFEE, "beneficiary": "KEN", "pivotal": pivotal, "facilitating": facilitating}
    return demo.paths.explain(ExplainRequest.model_validate(asked | values))


def test_an_explained_triangle_has_the_score_that_the_list_shows(demo: Instance) -> None:
    first = find(demo).paths[0]
    assert first.facilitating is not None
    answer = explain(demo, first.pivotal.id, first.facilitating.id)
    assert answer.rank == 1
    assert answer.path is not None
    assert answer.path.score == pytest.approx(first.score)
    assert answer.path.contributions == pytest.approx(first.contributions)
    assert all(value == pytest.approx(0) for value in answer.behind_the_first.values())


def test_a_counterfactual_is_what_happens_when_the_record_is_withdrawn(demo: Instance) -> None:
    last = find(demo, limit=10).paths[-1]
    assert last.facilitating is not None
    before = explain(demo, last.pivotal.id, last.facilitating.id)
    assert before.counterfactuals
    predicted = next(item for item in before.counterfactuals if item.rank is not None)
    stored = demo.store.get(predicted.without)
    assert stored is not None
    demo.store.write([stored.record.model_copy(update={"status": Status.WITHDRAWN})])
    demo.catch_up()
    try:
        after = explain(demo, last.pivotal.id, last.facilitating.id)
    finally:
        demo.store.write([stored.record])
        demo.catch_up()
    assert after.path is not None
    assert after.path.score == pytest.approx(predicted.score, abs=0.2)


@pytest.mark.parametrize(
    ("pivotal", "facilitating", "reason"),
    [
        ("country/KEN", "stakeholder/undp", "is the beneficiary"),
        ("country/JPN", "stakeholder/undp", "no developing country"),
        ("country/BRA", "country/IND", "developing country"),
        ("stakeholder/undp", "country/JPN", "no country"),
        ("country/BRA", None, "needs a facilitating partner"),
    ],
)
def test_an_excluded_triangle_is_told_why(
    demo: Instance, pivotal: str, facilitating: str | None, reason: str
) -> None:
    answer = explain(demo, pivotal, facilitating)
    assert answer.rank is None
    assert answer.path is None
    assert answer.excluded_because is not None
    assert reason in answer.excluded_because


def test_an_organisation_that_is_withdrawn_is_named_in_no_path(demo: Instance) -> None:
    named = next(
        item["id"]
        for path in find(demo, limit=10).paths
        for corner in (path.pivotal, path.facilitating)
        if corner is not None
        for item in corner.stakeholders
        if corner.country is not None
    )
    stored = demo.store.get(named)
    assert stored is not None
    demo.store.write([stored.record.model_copy(update={"status": Status.WITHDRAWN})])
    try:
        assert named not in find(demo, limit=10).model_dump_json()
    finally:
        demo.store.write([stored.record])
