"""Fits the path model on the partnerships of the graph at hand, and compares it with the one in use."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph_model.derive.payload import indexed_text
from graph_model.errors import ConfigurationError
from graph_model.nodes import Partnership
from graph_model.record import Authenticity, Status
from graph_model.store import Store
from search.evidence import EVIDENCE_TYPES, Capacity, goals
from search.fitting import Case, Examples, calibrate, examples, fit_weights
from search.index_lifecycle import ActiveIndex
from search.path_features import FACILITATING_FEATURES, PAIR_FEATURES, PIVOTAL_FEATURES
from search.path_model import PathModel
from search.projection import Projection
from search.question import NeedAsked, question_for

FOLDS: Final = 10
FEWEST_CASES: Final = 40
NEAR_DUPLICATE: Final = 0.8
"""Cosine above which two texts describe one undertaking: repeats, translations and follow-up phases."""
UBIQUITOUS: Final = 1 / 3

Mask = Callable[[str], str]
Progress = Callable[[int, int], None]
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitReport:
    """Mean reciprocal ranks out of fold, of the fitted weights and of the model in use, on the same cases."""

    model: PathModel
    cases: int
    pivotal: tuple[float, float]
    facilitating: tuple[float, float]

    @property
    def is_better(self) -> bool:
        """Whether the fitted weights beat the model in use for both partners together."""
        return sum(new - old for new, old in (self.pivotal, self.facilitating)) > 0


def fit_model(
    store: Store,
    active: ActiveIndex,
    projection: Projection,
    used: PathModel,
    mask: Mask,
    progress: Progress | None = None,
) -> FitReport:
    """Fit on every published partnership that is not illustrative.

    mask: removes names of countries from a text.

    Raises ConfigurationError where the graph has fewer than FEWEST_CASES partnerships with a known partner.
    """
    records = [
        stored.record
        for stored in store.records(Partnership.type_name)
        if isinstance(stored.record, Partnership)
        and stored.record.status is Status.PUBLISHED
        and stored.record.authenticity is not Authenticity.ILLUSTRATIVE
    ]
    invented = _illustrative(store)
    texts = [mask(indexed_text(record)) for record in records]
    with active.use() as opened:
        groups = near_duplicates(opened.embedder.encode_document(texts)) if texts else np.zeros(0, dtype=int)
    chosen: dict[Capacity, list[Case]] = {Capacity.PIVOTAL: [], Capacity.FACILITATING: []}
    group_of: dict[str, int] = {}
    for place, record in enumerate(records):
        duplicates = (records[other].ref for other in np.flatnonzero(groups == groups[place]))
        hidden = tuple({*duplicates, *invented})
        for capacity, case in _cases(record, texts[place], hidden, active, projection).items():
            chosen[capacity].append(case)
        group_of[record.ref] = int(groups[place])
        if progress is not None:
            progress(place + 1, len(records))
    if min(len(cases) for cases in chosen.values()) < FEWEST_CASES:
        raise ConfigurationError(
            f"fitting needs {FEWEST_CASES} partnerships with a pivotal, as many with a facilitating partner; "
            f"this graph has {len(chosen[Capacity.PIVOTAL])} and {len(chosen[Capacity.FACILITATING])}"
        )
    return _fit(projection, chosen, group_of, used)


def _illustrative(store: Store) -> set[str]:
    """Invented records, which must teach the model nothing."""
    return {
        stored.record.ref
        for type_name in EVIDENCE_TYPES
        for stored in store.records(type_name)
        if stored.record.authenticity is Authenticity.ILLUSTRATIVE
    }


def near_duplicates(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Group numbers: texts linked by cosines above NEAR_DUPLICATE share one. vectors: (texts, dimensions)."""
    groups = np.arange(len(vectors), dtype=np.int64)
    for place in range(len(vectors)):
        close = np.flatnonzero(vectors[: place + 1] @ vectors[place] > NEAR_DUPLICATE)
        for other in close:
            groups[groups == groups[other]] = groups[place]
    return groups


def _cases(
    record: Partnership, text: str, hidden: tuple[str, ...], active: ActiveIndex, projection: Projection
) -> dict[Capacity, Case]:
    partners: dict[Capacity, set[int]] = {}
    row = projection.row(record.ref)
    for _, corner, capacity in projection.parties(row) if row is not None else ():
        if corner >= 0:
            partners.setdefault(capacity, set()).add(corner)
    beneficiaries = tuple(
        projection.corners.refs[corner]
        for corner in sorted(partners.get(Capacity.BENEFICIARY, ()))
        if corner < projection.corners.countries
    )
    found = {
        Capacity.PIVOTAL: {c for c in partners.get(Capacity.PIVOTAL, ()) if c < projection.corners.countries},
        Capacity.FACILITATING: partners.get(Capacity.FACILITATING, set()),
    }
    if not beneficiaries or not any(found.values()):
        return {}
    need = NeedAsked(text, beneficiaries, tuple(record.clusters), goals(record.sdgs))
    question, _ = question_for(need, active, projection, hidden=hidden)
    return {
        capacity: Case(record.ref, question, hidden, frozenset(corners))
        for capacity, corners in found.items()
        if corners
    }


def _fit(
    projection: Projection,
    cases: dict[Capacity, list[Case]],
    group_of: dict[str, int],
    used: PathModel,
) -> FitReport:
    countries, corners = projection.corners.countries, len(projection.corners)
    ubiquitous = _ubiquitous(cases[Capacity.FACILITATING])
    cases = cases | {Capacity.FACILITATING: _without(cases[Capacity.FACILITATING], ubiquitous)}
    candidates = np.setdiff1d(np.arange(corners), sorted(ubiquitous))
    pivotal = examples(projection, cases[Capacity.PIVOTAL], Capacity.PIVOTAL, countries)
    facilitating = examples(projection, cases[Capacity.FACILITATING], Capacity.FACILITATING, corners)
    facilitating = Examples(facilitating.features[:, candidates], facilitating.truth[:, candidates])
    pivotal_folds = _folds(cases[Capacity.PIVOTAL], group_of)
    facilitating_folds = _folds(cases[Capacity.FACILITATING], group_of)
    pivotal_scores = out_of_fold(pivotal, PIVOTAL_FEATURES, pivotal_folds)
    facilitating_scores = out_of_fold(facilitating, FACILITATING_FEATURES, facilitating_folds)
    pivotal_weights = fit_weights(pivotal, PIVOTAL_FEATURES)
    facilitating_weights = fit_weights(facilitating, FACILITATING_FEATURES)
    pair_weight = _pair_weight(projection, cases, facilitating, facilitating_weights, candidates)
    model = PathModel(
        identity=f"logistic-{datetime.now(UTC):%Y%m%d%H%M%S}",
        fitted_on=f"{len(cases[Capacity.PIVOTAL])} partnerships with a pivotal and "
        f"{len(cases[Capacity.FACILITATING])} with a facilitating partner",
        pivotal=dict(zip(PIVOTAL_FEATURES, pivotal_weights.round(4).tolist(), strict=True)),
        facilitating=dict(zip(FACILITATING_FEATURES, facilitating_weights.round(4).tolist(), strict=True)),
        pair=dict.fromkeys(PAIR_FEATURES, round(pair_weight, 4)),
        baseline=0.0,
        partner_baseline=0.0,
    )
    model = _calibrated(model, cases, pivotal, pivotal_scores, facilitating, facilitating_scores)
    return FitReport(
        model,
        len(cases[Capacity.PIVOTAL]),
        (mean_reciprocal_rank(pivotal_scores, pivotal.truth), _rank_with(pivotal, used.pivotal_weights)),
        (
            mean_reciprocal_rank(facilitating_scores, facilitating.truth),
            _rank_with(facilitating, used.facilitating_weights),
        ),
    )


def _ubiquitous(cases: Sequence[Case]) -> set[int]:
    """Corners in more than UBIQUITOUS of the cases: they tell who published a source, not who fits a need."""
    counts = Counter(corner for case in cases for corner in case.partners)
    return {corner for corner, count in counts.items() if count > UBIQUITOUS * len(cases)}


def _without(cases: Sequence[Case], corners: set[int]) -> list[Case]:
    remaining = (replace(case, partners=case.partners - corners) for case in cases)
    return [case for case in remaining if case.partners]


def out_of_fold(data: Examples, names: Sequence[str], folds: NDArray[np.int64]) -> Weights:
    """Scores (cases, corners) by weights that were fitted without the case's fold."""
    scores = np.zeros(data.truth.shape)
    for fold in np.unique(folds):
        inside = np.flatnonzero(folds == fold)
        weights = fit_weights(data.take(np.flatnonzero(folds != fold).tolist()), names)
        scores[inside] = data.features[inside] @ weights
    return scores


def first_ranks(scores: Weights, truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rank of the best true corner of each case; equal scores share the mean of their ranks."""
    best = np.where(truth, scores, -np.inf).max(axis=1, keepdims=True)
    above = (scores > best).sum(axis=1)
    equal = (scores == best).sum(axis=1)
    ranks: NDArray[np.float64] = above + (equal + 1) / 2
    return ranks


def mean_reciprocal_rank(scores: Weights, truth: NDArray[np.bool_]) -> float:
    """MRR of the best true corner over the cases."""
    return float((1 / first_ranks(scores, truth)).mean())


def _rank_with(data: Examples, weights: Weights) -> float:
    return mean_reciprocal_rank(data.features @ weights, data.truth)


def _folds(cases: Sequence[Case], group_of: dict[str, int]) -> NDArray[np.int64]:
    """Fold of each case; near-duplicates share one. The same for the same graph."""
    groups = sorted({group_of[case.ref] for case in cases})
    order = np.random.default_rng(20_261).permutation(len(groups))
    fold = {group: int(place) % FOLDS for group, place in zip(groups, order, strict=True)}
    return np.array([fold[group_of[case.ref]] for case in cases], dtype=np.int64)


def _pair_weight(
    projection: Projection,
    cases: dict[Capacity, list[Case]],
    facilitating: Examples,
    facilitating_weights: Weights,
    candidates: NDArray[np.int64],
) -> float:
    """Weight of earlier joint work, with the facilitating weights held as one known feature."""
    partners = {case.ref: case.partners for case in cases[Capacity.PIVOTAL]}
    features, truth = [], []
    for place, case in enumerate(cases[Capacity.FACILITATING]):
        with projection.hiding(case.hidden):
            for pivotal in sorted(partners.get(case.ref, ()))[:3]:
                known = facilitating.features[place] @ facilitating_weights
                features.append(np.stack([known, np.log1p(projection.together[pivotal, candidates])], axis=1))
                truth.append(facilitating.truth[place])
    if not features:
        return 0.0
    found = fit_weights(Examples(np.array(features), np.array(truth)), ["known", *PAIR_FEATURES], ridge=0.001)
    return float(found[1] / found[0]) if found[0] > 0 else 0.0


def _calibrated(
    model: PathModel,
    cases: dict[Capacity, list[Case]],
    pivotal: Examples,
    pivotal_scores: Weights,
    facilitating: Examples,
    facilitating_scores: Weights,
) -> PathModel:
    """The model with scores in log-odds: of a pair, or of a pivotal partner alone."""
    alone_slope, alone = calibrate(pivotal_scores.ravel(), pivotal.truth.ravel())
    place = {case.ref: index for index, case in enumerate(cases[Capacity.PIVOTAL])}
    scores, truth = [], []
    for index, case in enumerate(cases[Capacity.FACILITATING]):
        if case.ref in place:
            both = pivotal_scores[place[case.ref]][:, None] + facilitating_scores[index][None, :]
            known = pivotal.truth[place[case.ref]][:, None] & facilitating.truth[index][None, :]
            scores.append(both.ravel().astype(np.float32))
            truth.append(known.ravel())
    slope, baseline = calibrate(np.concatenate(scores).astype(np.float64), np.concatenate(truth))
    return replace(
        model,
        pivotal={name: round(weight * slope, 4) for name, weight in model.pivotal.items()},
        facilitating={name: round(weight * slope, 4) for name, weight in model.facilitating.items()},
        pair={name: round(weight * slope, 4) for name, weight in model.pair.items()},
        baseline=round(baseline, 4),
        partner_baseline=round(alone * slope / alone_slope, 4),
    )
