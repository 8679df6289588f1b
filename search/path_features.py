"""Path features: what speaks for a corner as pivotal or facilitating partner, and for two corners together.

Every feature is 0 where there is no evidence, so that a weight times a value is a contribution that can be
shown. Counts are degree-weighted (see ``track_record``) and enter as log(1 + count), similarities as shares
or cosines between 0 and 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.evidence import Capacity
from search.projection import Projection
from search.track_record import DAMPING, TrackRecord

Values = NDArray[np.float64]

_NEARNESS_KM: Final = 1_000.0
_MEANING_POWER: Final = 2
"""Cosines are squared before they weigh neighbours: far ones fade, none dominates."""

PARTNER_FEATURES: Final = (
    "similar_work",
    "similar_work_of_peers",
    "most_similar_record",
    "similar_words",
    "similar_need_solved",
    "record_in_cluster",
    "record_in_sdg",
    "ties_with_beneficiary",
    "ties_with_subregion",
    "similar_work_nearby",
    "experience",
)
PLACE_FEATURES: Final = (
    "nearness",
    "same_region",
    "same_subregion",
    "shared_language",
    "takes_part_as_beneficiary",
    "higher_income",
)
PIVOTAL_FEATURES: Final = (*PARTNER_FEATURES, *PLACE_FEATURES)
FACILITATING_FEATURES: Final = (*PARTNER_FEATURES, *PLACE_FEATURES, "multilateral")
PAIR_FEATURES: Final = ("worked_together",)


@dataclass(frozen=True, slots=True)
class Question:
    """A need as ranking sees it.

    meaning: (row, cosine) of similar records; words: (row, score) of records that share words.
    beneficiaries: corners that have the need. clusters, sdgs: weight by index, summing to 1 where known.
    """

    meaning: Sequence[tuple[int, float]]
    words: Sequence[tuple[int, float]] = ()
    beneficiaries: Sequence[int] = ()
    clusters: Mapping[int, float] = field(default_factory=dict)
    sdgs: Mapping[int, float] = field(default_factory=dict)


class _Hits:
    """Similar records, with who stands in them in one capacity."""

    def __init__(self, projection: Projection, hits: Sequence[tuple[int, float]]) -> None:
        self.rows = np.array([row for row, _ in hits], dtype=np.int64)
        self.similarity = np.clip(np.array([score for _, score in hits], dtype=np.float64), 0, None)
        self.position, self.corner, self.capacity = projection.members(self.rows)
        self.corners = len(projection.corners)

    def most(self, capacities: Sequence[Capacity]) -> Values:
        """The highest similarity that each corner reaches in any of the capacities."""
        best = np.zeros(self.corners)
        chosen = _among(self.capacity, capacities)
        np.maximum.at(best, self.corner[chosen], self.similarity[self.position[chosen]])
        return best

    def share(self, capacities: Sequence[Capacity], weights: Values) -> Values:
        """Each corner's share of the weights of the records in which it stands, degree-damped; (corners,)."""
        chosen = _among(self.capacity, capacities)
        position = self.position[chosen]
        degree = np.bincount(position, minlength=len(self.rows)).astype(np.float64)
        damping = np.maximum(degree, 1) ** -DAMPING
        involved = weights * (degree > 0)
        total = involved.sum()
        if not total:
            return np.zeros(self.corners)
        given = (weights * damping)[position]
        shares: Values = np.bincount(self.corner[chosen], weights=given, minlength=self.corners) / total
        return shares

    def nearby(self, projection: Projection, beneficiaries: Sequence[int]) -> Values:
        """Cosine of the sub-regions of each hit's beneficiaries with those of these; (hits,)."""
        subregions = len(projection.corners.subregions)
        country = (self.capacity == Capacity.BENEFICIARY) & (self.corner < projection.corners.countries)
        counts = np.zeros((len(self.rows), subregions))
        np.add.at(counts, (self.position[country], projection.corners.subregion[self.corner[country]]), 1)
        wanted = np.bincount(projection.corners.subregion[list(beneficiaries)], minlength=subregions)
        norms = np.linalg.norm(counts, axis=1) * np.linalg.norm(wanted)
        cosine: Values = counts @ wanted / np.maximum(norms, 1e-9)
        return cosine


class _Compared:
    """A question beside the projection, with all that is the same in every capacity."""

    def __init__(self, projection: Projection, question: Question) -> None:
        self.projection = projection
        self.question = question
        self.meaning = _Hits(projection, question.meaning)
        self.words = _Hits(projection, question.words)
        self.beneficiaries = [
            corner for corner in question.beneficiaries if corner < projection.corners.countries
        ]
        self.nearby = (
            self.meaning.nearby(projection, self.beneficiaries)
            if self.beneficiaries
            else np.zeros(len(self.meaning.rows))
        )
        self.place = _place(projection, self.beneficiaries)


def partner_features(projection: Projection, question: Question, capacity: Capacity) -> Values:
    """Features of every corner as a partner in a capacity, shape (corners, features).

    What a corner offers or shares counts like work that it did in the capacity, but for ties.
    Counts and shares are damped by the corner's own degree too: a giant does not win by size, but by what it
    does more of than its size explains; ``experience`` alone tells the size.

    Columns: PIVOTAL_FEATURES for the pivotal capacity, FACILITATING_FEATURES for the facilitating one.
    """
    return _features(_Compared(projection, question), capacity)


def features_in_each(
    projection: Projection, question: Question, capacities: Sequence[Capacity]
) -> list[Values]:
    """``partner_features`` in several capacities, for little more than the cost of one."""
    compared = _Compared(projection, question)
    return [_features(compared, capacity) for capacity in capacities]


def _features(compared: _Compared, capacity: Capacity) -> Values:
    projection, question, beneficiaries = compared.projection, compared.question, compared.beneficiaries
    meaning, words = compared.meaning, compared.words
    nearness_of_meaning = meaning.similarity**_MEANING_POWER
    record = projection.records[capacity]
    shown = (capacity, Capacity.OFFERS, Capacity.SHARES)
    records = [projection.records[each] for each in shown]
    overall = np.sum([each.overall for each in records], axis=0, dtype=np.float64)
    of_corner = np.maximum(overall, 1) ** -DAMPING
    similar_work = meaning.share(shown, nearness_of_meaning)
    columns = [
        np.sqrt(of_corner * similar_work),
        np.sqrt(_of_peers(projection, similar_work)),
        meaning.most(shown),
        np.sqrt(of_corner * words.share(shown, words.similarity**_MEANING_POWER)),
        meaning.most((Capacity.BENEFICIARY,)),
        np.log1p(of_corner * sum(_weighted(each.by_cluster, question.clusters) for each in records)),
        np.log1p(of_corner * sum(_weighted(each.by_sdg, question.sdgs) for each in records)),
        np.log1p(of_corner * _ties(record, beneficiaries)),
        np.log1p(of_corner * _subregional_ties(projection, record, beneficiaries)),
        np.sqrt(of_corner * meaning.share(shown, nearness_of_meaning * compared.nearby)),
        np.log1p(overall),
        *compared.place,
    ]
    if capacity is Capacity.FACILITATING:
        columns.append(projection.corners.multilateral.astype(np.float64))
    return np.stack(columns, axis=1)


def _among(capacity: NDArray[np.int64], capacities: Sequence[Capacity]) -> NDArray[np.bool_]:
    """Which entries are one of the capacities; by a table, as there are only a few."""
    table = np.zeros(len(Capacity), dtype=bool)
    table[list(capacities)] = True
    chosen: NDArray[np.bool_] = table[capacity]
    return chosen


def pair_features(projection: Projection) -> Values:
    """Features of a pivotal country with a facilitating corner, shape (countries, corners, features)."""
    return projection.worked_together[:, :, None]


def _of_peers(projection: Projection, work: Values) -> Values:
    """What the countries of a corner's sub-region did together, 0 for multilaterals; (corners,)."""
    corners = projection.corners
    total = np.bincount(
        corners.subregion, weights=work[: corners.countries], minlength=len(corners.subregions)
    )
    return np.append(total[corners.subregion], np.zeros(len(corners) - corners.countries))


def _weighted(counts: NDArray[np.float32], weights: Mapping[int, float]) -> Values:
    if not weights:
        return np.zeros(counts.shape[1])
    weight = np.fromiter(weights.values(), dtype=np.float32, count=len(weights))
    total: Values = (weight[:, None] * counts[list(weights)]).sum(axis=0, dtype=np.float64)
    return total


def _ties(record: TrackRecord, beneficiaries: Sequence[int]) -> Values:
    counts = record.by_beneficiary[list(beneficiaries)]
    total: Values = counts.sum(axis=0, dtype=np.float64) / np.sqrt(max(len(beneficiaries), 1))
    return total


def _subregional_ties(projection: Projection, record: TrackRecord, beneficiaries: Sequence[int]) -> Values:
    if not beneficiaries:
        return np.zeros(record.by_subregion.shape[1])
    inside, members = np.unique(projection.corners.subregion[list(beneficiaries)], return_counts=True)
    shares = members / np.linalg.norm(members)
    total: Values = shares @ record.by_subregion[inside].astype(np.float64)
    return total


def _place(projection: Projection, beneficiaries: Sequence[int]) -> list[Values]:
    """Where a corner lies as seen from the beneficiaries: the PLACE_FEATURES, one column each."""
    corners = projection.corners
    columns = [np.zeros(len(corners)) for _ in PLACE_FEATURES]
    if beneficiaries:
        chosen = list(beneficiaries)
        end = corners.countries
        others = corners.kilometres[:, chosen].astype(np.float64)
        others[chosen, range(len(chosen))] = np.nan
        nearest = np.fmin.reduce(others, axis=1)
        columns[0][:end] = np.nan_to_num(1 / (1 + nearest / _NEARNESS_KM), nan=0.0)
        columns[1][:end] = (corners.region[:, None] == corners.region[chosen]).mean(axis=1)
        columns[2][:end] = (corners.subregion[:, None] == corners.subregion[chosen]).mean(axis=1)
        columns[3][:end] = corners.shares_language[:, chosen].mean(axis=1)
        columns[4][chosen] = 1.0
        steps = corners.income[chosen].astype(np.float64)
        if not np.isnan(steps).all():
            columns[5][:end] = np.nan_to_num(corners.income - np.nanmean(steps), nan=0.0)
    return columns
