"""The fitted logistic model: weights of the path features, and the probability that they amount to."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from graph_model.errors import ConfigurationError
from search.path_features import FACILITATING_FEATURES, PAIR_FEATURES, PIVOTAL_FEATURES, Values

SHIPPED_MODEL: Final = Path(__file__).with_name("path_model.json")


@dataclass(frozen=True)
class PathModel:
    """Weights by feature name, in log-odds per unit of the feature.

    A path's score is the sum of ``baseline``, the pivotal, the facilitating and the pair contributions: the
    log-odds that such a partnership exists. ``partner_baseline`` takes its place where a path has no
    facilitating partner. Raises ConfigurationError where the names are not the features of this version.
    """

    identity: str
    fitted_on: str
    pivotal: dict[str, float]
    facilitating: dict[str, float]
    pair: dict[str, float]
    baseline: float
    partner_baseline: float

    def __post_init__(self) -> None:
        expected = {
            "pivotal": PIVOTAL_FEATURES,
            "facilitating": FACILITATING_FEATURES,
            "pair": PAIR_FEATURES,
        }
        for part, names in expected.items():
            if set(getattr(self, part)) != set(names):
                raise ConfigurationError(
                    f"the path model {self.identity!r} has other {part} features than this version; "
                    f"run `trimatch fit`, or delete the model in TRIMATCH_HOME to use the shipped one"
                )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a model that ``save`` wrote. Raises ConfigurationError."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as problem:
            raise ConfigurationError(f"{path} is no path model ({problem}); run `trimatch fit`") from problem

    def save(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(path)

    @property
    def pivotal_weights(self) -> NDArray[np.float64]:
        """In the order of PIVOTAL_FEATURES."""
        return np.array([self.pivotal[name] for name in PIVOTAL_FEATURES])

    @property
    def facilitating_weights(self) -> NDArray[np.float64]:
        """In the order of FACILITATING_FEATURES."""
        return np.array([self.facilitating[name] for name in FACILITATING_FEATURES])

    @property
    def pair_weights(self) -> NDArray[np.float64]:
        """In the order of PAIR_FEATURES."""
        return np.array([self.pair[name] for name in PAIR_FEATURES])


def probability(score: float) -> float:
    """The logistic function of a score in log-odds."""
    return float(1 / (1 + np.exp(-score)))


def total(values: Values, weights: NDArray[np.float64]) -> Values:
    """Scores of feature rows: the last axis is summed with the weights."""
    scores: Values = values @ weights
    return scores
