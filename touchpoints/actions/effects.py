"""What changed at a touchpoint between before an action and after it: pure arithmetic, in words of three kinds.

Somebody who comes back ten times says less than ten people: the acts of both windows are counted as a compound
Poisson process, whose variance is the sum of the squares of what each person did (Kish's design effect).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

from contacts.personas.queries import Step

# How long before and after one may look; never longer than has passed.
CHOICES = (30, 60, 90)
# Of fewer answers to surveys no figure is given: one person more would turn it round.
LEAST_ANSWERS = 10
_Z = NormalDist().inv_cdf(0.975)
# In less than a week the days of the week are not all there.
LEAST_DAYS = 7


class Verdict(StrEnum):
    """What may be said of a difference."""

    GAIN = "gain"
    LOSS = "loss"
    NOISE = "noise"
    TOO_FEW = "too_few"
    # Nothing was noted before: new, or only newly noted.
    UNRECORDED = "unrecorded"


@dataclass(frozen=True)
class Window:
    """What humans did at a touchpoint from one day to another, both included."""

    first: date
    last: date
    interactions: int = 0
    # Sum of the squares of what each person did.
    squares: int = 0
    # Known people, and those of them who then became a prospect or further, within the window.
    people: int = 0
    converted: int = 0

    @property
    def days(self) -> int:
        """Its length."""
        return (self.last - self.first).days + 1

    @property
    def per_week(self) -> float:
        """Interactions a week."""
        return 7 * self.interactions / self.days

    @property
    def step(self) -> Step:
        """Of its people, who became more."""
        return Step(self.people, self.converted)


@dataclass(frozen=True)
class Difference:
    """After less before, with the ends of its interval of 95 %, and what may be said of it."""

    value: float
    low: float
    high: float
    verdict: Verdict

    @property
    def is_known(self) -> bool:
        """Tell whether there is enough to give an interval."""
        return self.verdict in {Verdict.GAIN, Verdict.LOSS, Verdict.NOISE}


@dataclass(frozen=True)
class Mean:
    """Many qualities of 1 to 5, added up."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough answers to speak of a mean."""
        return self.count >= LEAST_ANSWERS

    @property
    def value(self) -> float:
        """The mean; 0 of nothing."""
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """The sample's variance; 0 of fewer than two."""
        if self.count < 2:
            return 0.0
        return max((self.squares - self.count * self.value**2) / (self.count - 1), 0.0)


@dataclass(frozen=True)
class Effect:
    """An action's effect: the same number of days before its beginning and after its end."""

    before: Window
    after: Window
    # Euros are in cents; None: nobody said.
    cost_cents: int | None = None
    # What people answered in surveys in the same days, 1-5.
    said_before: Mean = Mean()
    said_after: Mean = Mean()

    @property
    def days(self) -> int:
        """The length of each window."""
        return self.after.days

    @property
    def volume(self) -> Difference:
        """Interactions a week, after less before.

        Of all that happened, the part after is a share with Wilson's interval; twice its distance from one half is the
        difference.
        """
        before, after = self.before.interactions, self.after.interactions
        total, weeks = before + after, self.days / 7
        design = max((self.before.squares + self.after.squares) / total, 1.0) if total else 1.0
        share = Step(round(total / design), round(after / design))
        low, high = (total * (2 * end / 100 - 1) / weeks for end in share.interval)
        verdict = Verdict.UNRECORDED if not before and share.is_known else _verdict(low, high, is_known=share.is_known)
        return Difference((after - before) / weeks, low, high, verdict)

    @property
    def conversion(self) -> Difference:
        """Percentage points of people who became prospects or further."""
        return difference_of(self.before.step, self.after.step)

    @property
    def perceived(self) -> Difference:
        """Perceived quality, 1-5, after less before."""
        return difference_of_means(self.said_before, self.said_after)

    @property
    def gained(self) -> int | None:
        """Interactions gained over the window; None where there is no gain, or none that is sure."""
        return self.after.interactions - self.before.interactions if self.volume.verdict == Verdict.GAIN else None

    @property
    def cost_per_gain_cents(self) -> float | None:
        """What each gained interaction cost; None without a cost or a gain."""
        return self.cost_cents / self.gained if self.cost_cents and self.gained else None


def difference_of(one: Step, two: Step) -> Difference:
    """Return the percentage points of the second rate less the first; the interval is Newcombe's (1998, method 10)."""
    value = two.percent - one.percent
    (low_1, high_1), (low_2, high_2) = one.interval, two.interval
    low = value - sqrt((two.percent - low_2) ** 2 + (high_1 - one.percent) ** 2)
    high = value + sqrt((high_2 - two.percent) ** 2 + (one.percent - low_1) ** 2)
    return Difference(value, low, high, _verdict(low, high, is_known=one.is_known and two.is_known))


def difference_of_means(before: Mean, after: Mean) -> Difference:
    """Return after less before, with Welch's interval of 95 %, and what may be said of it.

    All the same answer on either side leaves no spread to judge by: half a step of the scale stands for it.
    """
    value = after.value - before.value
    if not (before.is_known and after.is_known):
        return Difference(value, 0.0, 0.0, Verdict.TOO_FEW)
    parts = [max(one.variance, 1 / (12 * one.count)) / one.count for one in (before, after)]
    freedom = sum(parts) ** 2 / sum(part**2 / (one.count - 1) for part, one in zip(parts, (before, after), strict=True))
    half = _quantile(freedom) * sqrt(sum(parts))
    low, high = value - half, value + half
    return Difference(value, low, high, _verdict(low, high, is_known=True))


def _quantile(freedom: float) -> float:
    """Return Student's 97.5 % quantile (Cornish and Fisher); within 0.01 from 9 degrees of freedom on."""
    z = _Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def windows_of(began_on: date, done_on: date, *, days: int, today: date) -> tuple[Window, Window] | None:
    """Return the days before an action's first one and after its last one; None while a week has not passed.

    Both are as long as asked for, or as what has passed: today, which is not over, does not count.
    """
    length = min(days, (today - done_on).days - 1)
    if length < LEAST_DAYS:
        return None
    one = timedelta(days=1)
    return (
        Window(began_on - timedelta(days=length), began_on - one),
        Window(done_on + one, done_on + timedelta(days=length)),
    )


def readable_on(done_on: date) -> date:
    """Return the first day on which `windows_of` finds enough."""
    return done_on + timedelta(days=LEAST_DAYS + 1)


def _verdict(low: float, high: float, *, is_known: bool) -> Verdict:
    if not is_known:
        return Verdict.TOO_FEW
    if low > 0:
        return Verdict.GAIN
    return Verdict.LOSS if high < 0 else Verdict.NOISE
