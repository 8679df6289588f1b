"""What spreading proposals over different partners costs: the same cases with and without diversification."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench._metrics import gini, interval
from bench._recovery_data import PastProjects
from search.evidence import Capacity
from search.fitting import Case, Examples, calibrate, examples, feature_names, fit_weights
from search.path_features import PAIR_FEATURES
from search.path_model import PathModel
from search.ranking import DIVERSITY, Scores, best_triangles

PENALTIES: Final = (0.0, DIVERSITY / 2, DIVERSITY, 2 * DIVERSITY)
LISTED: Final = 10
CAPACITIES: Final = (Capacity.PIVOTAL, Capacity.FACILITATING)

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
Fitted = tuple[NDArray[np.float64], float, float]


def diversity_table(data: PastProjects, splits: Iterator[Split]) -> list[dict[str, Any]]:
    """A row for each penalty, over the cases of which both partners are known.

    Weights are fitted without the case's fold. A triangle is right where both of its partners took part.
    """
    found: dict[float, list[list[float]]] = {penalty: [] for penalty in PENALTIES}
    shown = {penalty: np.zeros(data.projection.corners.countries) for penalty in PENALTIES}
    for train, test in splits:
        visible = np.zeros(len(data.projects), dtype=bool)
        visible[train] = True
        model = _model({capacity: _fitted(data, train, visible, capacity) for capacity in CAPACITIES})
        both = [place for place in test if all(_known(data, place, capacity) for capacity in CAPACITIES)]
        for place in both:
            asked = [_examples(data, [place], visible, capacity) for capacity in CAPACITIES]
            scores = _scores(data, asked, model)
            for penalty in PENALTIES:
                triangles = best_triangles(scores, model, LISTED, penalty)
                pairs = [(each.pivotal, each.facilitating or 0) for each in triangles]
                found[penalty].append(_figures(pairs, asked[0].truth[0], asked[1].truth[0]))
                shown[penalty][[pivotal for pivotal, _ in pairs]] += 1
    return [_row(penalty, found[penalty], shown[penalty]) for penalty in PENALTIES]


def _known(data: PastProjects, place: int, capacity: Capacity) -> bool:
    project = data.projects[place]
    partners = project.partners.get(capacity, frozenset())
    return bool(project.beneficiaries) and any(corner < _size(data, capacity) for corner in partners)


def _size(data: PastProjects, capacity: Capacity) -> int:
    corners = data.projection.corners
    return corners.countries if capacity is Capacity.PIVOTAL else len(corners)


def _examples(
    data: PastProjects, places: list[int], visible: NDArray[np.bool_], capacity: Capacity
) -> Examples:
    cases: list[Case] = [data.case(place, capacity, visible) for place in places]
    return examples(data.projection, cases, capacity, _size(data, capacity))


def _fitted(
    data: PastProjects, train: NDArray[np.int64], visible: NDArray[np.bool_], capacity: Capacity
) -> Fitted:
    """Weights in log-odds per unit, with the intercept that belongs to them."""
    known = _examples(data, [place for place in train if _known(data, place, capacity)], visible, capacity)
    weights = fit_weights(known, feature_names(capacity))
    slope, baseline = calibrate((known.features @ weights).ravel(), known.truth.ravel())
    return weights * slope, slope, baseline


def _model(fitted: dict[Capacity, Fitted]) -> PathModel:
    def named(capacity: Capacity) -> dict[str, float]:
        return dict(zip(feature_names(capacity), fitted[capacity][0].tolist(), strict=True))

    baseline = sum(intercept for _, _, intercept in fitted.values())
    return PathModel(
        identity="of one fold",
        fitted_on="the training folds",
        pivotal=named(Capacity.PIVOTAL),
        facilitating=named(Capacity.FACILITATING),
        pair=dict.fromkeys(PAIR_FEATURES, 0.0),
        baseline=baseline,
        partner_baseline=fitted[Capacity.PIVOTAL][2],
    )


def _scores(data: PastProjects, asked: list[Examples], model: PathModel) -> Scores:
    """Every pair of the candidates of both capacities."""
    pivotal, facilitating = asked[0].features[0], asked[1].features[0]
    pairs = (pivotal @ model.pivotal_weights)[:, None] + (facilitating @ model.facilitating_weights)[None, :]
    pairs = pairs + model.baseline
    countries = data.projection.corners.countries
    pairs[np.arange(countries), np.arange(countries)] = -np.inf
    pair = np.zeros((*pairs.shape, len(PAIR_FEATURES)))
    return Scores(pivotal, facilitating, pair, pairs, model.baseline)


def _figures(
    pairs: list[tuple[int, int]], pivotal: NDArray[np.bool_], facilitating: NDArray[np.bool_]
) -> list[float]:
    right = [float(pivotal[one] and facilitating[other]) for one, other in pairs]
    return [
        max((1 / place for place, each in enumerate(right, start=1) if each), default=0.0),
        max(right, default=0.0),
        float(any(pivotal[one] for one, _ in pairs)),
        float(any(facilitating[other] for _, other in pairs)),
        float(len({one for one, _ in pairs})),
        float(len({other for _, other in pairs})),
    ]


def _row(penalty: float, figures: list[list[float]], shown: NDArray[np.float64]) -> dict[str, Any]:
    columns = np.array(figures, dtype=np.float64).reshape(-1, 6)

    def rate(column: int) -> list[float]:
        values = columns[:, column]
        return [round(float(values.mean()), 4), *(round(bound, 4) for bound in interval(values.tolist()))]

    return {
        "penalty": penalty,
        "cases": len(figures),
        "MRR@10 of the triangle": rate(0),
        "Hits@10 of the triangle": rate(1),
        "Hits@10 of the pivotal partner": rate(2),
        "Hits@10 of the facilitating partner": rate(3),
        "pivotal partners in a list": round(float(columns[:, 4].mean()), 2),
        "facilitating partners in a list": round(float(columns[:, 5].mean()), 2),
        "coverage": round(float((shown > 0).mean()), 4),
        "Gini": round(gini(shown), 4),
    }
