"""Why one triangle has its rank: its contributions, its distance to the first, what it hangs on."""

from collections.abc import Iterable
from dataclasses import replace

from graph_model.errors import NotFoundError
from graph_model.store import Store
from graph_model.text import in_language
from search.answers import Counterfactual, RankExplanation
from search.conditions import Excluded, Exclusion
from search.edges import EdgeFinder
from search.explanation import Explainer, Proposal
from search.path_features import Question
from search.path_model import PathModel
from search.question import Asked
from search.ranking import Admissible, best_triangles, considered, rank_of, score_pairs, triangle
from search.requests import ExplainRequest
from search.sentences import sentence


def explain_rank(asked: Asked, model: PathModel, store: Store, allowed: Admissible) -> RankExplanation:
    """Explain the triangle that an ExplainRequest names. Raises NotFoundError for unknown partners."""
    request = asked.request
    if not isinstance(request, ExplainRequest):
        raise TypeError("only an ExplainRequest names the triangle to explain")
    projection = asked.projection
    pivotal = _corner(asked, "pivotal", request.pivotal)
    facilitating = _corner(asked, "facilitating", request.facilitating) if request.facilitating else None
    third = None if allowed.facilitating is None else facilitating
    with projection.lock:
        scores = score_pairs(projection, asked.question, model, allowed)
        excluded = _excluded(asked, allowed, pivotal, facilitating)
        if excluded is not None:
            return RankExplanation(
                query=asked.need.text,
                rank=None,
                considered=considered(scores),
                excluded_because=str(excluded),
                excluded=excluded,
                path=None,
                model=model.identity,
            )
        found = triangle(scores, model, pivotal, third)
        edges = EdgeFinder(projection, asked.question).edges(found)
        first = best_triangles(scores, model, 1)[0]
        rank = rank_of(scores, pivotal, third)
        refs = sorted({edge.ref for edge in edges or ()})
        fallen = [(ref, *_without(asked, model, allowed, (pivotal, third), ref)) for ref in refs]
    explainer = Explainer(store, projection, request.lang)
    paths = explainer.explain([Proposal(found, edges or [])], asked.question.beneficiaries, request.modality)
    return RankExplanation(
        query=asked.need.text,
        rank=rank,
        considered=considered(scores),
        path=paths[0] if paths else None,
        missing_evidence=edges is None,
        behind_the_first={
            name: first.contributions.get(name, 0.0) - found.contributions.get(name, 0.0)
            for name in {**first.contributions, **found.contributions}
        },
        counterfactuals=_counterfactuals(store, request.lang, rank, fallen),
        model=model.identity,
    )


def _corner(asked: Asked, field: str, ref: str) -> int:
    corner = asked.projection.corner_of(ref)
    if corner is None:
        raise NotFoundError(f"{field}: no party {ref!r} in this graph; give country/ISO3 or stakeholder/id")
    return corner


def _without(
    asked: Asked, model: PathModel, allowed: Admissible, pair: tuple[int, int | None], ref: str
) -> tuple[int | None, float | None]:
    """Rank and score of a pair if one record were not in the graph."""
    row = asked.projection.row(ref)
    question: Question = replace(
        asked.question,
        meaning=[hit for hit in asked.question.meaning if hit[0] != row],
        words=[hit for hit in asked.question.words if hit[0] != row],
    )
    with asked.projection.hiding([ref]):
        scores = score_pairs(asked.projection, question, model, allowed)
        rank = rank_of(scores, *pair)
        edges = EdgeFinder(asked.projection, question).edges(triangle(scores, model, *pair)) if rank else None
    return (rank, float(scores.pairs[pair[0], pair[1] or 0])) if edges else (None, None)


def _counterfactuals(
    store: Store, language: str, rank: int | None, fallen: Iterable[tuple[str, int | None, float | None]]
) -> list[Counterfactual]:
    """Those that change the rank, the deepest fall first."""
    changed = [item for item in fallen if item[1] != rank]
    records = store.get_many([ref for ref, _, _ in changed])
    found = []
    for ref, other, score in changed:
        if ref not in records:
            continue
        record = records[ref].record
        title = in_language(record.heading, language, record.original_language)[0]
        key = "vanish" if other is None else "fall"
        text = sentence(key, language, title=title, rank=str(rank), other=str(other))
        found.append(Counterfactual(without=ref, rank=other, score=score, text=text))
    return sorted(found, key=lambda item: (item.rank is not None, -(item.rank or 0), item.without))


def _excluded(asked: Asked, allowed: Admissible, pivotal: int, facilitating: int | None) -> Excluded | None:
    """The first condition that keeps a triangle out, None where nothing does."""
    modality, corners = asked.request.modality, asked.projection.corners
    party = corners.refs[pivotal]
    if allowed.facilitating is not None and facilitating is None:
        return Excluded(Exclusion.FACILITATING_MISSING, "facilitating", modality)
    if pivotal == facilitating:
        return Excluded(Exclusion.TWO_CORNERS, "pivotal", modality, party)
    if pivotal >= corners.countries:
        return Excluded(Exclusion.NO_COUNTRY, "pivotal", modality, party)
    if not allowed.pivotal[pivotal]:
        why = _why_not(asked, pivotal, northern=modality == "north-south")
        return Excluded(why, "pivotal", modality, party)
    if (
        allowed.facilitating is not None
        and facilitating is not None
        and not allowed.facilitating[facilitating]
    ):
        why = _why_not(asked, facilitating, northern=True)
        return Excluded(why, "facilitating", modality, corners.refs[facilitating])
    return None


def _why_not(asked: Asked, corner: int, *, northern: bool) -> Exclusion:
    request, corners = asked.request, asked.projection.corners
    if corner in asked.question.beneficiaries:
        return Exclusion.BENEFICIARY
    if corner in {asked.projection.corner_of(excluded) for excluded in request.exclude}:
        return Exclusion.REQUEST
    if corners.developing[corner] and northern and request.modality != "public-private":
        return Exclusion.DEVELOPING
    if not corners.developing[corner] and not northern:
        return Exclusion.NOT_DEVELOPING
    if not any(record.overall[corner] for record in asked.projection.records.values()):
        return Exclusion.NO_RECORD
    return Exclusion.NO_RECORD_IN_ROLE
