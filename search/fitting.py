"""Fitting the path model on partnerships that happened.

Each past partnership is a case: its text, beneficiaries, clusters and SDGs are the question, its partners the
answer. While its features are computed it is hidden, with every near-duplicate of it. Weights maximise the
likelihood of the true partners among all corners (conditional logit, McFadden 1974), with a ridge penalty and
with the sign that each feature's meaning demands; the score is then calibrated (Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from search.evidence import Capacity
from search.path_features import FACILITATING_FEATURES, PIVOTAL_FEATURES, Question, Values, partner_features
from search.projection import Projection

RIDGE: Final = 0.03
FREE_SIGN: Final = frozenset({"higher_income", "multilateral"})
"""Features that may speak against a partner; more of any other can only speak for one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A past partnership as a question with known answers.

    hidden: references that count for nothing while it is scored. partners: true corners.
    """

    ref: str
    question: Question
    hidden: tuple[str, ...]
    partners: frozenset[int]


@dataclass(frozen=True, slots=True)
class Examples:
    """Features (cases, corners, features) and truth (cases, corners) of one capacity."""

    features: Values
    truth: NDArray[np.bool_]

    def take(self, cases: Sequence[int]) -> "Examples":
        """These cases alone."""
        return Examples(self.features[list(cases)], self.truth[list(cases)])


def feature_names(capacity: Capacity) -> tuple[str, ...]:
    """The columns of partner_features in a capacity."""
    return PIVOTAL_FEATURES if capacity is Capacity.PIVOTAL else FACILITATING_FEATURES


def examples(projection: Projection, cases: Sequence[Case], capacity: Capacity, size: int) -> Examples:
    """Features and truth of every case for the first ``size`` corners, each hidden from itself."""
    features = np.zeros((len(cases), size, len(feature_names(capacity))))
    truth = np.zeros((len(cases), size), dtype=bool)
    for place, case in enumerate(cases):
        with projection.hiding(case.hidden):
            features[place] = partner_features(projection, case.question, capacity)[:size]
        truth[place, [corner for corner in case.partners if corner < size]] = True
    return Examples(features, truth)


def fit_weights(data: Examples, names: Sequence[str], ridge: float = RIDGE) -> NDArray[np.float64]:
    """Weights (features,) in log-odds per unit; the penalty applies to weights per standard deviation."""
    scale = data.features.std(axis=(0, 1))
    scale[scale == 0] = 1.0
    features = data.features / scale
    target = data.truth / np.maximum(data.truth.sum(axis=1, keepdims=True), 1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights
        scores -= scores.max(axis=1, keepdims=True)
        exponentials = np.exp(scores)
        normaliser = exponentials.sum(axis=1, keepdims=True)
        likelihood = (target * (scores - np.log(normaliser))).sum()
        gradient = np.einsum("qc,qcf->f", target - exponentials / normaliser, features)
        cases = len(target)
        return (
            -likelihood / cases + ridge * float(weights @ weights),
            -gradient / cases + 2 * ridge * weights,
        )

    bounds = [(None, None) if name in FREE_SIGN else (0.0, None) for name in names]
    start = np.zeros(features.shape[2])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    weights: NDArray[np.float64] = found.x / scale
    return weights


def calibrate(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept that turn scores into log-odds of truth (Platt scaling), by maximum likelihood.

    Raises ValueError where there is no true or no false example.
    """
    if truth.all() or not truth.any():
        raise ValueError("calibration needs partners that happened and partners that did not")
    positives, negatives = truth.sum(), (~truth).sum()
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_odds = line[0] * scores + line[1]
        value = np.logaddexp(0, log_odds) - target * log_odds
        error = 1 / (1 + np.exp(-log_odds)) - target
        return float(value.sum()), np.array([float(error @ scores), float(error.sum())])

    start = np.array([1.0, np.log(positives / negatives)])
    slope, intercept = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(1e-3, None), (None, None)]
    ).x
    return float(slope), float(intercept)
