"""What answers come to: distribution, mean, net promoter score with its interval; and what is too few to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from touchpoints.actions.effects import LEAST_ANSWERS
from touchpoints.surveys.models import Scale

# What people say now: answers of so many days.
WINDOW_DAYS = 180
# Half the width of an interval of 95 %, in standard errors.
_Z = NormalDist().inv_cdf(0.975)


def quality_of(scale: str, score: int) -> float:
    """Return a score on the scale of 1 to 5: satisfaction as it is, recommendation stretched (0: 1, 5: 3, 10: 5)."""
    return float(score) if scale == Scale.SATISFACTION else round(1 + 4 * score / 10, 2)


def is_delight(scale: str, score: int) -> bool:
    """Tell whether somebody is delighted: satisfied 4 or 5, or a promoter (9 or 10)."""
    return score >= (4 if scale == Scale.SATISFACTION else 9)


def is_irritant(scale: str, score: int) -> bool:
    """Tell whether something irritates somebody: satisfied 1 or 2, or a detractor (0 to 6)."""
    return score <= (2 if scale == Scale.SATISFACTION else 6)


@dataclass(frozen=True)
class Results:
    """How often each score was given, on one scale."""

    scale: Scale
    counts: Mapping[int, int]

    @property
    def total(self) -> int:
        """All answers."""
        return sum(self.counts.values())

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough answers to give figures."""
        return self.total >= LEAST_ANSWERS

    @property
    def bars(self) -> list[tuple[int, int, float]]:
        """Each score, best first: (score, answers, percent)."""
        scores = range(5, 0, -1) if self.scale == Scale.SATISFACTION else range(10, -1, -1)
        return [(one, self.counts.get(one, 0), 100 * self.counts.get(one, 0) / max(self.total, 1)) for one in scores]

    @property
    def mean(self) -> float:
        """The mean score; 0 of nothing."""
        return sum(score * count for score, count in self.counts.items()) / max(self.total, 1)

    @property
    def delights(self) -> int:
        """Answers of the delighted: 4 and 5, or promoters."""
        return sum(count for score, count in self.counts.items() if is_delight(self.scale, score))

    @property
    def irritants(self) -> int:
        """Answers of the irritated: 1 and 2, or detractors."""
        return sum(count for score, count in self.counts.items() if is_irritant(self.scale, score))

    @property
    def net_promoters(self) -> float:
        """Promoters less detractors, in points of 100."""
        return 100 * (self.delights - self.irritants) / max(self.total, 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the net promoter score's interval of 95 %.

        Adjusted Wald after Rocks (2016): three answers are added, three quarters each to promoters and detractors.
        """
        number = self.total + 3
        up, down = (self.delights + 0.75) / number, (self.irritants + 0.75) / number
        centre = up - down
        half = _Z * sqrt(max(up + down - centre**2, 0.0) / number)
        return 100 * max(centre - half, -1.0), 100 * min(centre + half, 1.0)
