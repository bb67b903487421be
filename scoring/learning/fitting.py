"""Logistic regression over the rules of a model, with what is needed to know how far to trust it: pure arithmetic.

Imported by workers only, when there is something to learn: scikit-learn takes seconds to load.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from scoring.learning.sampling import Matrix, Truth
from scoring.simulation.statistics import Estimate, Judged, auc

FOLDS = 5
# Strengths of the penalty that are tried, weaker ones last.
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
# Resamplings the intervals of weights are read from.
ROUNDS = 200
BINS = 5
SEED = 2026


@dataclass(frozen=True)
class Bin:
    """A fifth of the people by what was foreseen: shares foreseen and seen, 0-1."""

    foreseen: float
    seen: float
    people: int


@dataclass(frozen=True)
class Fitted:
    """Weights in log-odds for one of what a column counts, with intervals of 95 % by bootstrap."""

    weights: tuple[Estimate, ...]
    # By cross-validation: nobody is judged by weights learned from them.
    auc: Estimate
    # How far what is foreseen has to be stretched to fit what was seen: 1 is right, below 1 it is too sure of itself.
    slope: float
    bins: tuple[Bin, ...]
    strength: float


def fit(values: Matrix, converted: Truth, *, beat: Callable[[float], None] = lambda _part: None) -> Fitted:
    """Learn; needs FOLDS people of either kind and columns that differ between people. `beat`: share done, 0-1.

    The strength of the penalty is chosen by cross-validation within each fold as well, so that the AUC knows nothing of
    the choice. Cost: about 10 s for 25,000 people and 40 rules, most of it the bootstrap.
    """
    spread = values.std(axis=0)
    scaled = values / spread
    with threadpool_limits(1):
        foreseen = np.empty(len(converted))
        for number, (train, test) in enumerate(_folds(scaled, converted)):
            strength = _choose(scaled[train], converted[train])
            foreseen[test] = _learn(scaled[train], converted[train], strength).decision_function(scaled[test])
            beat(0.3 * (number + 1) / FOLDS)
        strength = _choose(scaled, converted)
        weights = _learn(scaled, converted, strength).coef_[0]
        drawn = np.array(list(_bootstrap(scaled, converted, strength, weights, beat)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return Fitted(
        weights=tuple(
            Estimate(float(weight), float(least), float(most))
            for weight, least, most in zip(weights / spread, low / spread, high / spread, strict=True)
        ),
        auc=judge(foreseen, converted),
        slope=_slope(foreseen, converted),
        bins=_bins(1 / (1 + np.exp(-foreseen)), converted),
        strength=strength,
    )


def judge(scores: NDArray[np.float64], converted: Truth) -> Estimate:
    """Return how well scores sort those who converted from the others."""
    return auc([Judged(float(score), bool(yes)) for score, yes in zip(scores, converted, strict=True)])


def moving_together(values: Matrix, least: float = 0.8) -> dict[int, tuple[int, float]]:
    """Return, for each column that moves with another one, the one it moves with most and their correlation."""
    if values.shape[1] < 2:
        return {}
    together = np.atleast_2d(np.corrcoef(values, rowvar=False))
    np.fill_diagonal(together, 0)
    nearest = np.abs(together).argmax(axis=1)
    return {
        column: (int(other), float(together[column, other]))
        for column, other in enumerate(nearest)
        if abs(together[column, other]) >= least
    }


def _learn(values: Matrix, converted: Truth, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="newton-cholesky").fit(values, converted)


def _folds(values: Matrix, converted: Truth) -> Iterable[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    return StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(values, converted)  # type: ignore[no-any-return]


def _choose(values: Matrix, converted: Truth) -> float:
    """Return the strength under which what was left out is foreseen best."""
    losses = np.zeros(len(STRENGTHS))
    for train, test in _folds(values, converted):
        for number, strength in enumerate(STRENGTHS):
            found = _learn(values[train], converted[train], strength).decision_function(values[test])
            losses[number] += np.logaddexp(0, np.where(converted[test], -found, found)).sum()
    return STRENGTHS[int(losses.argmin())]


def _bootstrap(
    values: Matrix, converted: Truth, strength: float, start: NDArray[np.float64], beat: Callable[[float], None]
) -> Iterable[NDArray[np.float64]]:
    """Yield the weights of ROUNDS resamplings, each with as many of either kind as there are."""
    chance = np.random.default_rng(SEED)
    learner = LogisticRegression(C=strength, solver="newton-cholesky", warm_start=True).fit(values, converted)
    for number in range(ROUNDS):
        times = np.zeros(len(converted))
        for kind in (True, False):
            those = np.flatnonzero(converted == kind)
            times[those] = chance.multinomial(len(those), np.full(len(those), 1 / len(those)))
        learner.coef_ = start.reshape(1, -1).copy()
        yield learner.fit(values, converted, sample_weight=times).coef_[0].copy()
        if number % 10 == 9:
            beat(0.3 + 0.7 * (number + 1) / ROUNDS)


def _slope(foreseen: NDArray[np.float64], converted: Truth) -> float:
    return float(_learn(foreseen.reshape(-1, 1), converted, np.inf).coef_[0][0])


def _bins(foreseen: NDArray[np.float64], converted: Truth) -> tuple[Bin, ...]:
    parts = np.array_split(np.argsort(foreseen, kind="stable"), BINS)
    return tuple(Bin(float(foreseen[part].mean()), float(converted[part].mean()), len(part)) for part in parts)
