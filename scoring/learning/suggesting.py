"""From weights in log-odds to points a person would type, in the range the model's points have: pure arithmetic."""

import math
from collections.abc import Sequence
from enum import StrEnum

from scoring.models import Rule
from scoring.simulation.statistics import Estimate

# A weight that fewer people stand for, or fewer who converted, is told as doubtful.
FEW = 30
FEW_CONVERTED = 10


class Doubt(StrEnum):
    """Why a suggestion is not to be trusted much."""

    FEW = "few"
    UNSURE = "unsure"
    TOGETHER = "together"
    TURNS = "turns"
    OPENS = "opens"


def as_typed(points: float) -> float:
    """Round to what a person would type: 0.5, 3, 17, 45, 120."""
    size = abs(points)
    step = 0.5 if size < 5 else 1.0 if size < 20 else 5.0 if size < 100 else 10.0 ** (math.floor(math.log10(size)) - 1)
    rounded = math.floor(size / step + 0.5) * step
    return math.copysign(rounded, points) if rounded else 0.0


def points_per_weight(today: Sequence[float], weights: Sequence[float], firm: Sequence[bool]) -> float:
    """Return by what weights become points: the strongest firm one gets what the strongest has today."""
    most = max((abs(weight) for weight, is_firm in zip(weights, firm, strict=True) if is_firm), default=0.0)
    most = most or max((abs(weight) for weight in weights), default=0.0)
    return max(abs(points) for points in today) / most if most and today else 0.0


def cap_with(cap: float | None, points: float, suggested: float) -> float | None:
    """Return the cap that stops as many acts as today's does."""
    if cap is None or not points or not suggested:
        return cap
    return max(as_typed(cap * abs(suggested / points)), abs(suggested))


def doubts_of(weight: Estimate, rule: Rule, *, converted: int, others: int, moves_together: bool) -> list[Doubt]:
    """Return what speaks against trusting a suggestion."""
    found = []
    if converted + others < FEW or converted < FEW_CONVERTED:
        found.append(Doubt.FEW)
    if weight.low <= 0 <= weight.high:
        found.append(Doubt.UNSURE)
    elif weight.value * rule.points < 0:
        found.append(Doubt.TURNS)
    if moves_together:
        found.append(Doubt.TOGETHER)
    if rule.kind == "email_opened":
        found.append(Doubt.OPENS)
    return found
