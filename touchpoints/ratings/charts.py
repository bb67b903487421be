"""What the panel of ratings draws: each rater's dot on the scale, and how a rating went over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from prm.organisations.models import User
from touchpoints.ratings.models import Rating, RatingChange
from touchpoints.ratings.queries import Opinions


@dataclass(frozen=True)
class Dot:
    """One rater on the scale, in a box of 100 by `Strip.height`."""

    x: float
    y: float
    rating: Rating
    is_own: bool
    is_gone: bool

    @property
    def rater(self) -> User:
        """Who."""
        return self.rating.rater


@dataclass(frozen=True)
class Mark:
    """A number of the scale."""

    value: int
    x: float
    y: float


@dataclass(frozen=True)
class Strip:
    """The scale of 1 to 5 with a dot for each rater; those of one value stand above one another."""

    dots: Sequence[Dot]
    height: float
    # Where the value stands.
    mark: float | None

    @property
    def marks(self) -> list[Mark]:
        """The scale below the dots."""
        return [Mark(value, _x(value), self.height + 7) for value in range(1, 6)]

    @property
    def box(self) -> str:
        """What is seen: the dots, and the scale below."""
        return f"0 -1 100 {self.height + 9:g}"


@dataclass(frozen=True)
class History:
    """A rating over time as lines of steps in a box of 100 by 40, broken while it was not rated.

    Of its changes the newest comes first.
    """

    opinions: Opinions
    lines: Sequence[str]
    last: str
    first_at: datetime
    changes: Sequence[RatingChange]


STEP = 9.0


def strip_of(opinions: Opinions) -> Strip:
    """Return the dots of an aspect's raters."""
    stacked: dict[float, int] = {}
    dots = []
    for one in opinions.ratings:
        place = stacked.setdefault(one.value, 0)
        stacked[one.value] += 1
        is_own = opinions.own is not None and one.pk == opinions.own.pk
        dots.append(Dot(_x(one.value), STEP * (place + 0.5), one, is_own, one.rater_id in opinions.gone))
    height = STEP * max(stacked.values(), default=1)
    flipped = [Dot(dot.x, height - dot.y, dot.rating, dot.is_own, dot.is_gone) for dot in dots]
    return Strip(flipped, height, None if opinions.value is None else _x(opinions.value))


def histories_of(opinions: Sequence[Opinions]) -> list[History]:
    """Return the line of each aspect whose value changed after it was first rated; all of them over the same time."""
    changed = [one for one in opinions if len(one.changes) > 1]
    if not changed:
        return []
    now = timezone.now()
    first = min(one.changes[-1].at for one in changed)
    whole = max((now - first).total_seconds(), 1.0)
    return [_history(one, first, whole) for one in changed]


def _history(opinions: Opinions, first: datetime, whole: float) -> History:
    lines: list[list[str]] = []
    height: float | None = None
    for change in reversed(opinions.changes):
        x = 100 * (change.at - first).total_seconds() / whole
        if height is not None:
            lines[-1].append(f"{x:.1f},{height:.1f}")
        elif change.after is not None:
            lines.append([])
        height = None if change.after is None else 36 - 8 * (change.after - 1)
        if height is not None:
            lines[-1].append(f"{x:.1f},{height:.1f}")
    if height is not None:
        lines[-1].append(f"100,{height:.1f}")
    last = lines[-1][-1].replace(",", " ") if height is not None else ""
    return History(opinions, [" ".join(line) for line in lines], last, first, opinions.changes)


def _x(value: float) -> float:
    return round(8 + 84 * (value - 1) / 4, 1)
