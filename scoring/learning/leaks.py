"""Which rules tell what came after the conversion, not what announced it: plain comparisons, one rule at a time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from scoring.learning.sampling import OUTCOMES, Matrix, Seen, Truth, fields_of
from scoring.models import Axis, Rule
from scoring.simulation.statistics import wilson

# Of a rule that fewer people show, nothing is learned; nor of one that fewer do not show.
FLOOR = 20
# A rule that alone sorts so many of a hundred pairs right is too good to be an announcement.
TOO_GOOD = 0.95
# Of those a rule holds for, so many fewer fail to convert than of all.
TOO_SURE = 0.1
# So many of the converted a rule holds for only by what was written, or done with sales, later.
TOO_LATE = 0.5


class Leak(StrEnum):
    """Why a rule is suspect."""

    OUTCOME = "outcome"
    AFTERWARDS = "afterwards"
    WITH_SALES = "with_sales"
    ALONE = "alone"
    ONLY_CONVERTED = "only_converted"


class Unfit(StrEnum):
    """Why nothing can be learned of a rule."""

    NOBODY = "nobody"
    EVERYBODY = "everybody"
    FEW = "few"


@dataclass(frozen=True)
class Look:
    """One rule alone: whom it holds for, how well it sorts, and what is suspect; `leaks` are {code: percent}."""

    converted: int
    others: int
    alone: float
    leaks: dict[str, float]
    unfit: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "converted": self.converted,
            "others": self.others,
            "alone": round(self.alone, 4),
            "leaks": {code: round(part, 1) for code, part in self.leaks.items()},
            "unfit": self.unfit,
        }


def look(rule: Rule, seen: Seen, column: int, *, taken_in: bool = False) -> Look:
    """Look at one rule. With `taken_in`, a profile rule is taken as it is known today."""
    yes = seen.converted
    then = seen.values[:, column] != 0
    today = seen.values_today[:, column] != 0
    shown = today if taken_in else then
    values = (seen.values_today if taken_in else seen.values)[:, column]
    converted, others = int(shown[yes].sum()), int(shown[~yes].sum())
    holds, lacks = converted + others, len(shown) - converted - others
    alone = _alone(values, yes)
    leaks: dict[str, float] = {}
    if (rule.axis == Axis.FIT and fields_of(rule) & OUTCOMES) or rule.kind == "purchase":
        leaks[Leak.OUTCOME] = 100.0
    late = int((today & ~then)[yes].sum())
    if late >= FLOOR and late >= TOO_LATE * today[yes].sum():
        leaks[Leak.AFTERWARDS] = 100.0 * late / int(today[yes].sum())
    with_sales = int((then & (seen.values_before_sales[:, column] == 0))[yes].sum())
    if with_sales >= FLOOR and with_sales >= TOO_LATE * then[yes].sum():
        leaks[Leak.WITH_SALES] = 100.0 * with_sales / int(then[yes].sum())
    if max(alone, 1 - alone) >= TOO_GOOD:
        leaks[Leak.ALONE] = 100.0 * max(alone, 1 - alone)
    base = float(yes.mean()) if len(yes) else 0.0
    sure = wilson(converted / holds, holds).low if holds else 0.0
    if converted >= FLOOR and (others == 0 or 1 - sure < TOO_SURE * (1 - base)):
        leaks[Leak.ONLY_CONVERTED] = 100.0 * converted / holds
    return Look(converted, others, alone, leaks, _unfit(holds, lacks))


def _unfit(holds: int, lacks: int) -> str:
    if not holds:
        return Unfit.NOBODY
    if not lacks:
        return Unfit.EVERYBODY
    return Unfit.FEW if min(holds, lacks) < FLOOR else ""


def _alone(values: Matrix, yes: Truth) -> float:
    """Return how often somebody who converted has more of it than somebody who did not; ties count half."""
    no = np.sort(values[~yes])
    if not len(no) or not yes.any():
        return 0.5
    below = np.searchsorted(no, values[yes], side="left") + np.searchsorted(no, values[yes], side="right")
    return float(below.mean() / 2 / len(no))
