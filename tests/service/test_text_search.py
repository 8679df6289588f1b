"""Search finds by meaning across languages, by words, by filters, and never shows what is not published."""

import time

import pytest

from graph_model.record import Record, Status
from graph_model.store import Store
from search.instance import Instance
from search.requests import SearchRequest
from search.text_search import TextSearch
from tests.service.small_instances import SmallInstances


@pytest.fixture
def indexed(small_instances: SmallInstances, small_world: list[Record]) -> Instance:
    instance = small_instances.instance(small_world)
    instance.catch_up()
    return instance


@pytest.fixture
def store(indexed: Instance) -> Store:
    """The store of the graph that is searched."""
    return indexed.store


@pytest.fixture
def search(indexed: Instance) -> TextSearch:
    return indexed.text_search


def refs(search: TextSearch, **request: object) -> list[str]:
    return [result.ref for result in search.search(SearchRequest.model_validate(request)).results]


@pytest.mark.parametrize(
    "query",
    [
        "protect the origin name of coffee",
        "protéger le nom d'origine du café",
        "proteger el nombre de origen del café",
        "حماية اسم منشأ القهوة",
        "защита наименования места происхождения кофе",
        "保护咖啡的原产地名称",
    ],
)
def test_a_need_is_found_from_every_un_language(search: TextSearch, query: str) -> None:
    assert "need/coffee-label" in refs(search, q=query, type=["need", "offer", "practice", "partnership"])[:3]


def test_a_word_that_only_one_record_holds_finds_it_and_says_so(search: TextSearch) -> None:
    answer = search.search(SearchRequest(q="KIPI"))
    assert answer.results[0].ref == "stakeholder/kipi"
    assert "words: KIPI" in answer.results[0].matched


def test_stop_words_are_no_reason(search: TextSearch) -> None:
    result = search.search(SearchRequest(q="the origin of a coffee", type=("need",))).results[0]
    assert result.matched == ["meaning", "words: origin, coffee"]
    assert result.excerpt == "They need a protected label of origin."


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": ["practice"]}, {"practice/vaccine-licence"}),
        ({"country": ["BRA"]}, {"offer/capacitacion-ig", "partnership/coffee-partnership"}),
        ({"region": ["South-eastern Asia"]}, {"practice/vaccine-licence"}),
        ({"modality": ["triangular"]}, {"partnership/coffee-partnership"}),
        ({"language": ["es"]}, {"offer/capacitacion-ig"}),
        ({"sdg": ["2"]}, {"cluster/geographical-indications", "need/coffee-label"}),
        ({"sdg": ["2.3"]}, {"need/coffee-label"}),
        (
            {"cluster": ["agriculture"], "type": ["need", "offer", "cluster"]},
            {
                "cluster/agriculture",
                "cluster/geographical-indications",
                "need/coffee-label",
                "offer/capacitacion-ig",
            },
        ),
        ({"country": ["JPN"]}, set()),
    ],
)
@pytest.mark.parametrize("query", ["coffee", ""])
def test_filters_hold_with_and_without_a_query(
    search: TextSearch, query: str, filters: dict[str, list[str]], expected: set[str]
) -> None:
    request = SearchRequest.model_validate({"q": query} | filters)
    answer = search.search(request)
    assert {result.ref for result in answer.results} == expected
    assert answer.total == len(expected)


def test_facets_count_within_the_other_filters(search: TextSearch) -> None:
    answer = search.search(SearchRequest(q="coffee", type=("need",), country=("KEN",)))
    assert answer.facets["type"] == {"need": 1, "partnership": 1, "stakeholder": 1}
    assert answer.facets["country"] == {"KEN": 1}


def test_an_empty_query_lists_the_newest_first(search: TextSearch, store: Store) -> None:
    practice = store.get("practice/vaccine-licence")
    assert practice is not None
    store.write([practice.record.model_copy(update={"licence": "CC BY 4.0"})])
    assert refs(search)[0] == "practice/vaccine-licence"
    assert sorted(refs(search, limit=3) + refs(search, offset=3)) == sorted(refs(search))


def test_browsing_more_than_fits_in_memory_gives_the_same_records(
    search: TextSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = refs(search, cluster=["agriculture"])
    monkeypatch.setattr("search.text_search.BROWSE_AT_ONCE", 0)
    assert sorted(refs(search, cluster=["agriculture"])) == sorted(expected)


@pytest.mark.parametrize("query", ["Licensing a vaccine to local producers", ""])
@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.CLOSED, None])
def test_a_stale_index_leaks_nothing(
    search: TextSearch, store: Store, query: str, status: Status | None
) -> None:
    """The record is hidden or deleted in the graph, and the indexer has not run since."""
    ref = "practice/vaccine-licence"
    stored = store.get(ref)
    assert stored is not None
    assert ref in refs(search, q=query)
    if status is None:
        store.delete([ref])
    else:
        store.write([stored.record.model_copy(update={"status": status})])
    assert ref not in refs(search, q=query)


def test_titles_are_in_the_readers_language_where_there_is_one(search: TextSearch) -> None:
    def title(ref: str, language: str) -> tuple[str, str]:
        request = SearchRequest.model_validate({"q": "geographical indications", "lang": language})
        found = next(result for result in search.search(request).results if result.ref == ref)
        return found.title, found.title_language

    assert title("cluster/geographical-indications", "es") == ("Indicaciones geográficas", "es")
    assert title("cluster/geographical-indications", "ru") == ("Geographical indications", "en")
    assert title("offer/capacitacion-ig", "en")[1] == "es"


def test_similar_records_leave_out_what_is_excluded(search: TextSearch) -> None:
    hits = search.similar(
        "coffee origin", ("offer", "partnership"), 5, exclude_refs={"offer/capacitacion-ig"}
    )
    assert [hit.ref for hit in hits] == ["partnership/coffee-partnership"]
    assert 0 < hits[0].score <= 1
    vector, evidence = search.evidence_for("coffee origin", 1)
    assert vector.shape == (512,)
    assert len(evidence) == 1


def test_a_search_answers_in_interactive_time(search: TextSearch) -> None:
    """A generous bound: the benchmark measures, this only notices a collapse."""
    search.search(SearchRequest(q="warm up"))
    start = time.perf_counter()
    for word in ("coffee", "vaccine", "training", "origin", "law"):
        search.search(SearchRequest(q=f"who can help with {word}"))
    assert (time.perf_counter() - start) / 5 < 0.5
