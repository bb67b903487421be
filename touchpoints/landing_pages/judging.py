"""What a test between variants says, and when it says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

from contacts.personas.queries import Step

# With fewer, a rate says nothing, and the test below is not valid.
LEAST_VIEWS, LEAST_SENT = 100, 5
# How sure one has to be, divided among the comparisons.
ALPHA = 0.05


class Outcome(StrEnum):
    """What can be said."""

    TOO_FEW = "too_few"
    # The difference may be chance.
    OPEN = "open"
    BETTER = "better"


@dataclass(frozen=True)
class Arm:
    """How one variant did."""

    variant_id: int
    letter: str
    share: int
    views: int
    sent: int

    @property
    def step(self) -> Step:
        """The rate with its interval of 95 % (Wilson); 100 % where it was sent more often than seen, as where somebody
        on the way keeps pages."""
        return Step(self.views, min(self.sent, self.views))


@dataclass(frozen=True)
class Judgement:
    """What the figures say of some variants."""

    outcome: Outcome
    arms: Sequence[Arm]
    # The one that does best so far; None without figures.
    best: Arm | None = None
    # Chance that a difference as large comes by accident, the number of comparisons heeded; 1 where nothing is said.
    probability: float = 1.0

    @property
    def missing_views(self) -> int:
        """How many more views the least seen variant wants before anything is said."""
        return max(LEAST_VIEWS - min((one.views for one in self.arms), default=0), 0)

    @property
    def percent(self) -> float:
        """How sure it is that the best is better, 0 to 100."""
        return 100 * (1 - self.probability)


def judge(arms: Sequence[Arm]) -> Judgement:
    """Compare the best variant with each other one.

    Two-sided test of two proportions (pooled z); the least clear comparison decides, times the number of comparisons
    (Bonferroni). Valid for a look at a time that was set before; looking daily and stopping at the first difference
    finds one by chance more often.
    """
    seen = [one for one in arms if one.views]
    best = max(seen, key=lambda one: one.step.percent, default=None)
    if best is None or len(arms) < 2 or any(_is_too_few(one) for one in arms):
        return Judgement(Outcome.TOO_FEW, arms, best)
    others = [one for one in arms if one is not best]
    probability = min(max(compare(best.step, one.step) for one in others) * len(others), 1.0)
    outcome = Outcome.BETTER if probability <= ALPHA else Outcome.OPEN
    return Judgement(outcome, arms, best, probability)


def compare(one: Step, other: Step) -> float:
    """Return the chance of a difference as large between two equal rates (two-sided; pooled z test)."""
    pooled = (one.reached + other.reached) / (one.number + other.number)
    spread = sqrt(pooled * (1 - pooled) * (1 / one.number + 1 / other.number))
    if not spread:
        return 1.0
    z = abs(one.percent - other.percent) / 100 / spread
    return 2 * (1 - NormalDist().cdf(z))


def _is_too_few(arm: Arm) -> bool:
    step = arm.step
    return arm.views < LEAST_VIEWS or step.reached < LEAST_SENT or step.number - step.reached < LEAST_SENT
