"""A simulation as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Stage, Tier
from prm.web.charts.histogram import Bin, Histogram, Threshold
from prm.web.charts.lines import LineChart, Series
from prm.web.figures import day
from scoring.models import ModelVersion
from scoring.simulation.backtesting import DAYS, FLOOR
from scoring.simulation.models import Simulation
from scoring.simulation.running import moved_of
from scoring.simulation.statistics import Z


@dataclass(frozen=True)
class Cell:
    """People of one tier today and what they would become."""

    was: Tier
    tier: Tier
    count: int

    @property
    def moves(self) -> bool:
        """Tell whether they would change tier."""
        return self.was != self.tier


@dataclass(frozen=True)
class Weeks:
    """MQLs a week, projected from the sample where it is not everybody; `spread` is half a 95 % interval."""

    chart: LineChart
    now: float | None
    then: float
    spread: float
    per_rep: float | None
    sample: int
    frame: int

    @property
    def is_projected(self) -> bool:
        """Tell whether a sample stands for all."""
        return self.sample < self.frame


@dataclass(frozen=True)
class Share:
    """An estimate in percent, for people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CutRow:
    """What a threshold of intent would have done."""

    threshold: float
    taken: int
    precision: Share
    recall: Share
    is_hot: bool


@dataclass(frozen=True)
class Backtest:
    """What the draft would have said before people converted; without figures where they are too few."""

    outcome: str
    converted: int
    others: int
    since: datetime
    auc: Share | None = None
    lifts: tuple[tuple[int, float], ...] = ()
    hot: CutRow | None = None
    cuts: tuple[CutRow, ...] = ()
    floor: int = FLOOR
    days: int = DAYS


@dataclass(frozen=True)
class Report:
    """All that a simulation has found so far."""

    rows: tuple[tuple[Tier, tuple[Cell, ...]], ...]
    moved: int
    hotter: int
    cooler: int
    ready: dict[str, int]
    before: Histogram
    after: Histogram
    weeks: Weeks | None
    backtest: Backtest | None


def report_of(simulation: Simulation, version: ModelVersion, against: ModelVersion | None) -> Report | None:
    """Return what was found; None before the first range is counted. No query."""
    result = simulation.result
    if "cells" not in result:
        return None
    cells = result["cells"]
    rows = tuple(
        (was, tuple(Cell(was, tier, cells.get(f"{was.value}.{tier.value}", 0)) for tier in Tier)) for was in Tier
    )
    moved = moved_of(result)
    hotter = sum(count for cell, count in moved.items() if cell[-1] > cell[0])
    return Report(
        rows=rows,
        moved=sum(moved.values()),
        hotter=hotter,
        cooler=sum(moved.values()) - hotter,
        ready={"before": 0, "after": 0, "gained": 0, "lost": 0, **result["ready"]},
        before=_histogram("before", _("Today"), result["before"], result["width"], against or version),
        after=_histogram("after", _("With the draft"), result["after"], result["width"], version),
        weeks=_weeks(result["weeks"]) if "weeks" in result else None,
        backtest=_backtest(result["backtest"]) if "backtest" in result else None,
    )


def _histogram(code: str, title: str, bars: Sequence[int], width: float, version: ModelVersion) -> Histogram:
    def css(start: float) -> str:
        if start >= version.hot_from:
            return "f-hot"
        return "f-warm" if start >= version.warm_from else "f-cold"

    return Histogram(
        f"simulated-{code}",
        title,
        tuple(Bin(number * width, count, css(number * width)) for number, count in enumerate(bars)),
        (Threshold(_("Warm from"), version.warm_from), Threshold(_("Hot from"), version.hot_from)),
        _("pts"),
    )


def _weeks(found: dict[str, Any]) -> Weeks:
    factor = found["frame"] / found["sample"] if found["sample"] else 0.0
    made = [[count * factor for count in counts] for counts in found["made"]]
    draft = made[-1]
    weeks = len(draft)
    then = sum(draft) / weeks
    series = [Series(_("With the draft"), tuple(draft))]
    if len(made) > 1:
        series.append(Series(_("With the model in use"), tuple(made[0]), "before"))
    labels = tuple(day(datetime.fromisoformat(end)) for end in found["ends"])
    return Weeks(
        chart=LineChart("simulated-weeks", _("MQLs each week"), labels, tuple(series)),
        now=sum(made[0]) / weeks if len(made) > 1 else None,
        then=then,
        spread=Z * sum(found["made"][-1]) ** 0.5 * factor / weeks if factor > 1 else 0.0,
        per_rep=then / found["reps"] if found["reps"] else None,
        sample=found["sample"],
        frame=found["frame"],
    )


def _backtest(found: dict[str, Any]) -> Backtest:
    shown = Backtest(
        outcome=str(Stage(found["outcome"]).label),
        converted=found["converted"],
        others=found["others"],
        since=datetime.fromisoformat(found["since"]),
    )
    if "auc" not in found:
        return shown
    hot = _cut(found["hot"], found["hot"]["threshold"])
    return Backtest(
        outcome=shown.outcome,
        converted=shown.converted,
        others=shown.others,
        since=shown.since,
        auc=_share(found["auc"]),
        lifts=tuple(enumerate(found["lifts"], 1)),
        hot=hot,
        cuts=tuple(_cut(one, hot.threshold) for one in found["cuts"]),
    )


def _cut(found: dict[str, Any], hot_from: float) -> CutRow:
    return CutRow(
        found["threshold"],
        round(found["taken"]),
        _share(found["precision"]),
        _share(found["recall"]),
        found["threshold"] == hot_from,
    )


def _share(found: dict[str, float]) -> Share:
    return Share(*(100 * found[name] for name in ("value", "low", "high")))
