"""Bars with thresholds."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from prm.web import figures
from prm.web.charts.table import Figures


@dataclass(frozen=True)
class Bin:
    """One bar: how many lie from `start` (included) to the next bar; `css` is its tier's fill, such as "f-hot"."""

    start: float
    count: int
    css: str = ""


@dataclass(frozen=True)
class Threshold:
    """A cut through the histogram; `input_id` names the field it moves, when it can be moved."""

    label: str
    value: float
    input_id: str = ""


@dataclass(frozen=True)
class Histogram:
    """Bars of equal width from `bins[0].start` on, heights by square root so that few stay visible beside many."""

    id: str
    title: str
    bins: tuple[Bin, ...]
    thresholds: tuple[Threshold, ...] = ()
    unit: str = ""

    @property
    def width(self) -> float:
        """Values a bar spans."""
        return self.bins[1].start - self.bins[0].start if len(self.bins) > 1 else 1.0

    @property
    def end(self) -> float:
        """Where the last bar ends."""
        return self.bins[-1].start + self.width if self.bins else 1.0

    @property
    def start(self) -> float:
        """Where the first bar begins."""
        return self.bins[0].start if self.bins else 0.0

    @cached_property
    def bars(self) -> tuple[dict[str, Any], ...]:
        """Geometry in a 600 x 150 box whose base lies at 130, with the words of each bar."""
        top = math.sqrt(max((one.count for one in self.bins), default=0)) or 1
        each = 600 / max(len(self.bins), 1)
        drawn = []
        for index, one in enumerate(self.bins):
            height = 110 * math.sqrt(one.count) / top
            drawn.append(
                {
                    "x": round(index * each + each * 0.08, 2),
                    "y": round(130 - height, 1),
                    "width": round(each * 0.84, 2),
                    "height": round(height, 1),
                    "css": one.css,
                    "title": f"{self._range(index)}{figures.NARROW}: {figures.figure(one.count)}",
                }
            )
        return tuple(drawn)

    @property
    def cuts(self) -> tuple[dict[str, Any], ...]:
        """Geometry of the thresholds."""
        span = self.end - self.start
        return tuple(
            {"x": round(600 * min(max((cut.value - self.start) / span, 0), 1), 1), "threshold": cut}
            for cut in self.thresholds
        )

    @property
    def ticks(self) -> tuple[str, ...]:
        """Six labels of the horizontal axis; the last bar holds everything beyond."""
        span = self.end - self.start
        labels = [figures.figure(self.start + span * step / 5, 0) for step in range(6)]
        labels[0] = f"{labels[0]}{figures.NARROW}{self.unit}" if self.unit else labels[0]
        labels[-1] = _("%(n)s and more") % {"n": figures.figure(self.end - self.width, 0)}
        return tuple(labels)

    @property
    def description(self) -> str:
        """How many lie between the thresholds."""
        edges = [-math.inf, *sorted(cut.value for cut in self.thresholds), math.inf]
        parts = []
        for low, high in pairwise(edges):
            count = figures.figure(sum(one.count for one in self.bins if low <= one.start < high))
            if high == math.inf:
                start = figures.figure(max(low, self.start))
                parts.append(_("%(count)s from %(low)s on") % {"count": count, "low": start})
            else:
                parts.append(_("%(count)s below %(high)s") % {"count": count, "high": figures.figure(high)})
        return ", ".join(parts) + "."

    @property
    def figures(self) -> Figures:
        """The table: a row per bar."""
        rows = tuple((self._range(index), figures.figure(one.count)) for index, one in enumerate(self.bins))
        return Figures((self.unit or _("From"), _("Number")), rows)

    def _range(self, index: int) -> str:
        start = self.bins[index].start
        if index == len(self.bins) - 1:
            return _("%(n)s and more") % {"n": figures.figure(start)}
        if self.width == 1:
            return figures.figure(start)
        return _("%(low)s to %(high)s") % {"low": figures.figure(start), "high": figures.figure(start + self.width)}
