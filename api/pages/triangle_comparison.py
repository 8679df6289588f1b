"""Triangles side by side, and why one pair of partners has its rank or is not proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from api.dependencies import InstanceDependency
from api.pages.page import Page, PageDependency
from api.pages.partners import FormDependency, form_context, party_names
from api.pages.reference import Reference, ReferenceDependency
from api.pages.triangle_form import MOST_COMPARED, PathsForm, pair_of, problems_of
from api.pages.triangle_messages import excluded_message, not_found_message
from api.pages.triangle_view import PARTS, Bar, Scale, TriangleView, part_of, triangles
from api.problems import RETRY_SECONDS
from graph_model.errors import NotFoundError, UnavailableError
from search.answers import RankExplanation
from search.instance import Instance

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Explained:
    """One pair as far as it could be explained. reason: why it is not proposed, empty where it is."""

    pair: str
    name: str
    explanation: RankExplanation | None
    view: TriangleView | None
    reason: str
    problems: dict[str, str]


@router.get("/paths/compare")
def compare_page(
    form: FormDependency, page: PageDependency, reference: ReferenceDependency, instance: InstanceDependency
) -> HTMLResponse:
    """Up to three pairs side by side: contributions, and the evidence of each side."""
    status = 200
    try:
        found = explained(form, form.pair[:MOST_COMPARED], page, reference, instance) if form.asks else []
    except UnavailableError:
        found, status = [], 503
    views = [each.view for each in found if each.view is not None]
    context = form_context(form, page, reference, instance) | {
        "compared": found,
        "parts": rows_of_contributions(views),
        "too_many": len(form.pair) > MOST_COMPARED,
        "most": MOST_COMPARED,
        "unavailable": status == 503,
    }
    return page.render("paths_compare.html", context, status=status, headers=_retry(status))


@router.get("/paths/explain")
def explain_page(
    form: FormDependency, page: PageDependency, reference: ReferenceDependency, instance: InstanceDependency
) -> HTMLResponse:
    """Why a pair has its rank, what it hangs on, or why it is not proposed; and the form that chooses one."""
    pair = pair_of(form.pivotal, form.facilitating)
    status = 200
    one = None
    try:
        if form.asks and form.pivotal:
            [one] = explained(form, [pair], page, reference, instance)
            status = 200 if one.explanation is not None else 422
    except UnavailableError:
        status = 503
    context = form_context(form, page, reference, instance) | {
        "one": one,
        "problems": one.problems if one is not None else {},
        "behind": behind(one.explanation) if one is not None and one.explanation is not None else [],
        "organisations": organisations(page, reference, instance),
        "unavailable": status == 503,
    }
    return page.render("paths_explain.html", context, status=status, headers=_retry(status))


def explained(
    form: PathsForm, pairs: Sequence[str], page: Page, reference: Reference, instance: Instance
) -> list[Explained]:
    """Each pair with its explanation, or with what is wrong with it. Raises UnavailableError."""
    outcomes = [_explanation(form, pair, page, instance) for pair in pairs]
    paths = [each.path for each, _ in outcomes if each is not None and each.path is not None]
    views = iter(triangles(paths, page, ranked=False))
    refs = [ref for pair in pairs for ref in pair.split(",")]
    names = party_names(refs, page, reference, instance)
    found = []
    for pair, (explanation, problems) in zip(pairs, outcomes, strict=True):
        shown = explanation is not None and explanation.path is not None
        found.append(
            Explained(
                pair=pair,
                name=page.language.joined([names[ref] for ref in pair.split(",")]),
                explanation=explanation,
                view=next(views) if shown else None,
                reason=_reason(explanation, names, page),
                problems=problems,
            )
        )
    return found


def rows_of_contributions(views: Sequence[TriangleView]) -> list[tuple[str, list[str]]]:
    """(part, features) that contribute to any of the triangles, in the order of the model."""
    names = dict.fromkeys(bar.name for part in PARTS for view in views for bar in _features(view, part))
    parts = [part for part in PARTS if any(bar.total.name == part for view in views for bar in view.parts)]
    return [(part, [name for name in names if part_of(name) == part]) for part in parts]


def behind(explanation: RankExplanation) -> list[Bar]:
    """By how much the first proposal is ahead, feature by feature, the largest difference first."""
    differences = {name: value for name, value in explanation.behind_the_first.items() if abs(value) >= 0.005}
    scale = Scale.over(list(differences.values()))
    ordered = sorted(differences.items(), key=lambda item: -abs(item[1]))
    return [scale.bar(name, value) for name, value in ordered]


def organisations(page: Page, reference: Reference, instance: Instance) -> list[tuple[str, str]]:
    """(reference, name) of the organisations that may stand in a corner themselves, by name."""
    corners = instance.paths.feed.projection.corners
    refs = corners.refs[corners.countries :]
    names = party_names(refs, page, reference, instance)
    return sorted(
        ((ref, name) for ref, name in names.items() if name != ref), key=lambda row: row[1].casefold()
    )


def _features(view: TriangleView, part: str) -> tuple[Bar, ...]:
    return next((each.features for each in view.parts if each.total.name == part), ())


def _explanation(
    form: PathsForm, pair: str, page: Page, instance: Instance
) -> tuple[RankExplanation | None, dict[str, str]]:
    try:
        return instance.paths.explain(form.explanation(page.language, pair)), {}
    except ValidationError as error:
        return None, problems_of(error, page.language)
    except NotFoundError as error:
        return None, dict([not_found_message(str(error), page.language)])


def _reason(explanation: RankExplanation | None, names: dict[str, str], page: Page) -> str:
    if explanation is None:
        return ""
    if explanation.excluded:
        return excluded_message(explanation.excluded, names, page.language)
    if explanation.missing_evidence:
        return page.language.gettext("One of its sides has no record behind it, so it is never proposed.")
    return ""


def _retry(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
