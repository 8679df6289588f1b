"""From a question to ranked triangles: score every admissible pair of corners, then diversify."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.evidence import Capacity
from search.path_features import (
    FACILITATING_FEATURES,
    PAIR_FEATURES,
    PIVOTAL_FEATURES,
    Question,
    Values,
    features_in_each,
    pair_features,
)
from search.path_model import PathModel, total
from search.projection import Projection

MODALITIES: Final = ("triangular", "south-south", "north-south", "public-private")
DIVERSITY: Final = 1.5
"""Log-odds that a triangle loses for each earlier one with the same pivotal or facilitating corner."""


@dataclass(frozen=True, slots=True)
class Triangle:
    """A pair of corners for the beneficiary of a question. facilitating None: no third corner.

    contributions: log-odds by name; they sum to the score.
    """

    pivotal: int
    facilitating: int | None
    score: float
    contributions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Admissible:
    """Corners that may stand where: pivotal (countries,), facilitating (corners,) or None for none."""

    pivotal: NDArray[np.bool_]
    facilitating: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores for a question. pairs: (countries, corners), or (countries, 1) without a third corner."""

    pivotal: Values
    facilitating: Values
    pair: Values
    pairs: Values
    baseline: float


def admissible(
    projection: Projection, modality: str, beneficiaries: Iterable[int], excluded: Iterable[int]
) -> Admissible:
    """The corners that a modality allows, without the beneficiaries and the excluded ones."""
    corners = projection.corners
    allowed = np.ones(len(corners), dtype=bool)
    allowed[[*beneficiaries, *excluded]] = False
    experienced = np.zeros(len(corners), dtype=bool)
    for capacity in (Capacity.PIVOTAL, Capacity.OFFERS, Capacity.SHARES):
        experienced |= projection.records[capacity].overall > _NO_RECORD
    supporting = np.zeros(len(corners), dtype=bool)
    for capacity in (Capacity.FACILITATING, Capacity.OFFERS, Capacity.SHARES):
        supporting |= projection.records[capacity].overall > _NO_RECORD
    southern = (corners.developing & allowed & experienced)[: corners.countries]
    if modality == "triangular":
        return Admissible(southern, allowed & supporting & (corners.multilateral | corners.northern))
    if modality == "south-south":
        return Admissible(southern, None)
    if modality == "north-south":
        return Admissible(
            (corners.northern & allowed & (experienced | supporting))[: corners.countries], None
        )
    return Admissible(southern, allowed & (projection.private > _NO_RECORD))


def score_pairs(projection: Projection, question: Question, model: PathModel, allowed: Admissible) -> Scores:
    """Score every admissible pair; the others get minus infinity. A corner never stands twice."""
    countries = projection.corners.countries
    capacities = (
        (Capacity.PIVOTAL,) if allowed.facilitating is None else (Capacity.PIVOTAL, Capacity.FACILITATING)
    )
    pivotal, *third = features_in_each(projection, question, capacities)
    pivotal = pivotal[:countries]
    pivotal_score = np.where(allowed.pivotal, total(pivotal, model.pivotal_weights), -np.inf)
    if allowed.facilitating is None:
        pairs = (pivotal_score + model.partner_baseline)[:, None]
        empty = np.zeros((0, 0))
        return Scores(pivotal, empty, empty, pairs, model.partner_baseline)
    [facilitating] = third
    facilitating_score = np.where(
        allowed.facilitating, total(facilitating, model.facilitating_weights), -np.inf
    )
    pair = pair_features(projection)
    pairs = pivotal_score[:, None] + facilitating_score[None, :]
    for place, weight in enumerate(model.pair_weights.tolist()):
        pairs += pair[:, :, place] * weight
    pairs += model.baseline
    pairs[np.arange(countries), np.arange(countries)] = -np.inf
    return Scores(pivotal, facilitating, pair, pairs, model.baseline)


def best_triangles(
    scores: Scores, model: PathModel, limit: int, diversity: float = DIVERSITY
) -> list[Triangle]:
    """The first triangles in the order of ``triangles_in_order``, at most limit."""
    return list(islice(triangles_in_order(scores, model, diversity), limit))


def triangles_in_order(scores: Scores, model: PathModel, diversity: float = DIVERSITY) -> Iterator[Triangle]:
    """The best pairs, each picked by its score less ``diversity`` for every earlier use of its corners.

    Greedy maximal marginal relevance (Carbonell and Goldstein 1998) with the number of shared corners as the
    similarity. diversity 0 gives the plain order of scores. Ties go to the lower corner indices.
    """
    remaining = scores.pairs.copy()
    while True:
        place = int(np.argmax(remaining))
        pivotal, facilitating = divmod(place, remaining.shape[1])
        if not np.isfinite(remaining[pivotal, facilitating]):
            return
        third = facilitating if scores.facilitating.size else None
        yield triangle(scores, model, pivotal, third)
        remaining[pivotal, facilitating] = -np.inf
        remaining[pivotal, :] -= diversity
        if third is not None:
            remaining[:, third] -= diversity


def triangle(scores: Scores, model: PathModel, pivotal: int, facilitating: int | None) -> Triangle:
    """One pair with its contributions, which sum to its score."""
    parts = {"baseline": scores.baseline}
    parts |= _parts("pivotal", PIVOTAL_FEATURES, scores.pivotal[pivotal], model.pivotal_weights)
    if facilitating is not None:
        third = scores.facilitating[facilitating]
        parts |= _parts("facilitating", FACILITATING_FEATURES, third, model.facilitating_weights)
        parts |= _parts("pair", PAIR_FEATURES, scores.pair[pivotal, facilitating], model.pair_weights)
    return Triangle(pivotal, facilitating, float(sum(parts.values())), parts)


def considered(scores: Scores) -> int:
    """How many pairs are admissible."""
    return int(np.isfinite(scores.pairs).sum())


def rank_of(scores: Scores, pivotal: int, facilitating: int | None) -> int | None:
    """The place of a pair in the plain order of scores, from 1; None where it is not admissible."""
    score = scores.pairs[pivotal, facilitating or 0]
    return int((scores.pairs > score).sum()) + 1 if np.isfinite(score) else None


_NO_RECORD: Final = 1e-4
"""Counts below this are rounding left over from records that were taken back."""


def _parts(corner: str, names: tuple[str, ...], values: Values, weights: Values) -> dict[str, float]:
    return {
        f"{corner}.{name}": value * weight
        for name, value, weight in zip(names, values.tolist(), weights.tolist(), strict=True)
        if value * weight != 0.0
    }
