"""What helps while a record is registered: suggested topics, likely duplicates, and what it would open.

Everything here is taken from published records alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from api.pages.page import Page
from api.pages.register_form import TOPICS, Typed
from api.pages.triangle_view import TriangleView, triangles
from graph_model.errors import NotFoundError, UnavailableError
from graph_model.nodes import Cluster, Need, Stakeholder
from graph_model.record import Record, Status
from graph_model.store import Store
from search.found import FoundRecord, published
from search.instance import Instance
from search.requests import MAX_QUERY_CHARACTERS, PathRequest
from search.vector_index import Hit

SIMILAR_TYPES: Final = ("need", "offer", "practice", "partnership")
NEIGHBOURS: Final = 15
"""Similar records whose topics are looked at."""
NEAR_ENOUGH: Final = 0.2
"""Cosine below which a record says nothing about the topics of another."""
OF_THEME: Final = 0.5
"""What the cosine of a cluster's own text counts against the votes of similar records, which sum to 1."""
OF_LINK: Final = 0.3
"""What it counts for an SDG that a suggested cluster is linked to it."""
SUGGESTED: Final[Mapping[str, int]] = {"clusters": 3, "sdgs": 3}
"""At most so many of each topic are suggested."""
SHARE: Final = 0.2
"""A topic is suggested where so much of the similar records' weight has it."""
DUPLICATE: Final = 0.5
"""Cosine from which a record of the same type is asked about.

A need told in other words or in another language has 0.54 to 0.85 with the first one, its title alone 0.62;
the same kind of need about another product 0.45. A question too many costs less than a record twice.
"""
ANSWERABLE: Final = 0.3
"""Cosine from which an offer or practice may answer a need."""
MOST_SHOWN: Final = 3
_LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """A published record that resembles what was typed. similarity: cosine."""

    ref: str
    title: str
    title_language: str
    authenticity: str
    similarity: float
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a record would open. needs: that an offer or practice may answer; triangles: for a need.

    unavailable: it cannot be told just now. question: parameters of the page that shows more of them.
    """

    triangles: Sequence[TriangleView] = ()
    needs: Sequence[SimilarRecord] = ()
    unavailable: bool = False
    question: Mapping[str, str] | None = None


def suggested_topics(instance: Instance, text: str, itself: str | None) -> dict[str, list[str]]:
    """References of clusters and SDGs by field, the likeliest first. itself: the record that is edited.

    Similar records vote by the square of their cosine, clusters by their own text too. Over the needs, offers
    and practices of the demo graph, each left out in turn, 99 in 100 are given a cluster of theirs; 55 in 100
    suggested clusters are right, 87 in 100 of the right ones are suggested (SDGs: 68 and 80).
    """
    if not text:
        return {}
    neighbours = _similar(instance, text, SIMILAR_TYPES, NEIGHBOURS, itself, NEAR_ENOUGH)
    themes = _similar(instance, text, (Cluster.type_name,), SUGGESTED["clusters"], None, NEAR_ENOUGH)
    votes: dict[str, dict[str, float]] = {name: defaultdict(float) for name in TOPICS}
    total = sum(hit.score**2 for hit, _ in neighbours) or 1.0
    for hit, record in neighbours:
        for ref in record.clusters:
            votes["clusters"][ref] += hit.score**2 / total
        for ref in {_goal(ref) for ref in record.sdgs}:
            votes["sdgs"][ref] += hit.score**2 / total
    for hit, record in themes:
        votes["clusters"][record.ref] += OF_THEME * hit.score
    clusters = _published_among(instance.store, _best(votes["clusters"], SUGGESTED["clusters"]))
    for cluster in clusters.values():
        if isinstance(cluster, Cluster):
            for ref in cluster.sdgs:
                votes["sdgs"][_goal(ref)] += OF_LINK
    goals = _published_among(instance.store, _best(votes["sdgs"], SUGGESTED["sdgs"]))
    return {"clusters": list(clusters), "sdgs": list(goals)}


def likely_duplicates(
    instance: Instance, typed: Typed, itself: str | None, page: Page
) -> list[SimilarRecord]:
    """Published records of the same type that may say the same, the nearest first."""
    return _shown(
        _similar(instance, typed.text, (typed.kind.type_name,), MOST_SHOWN, itself, DUPLICATE), page
    )


def opened_by(
    instance: Instance, typed: Typed, country: str | None, itself: str | None, page: Page
) -> Opened:
    """The triangles that a need would open, or the needs that an offer or practice may answer.

    country: reference of the country that has the need.
    """
    if typed.kind is not Need:
        needs = _similar(instance, typed.text, (Need.type_name,), MOST_SHOWN, itself, ANSWERABLE)
        return Opened(needs=_shown(needs, page))
    question = {"q": typed.text[:MAX_QUERY_CHARACTERS].strip()}
    if country is not None:
        question["beneficiary"] = country.partition("/")[2]
    try:
        request = PathRequest.model_validate(question | {"lang": page.language.code, "limit": MOST_SHOWN})
        answer = instance.paths.find(request)
    except (ValidationError, NotFoundError, UnavailableError):
        return Opened(unavailable=True)
    return Opened(triangles=triangles(answer.paths, page), question=question)


def country_of(store: Store, owners: Iterable[str]) -> str | None:
    """Reference of the first country among these parties or, without one, that a party is based in."""
    refs = list(owners)
    if named := next((ref for ref in refs if ref.startswith("country/")), None):
        return named
    records = (stored.record for stored in store.get_many(refs).values())
    return next((each.country for each in records if isinstance(each, Stakeholder) and each.country), None)


def _similar(
    instance: Instance, text: str, types: Sequence[str], limit: int, itself: str | None, least: float
) -> list[tuple[Hit, FoundRecord]]:
    """The nearest records of these types with a cosine of at least ``least``, as they are published now."""
    if not text:
        return []
    # Some hits may be withdrawn since they were indexed.
    hits = instance.text_search.similar(text[:_LONGEST_TEXT], types, 2 * limit, (itself,) if itself else ())
    by_ref = {hit.ref: hit for hit in hits if hit.score >= least}
    return [(by_ref[each.ref], each) for each in published(instance.store, list(by_ref), 0, limit)]


def _shown(found: Iterable[tuple[Hit, FoundRecord]], page: Page) -> list[SimilarRecord]:
    shown: list[SimilarRecord] = []
    for hit, record in found:
        title, language = page.language.text(record.texts[record.heading_field], record.language)
        countries = hit.payload.get("countries", [])
        codes = tuple(countries) if isinstance(countries, list) else ()
        shown.append(SimilarRecord(record.ref, title, language, record.authenticity, hit.score, codes))
    return shown


def _best(votes: Mapping[str, float], most: int) -> list[str]:
    ranked = sorted(votes.items(), key=lambda each: (-each[1], each[0]))
    return [ref for ref, vote in ranked if vote >= SHARE][:most]


def _goal(ref: str) -> str:
    """The goal that a goal or target belongs to: nobody can tell targets apart by similar records."""
    return ref.partition(".")[0]


def _published_among(store: Store, refs: Sequence[str]) -> dict[str, Record]:
    """The published ones of these records, in the order given."""
    known = store.get_many(refs)
    records = {ref: known[ref].record for ref in refs if ref in known}
    return {ref: record for ref, record in records.items() if record.status is Status.PUBLISHED}
