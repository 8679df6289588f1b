"""Measures of rankings, with bootstrap intervals."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_RESAMPLES = 2_000


def order_of(scores: Floats, seed: int) -> NDArray[np.int64]:
    """Candidates from best to worst; equal scores in a random order that the seed fixes."""
    tie_breaker = np.random.default_rng(seed).random(len(scores))
    return np.lexsort((tie_breaker, -scores))


def first_rank(order: NDArray[np.int64], truth: Flags) -> int:
    """Rank, from 1, of the best true candidate."""
    return int(np.flatnonzero(truth[order])[0]) + 1


def ndcg_at_10(order: NDArray[np.int64], truth: Flags) -> float:
    """Normalised discounted cumulative gain of the first ten, with binary relevance."""
    discounts = 1 / np.log2(np.arange(2, 12))
    gain = (truth[order[:10]] * discounts[: len(order[:10])]).sum()
    ideal = discounts[: min(int(truth.sum()), 10)].sum()
    return float(gain / ideal)


def interval(values: Sequence[float], statistic: Callable[[Floats], float] = np.mean) -> tuple[float, float]:
    """Bootstrap 95 % interval (percentiles) of a statistic over cases."""
    sample = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(7).integers(0, len(sample), size=(_RESAMPLES, len(sample)))
    found = [statistic(sample[draw]) for draw in draws]
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


def gini(counts: Floats) -> float:
    """Gini coefficient of how often each candidate is recommended: 0 all alike, 1 one has all."""
    ordered = np.sort(counts)
    total = ordered.sum()
    if not total:
        return 0.0
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * total))
