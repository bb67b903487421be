"""What was learned, as its page says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from prm.web.figures import figure, percent
from scoring.learning.leaks import Leak, Unfit
from scoring.learning.models import Goal, Learning
from scoring.learning.suggesting import Doubt
from scoring.models import Axis, ModelVersion, Rule
from scoring.simulation.reports import Share
from scoring.wording import Words

# Of the drawing of an interval, in its own units.
WIDTH, MARGIN = 140, 6


@dataclass(frozen=True)
class Marks:
    """Where points lie in the drawing of an interval, on one scale for all rules."""

    zero: float
    today: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Suggestion:
    """One rule with what was learned of it; `suggested` None: nothing."""

    rule: Rule
    sentence: str
    holds: int
    converted: int
    suggested: float | None = None
    low: float = 0.0
    high: float = 0.0
    doubts: tuple[str, ...] = ()
    is_taken_in: bool = False
    marks: Marks | None = None

    @property
    def is_firm(self) -> bool:
        """Tell whether nothing speaks against it: chosen beforehand."""
        return self.suggested is not None and not self.doubts

    @property
    def differs(self) -> bool:
        """Tell whether the draft would change."""
        if self.suggested == 0:
            return self.rule.is_enabled
        return self.suggested is not None and self.suggested != self.rule.points

    @property
    def is_for_nothing(self) -> bool:
        """Tell whether it would be put out of use."""
        return self.suggested == 0


@dataclass(frozen=True)
class Suspect:
    """A rule that was left out because it looks like a leak, with why."""

    rule: Rule
    sentence: str
    reasons: tuple[str, ...]
    is_taken_in: bool


@dataclass(frozen=True)
class Calibration:
    """Whether what is foreseen comes true: in words, and share by share."""

    words: str
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True)
class Report:
    """All that was learned; without `auc` there were too few to learn from."""

    goal: str
    converted: int
    others: int
    of_converted: int
    of_others: int
    silent_converted: int
    floor: int
    axes: tuple[tuple[str, tuple[Suggestion, ...]], ...]
    suspects: tuple[Suspect, ...]
    auc: Share | None = None
    auc_today: Share | None = None
    calibration: Calibration | None = None

    @property
    def missing_converted(self) -> int:
        """How many more would have to convert."""
        return max(self.floor - self.converted, 0)

    @property
    def missing_others(self) -> int:
        """How many more who did not convert it takes."""
        return max(self.floor - self.others, 0)

    @property
    def is_enough(self) -> bool:
        """Tell whether there were people enough; then it is the rules of which nothing can be learned."""
        return not self.missing_converted and not self.missing_others

    @property
    def firm(self) -> int:
        """How many suggestions nothing speaks against, and that would change something."""
        return sum(one.is_firm and one.differs for _axis, rows in self.axes for one in rows)


def report_of(learning: Learning, version: ModelVersion) -> Report | None:
    """Return what was found; None before it is. Two queries, for words."""
    result = learning.result
    if "rules" not in result:
        return None
    words = Words()
    rules = {str(rule.pk): rule for rule in version.list_rules()}
    known = {pk: one for pk, one in result["rules"].items() if pk in rules}
    taken_in = {str(pk) for pk in learning.taken_in}
    rows = _draw(
        [
            _suggestion(rules, pk, one, words, is_taken_in=pk in taken_in)
            for pk, one in known.items()
            if not one["leaks"] or pk in taken_in
        ]
    )
    learned = "auc" in result
    return Report(
        goal=str(Goal(learning.goal).label),
        **{name: result[name] for name in ("converted", "others", "of_converted", "of_others", "floor")},
        silent_converted=result["silent"]["converted"],
        axes=tuple((axis, tuple(row for row in rows if row.rule.axis == axis)) for axis in Axis),
        suspects=tuple(
            Suspect(rules[pk], words.sentence(rules[pk]), tuple(_leaks(one["leaks"])), pk in taken_in)
            for pk, one in known.items()
            if one["leaks"]
        ),
        auc=_share(result["auc"]) if learned else None,
        auc_today=_share(result["auc_today"]) if learned else None,
        calibration=Calibration(
            _calibration(result["slope"]),
            tuple((100 * one["foreseen"], 100 * one["seen"], one["people"]) for one in result["bins"]),
        )
        if learned
        else None,
    )


def _suggestion(
    rules: Mapping[str, Rule], pk: str, one: Mapping[str, Any], words: Words, *, is_taken_in: bool
) -> Suggestion:
    holds = one["converted"] + one["others"]
    row = {"rule": rules[pk], "sentence": words.sentence(rules[pk]), "holds": holds, "converted": one["converted"]}
    if "suggested" not in one:
        return Suggestion(**row, doubts=(_unfit(one["unfit"], holds),) if one["unfit"] else (), is_taken_in=is_taken_in)
    other = rules.get(str(one["together"][0])) if one["together"] else None
    return Suggestion(
        **row,
        suggested=one["suggested"],
        low=one["low"],
        high=one["high"],
        doubts=tuple(_doubt(code, holds, one["converted"], other) for code in one["doubts"]),
        is_taken_in=is_taken_in,
    )


def _draw(rows: list[Suggestion]) -> list[Suggestion]:
    """Give each suggestion its place on a scale that holds them all."""
    learned = [one for one in rows if one.suggested is not None]
    values = [0.0, *(value for one in learned for value in (one.rule.points, one.low, one.high, one.suggested or 0))]
    least, most = min(values), max(values)

    def at(value: float) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (value - least) / ((most - least) or 1), 1)

    return [
        replace(
            one,
            marks=Marks(at(0), at(one.rule.points), at(one.suggested), at(one.low), at(one.high)),
        )
        if one.suggested is not None
        else one
        for one in rows
    ]


def _unfit(code: str, holds: int) -> str:
    if code == Unfit.NOBODY:
        return _("It held for nobody at that moment: nothing can be learned.")
    if code == Unfit.EVERYBODY:
        return _("It held for everybody: nothing can be learned.")
    return _("Too few to learn from: it held for %(n)s people.") % {"n": figure(holds)}


def _doubt(code: str, holds: int, converted: int, other: Rule | None) -> str:
    if code == Doubt.FEW:
        return _("It held for %(n)s people only, %(converted)s of them converted.") % {
            "n": figure(holds),
            "converted": figure(converted),
        }
    if code == Doubt.TOGETHER:
        name = other.name if other else "?"
        return _("It moves with “%(rule)s”: which of the two counts cannot be told.") % {"rule": name}
    return {
        Doubt.UNSURE: _("It may be nothing: the interval holds 0."),
        Doubt.TURNS: _("It speaks the other way than today, once the other rules are counted."),
        Doubt.OPENS: _("Opens are told by mail programs, not by people."),
    }[Doubt(code)]


def _leaks(leaks: Mapping[str, float]) -> list[str]:
    words = {
        Leak.OUTCOME: _("It is part of the sale itself, not a sign before it."),
        Leak.AFTERWARDS: _("Known only after the conversion for %(part)s of those it holds for."),
        Leak.WITH_SALES: _("Done only once they were with sales, for %(part)s of those it holds for."),
        Leak.ALONE: _("Alone it tells who converted in %(part)s of the pairs: too good to be a sign."),
        Leak.ONLY_CONVERTED: _("%(part)s of those it holds for converted: hardly anybody else has it."),
    }
    return [words[Leak(code)] % {"part": percent(part, 0)} for code, part in leaks.items()]


def _calibration(slope: float) -> str:
    if slope < 0.8:
        return _("Too sure of itself: high chances come true less often than they say, low ones more often.")
    if slope > 1.25:
        return _("Too careful: high chances come true more often than they say, low ones less often.")
    return _("What it foresees comes true about as often as it says.")


def _share(found: Mapping[str, float]) -> Share:
    return Share(*(100 * found[name] for name in ("value", "low", "high")))
