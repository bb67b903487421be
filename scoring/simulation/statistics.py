"""How well a score sorts people who converted from those who did not: pure arithmetic over weighted people.

A person is a score, whether converted, and how many people of the base they stand for (1 where nobody was left out).
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959964  # of an interval of 95 %


@dataclass(frozen=True)
class Judged:
    """One person of a back-test."""

    score: float
    converted: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """A ratio with the ends of its interval of 95 %, all 0-1."""

    value: float
    low: float
    high: float


def auc(people: Sequence[Judged]) -> Estimate:
    """Return the probability that somebody who converted scores higher than somebody who did not; ties count half.

    The interval is Hanley and McNeil's (1982). Weights do not matter as long as they are equal within each kind.
    Needs at least one of each.
    """
    yes = [one.score for one in people if one.converted]
    no = sorted(one.score for one in people if not one.converted)
    above = sum(bisect_left(no, score) + bisect_right(no, score) for score in yes) / 2
    area = above / (len(yes) * len(no))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (len(yes) - 1) * (q1 - area * area) + (len(no) - 1) * (q2 - area * area)
    error = Z * math.sqrt(max(spread, 0) / (len(yes) * len(no)))
    return Estimate(area, max(area - error, 0.0), min(area + error, 1.0))


def wilson(share: float, number: float) -> Estimate:
    """Return a share seen among `number` people with Wilson's interval (1927)."""
    if number <= 0:
        return Estimate(0.0, 0.0, 1.0)
    centre = (share + Z * Z / (2 * number)) / (1 + Z * Z / number)
    half = Z / (1 + Z * Z / number) * math.sqrt(share * (1 - share) / number + Z * Z / (4 * number * number))
    return Estimate(share, max(centre - half, 0.0), min(centre + half, 1.0))


def deciles(people: Sequence[Judged]) -> list[float]:
    """Return how many times the mean rate of conversion each tenth of the base has, the highest scores first.

    People of one score share what falls to them, so that the order among equals cannot show.
    """
    total = sum(one.weight for one in people)
    rate = sum(one.weight for one in people if one.converted) / total
    lifts, tenth = [0.0] * 10, total / 10
    place = 0.0
    for weight, converted in _by_score(people):
        share = converted / weight
        begin, end = place, place + weight
        for number in range(10):
            within = min(end, (number + 1) * tenth) - max(begin, number * tenth)
            if within > 0:
                lifts[number] += within * share
        place = end
    return [found / tenth / rate for found in lifts]


def _by_score(people: Sequence[Judged]) -> list[tuple[float, float]]:
    """Return (weight, weight of those converted) for every score, the highest first."""
    sums: dict[float, list[float]] = {}
    for one in people:
        both = sums.setdefault(one.score, [0.0, 0.0])
        both[0] += one.weight
        both[1] += one.weight if one.converted else 0.0
    return [(sums[score][0], sums[score][1]) for score in sorted(sums, reverse=True)]


@dataclass(frozen=True)
class Cut:
    """What a threshold does: how many it takes, what share of them converted, what share of conversions it takes."""

    threshold: float
    taken: float
    precision: Estimate
    recall: Estimate


def cut(people: Sequence[Judged], threshold: float) -> Cut:
    """Judge one threshold: those at or above it are taken."""
    taken = [one for one in people if one.score >= threshold]
    weight = sum(one.weight for one in taken)
    hits = sum(one.weight for one in taken if one.converted)
    all_hits = sum(one.weight for one in people if one.converted)
    return Cut(
        threshold,
        weight,
        wilson(hits / weight if weight else 0.0, len(taken)),
        wilson(hits / all_hits if all_hits else 0.0, sum(one.converted for one in people)),
    )
