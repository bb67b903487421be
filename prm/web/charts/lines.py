"""Lines over time, with and without axes."""

import math
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from prm.web import figures
from prm.web.charts.table import Figures


@dataclass(frozen=True)
class Series:
    """One line: a value per label, None where nothing is known. `css`: "ln" (the accent) or "before" (grey)."""

    label: str
    values: tuple[float | None, ...]
    css: str = "ln"


@dataclass(frozen=True)
class Line:
    """Geometry of one series in a 500 x 100 box; broken where a value is missing."""

    label: str
    css: str
    paths: tuple[str, ...]
    area: str
    last: str


@dataclass(frozen=True)
class LineChart:
    """Lines over time, the first one filled, with the line to a goal. `unit` is "percent" or "number"."""

    id: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    goal: tuple[float, float] | None = None
    goal_label: str = ""
    unit: str = "number"

    @cached_property
    def ticks(self) -> tuple[float, ...]:
        """Round values of the vertical axis, lowest first."""
        known = [value for one in self.series for value in one.values if value is not None]
        known += list(self.goal or ())
        are_whole = self.unit == "number" and all(value == int(value) for value in known)
        return nice_ticks(min(known, default=0.0), max(known, default=1.0), least=1.0 if are_whole else 0.0)

    @property
    def y_labels(self) -> tuple[str, ...]:
        """Tick labels, highest first."""
        return tuple(self._text(tick) for tick in reversed(self.ticks))

    @property
    def grid(self) -> tuple[float, ...]:
        """Heights of the grid lines in the box."""
        return tuple(round(self._y(tick), 1) for tick in self.ticks)

    @property
    def x_labels(self) -> tuple[str, ...]:
        """At most six labels, evenly spread."""
        count = len(self.labels)
        if count <= 6:
            return self.labels
        return tuple(self.labels[round(step * (count - 1) / 5)] for step in range(6))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Geometry of every series; those that come later are drawn first."""
        return tuple(self._line(one, filled=index == 0) for index, one in enumerate(self.series))[::-1]

    @property
    def goal_path(self) -> str:
        """The straight line from where it began to the goal."""
        return f"M0 {self._y(self.goal[0]):.1f}L500 {self._y(self.goal[1]):.1f}" if self.goal else ""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return all(value is None for one in self.series for value in one.values)

    @property
    def description(self) -> str:
        """First and last value of each line."""
        parts = []
        for one in self.series:
            known = [(label, value) for label, value in zip(self.labels, one.values, strict=True) if value is not None]
            if known:
                parts.append(
                    _("%(line)s: from %(first)s (%(start)s) to %(last)s (%(end)s)")
                    % {
                        "line": one.label,
                        "first": self._text(known[0][1]),
                        "start": known[0][0],
                        "last": self._text(known[-1][1]),
                        "end": known[-1][0],
                    }
                )
        return ". ".join(parts) + "." if parts else _("No figures yet.")

    @property
    def figures(self) -> Figures:
        """The table: a row per label, a column per line."""
        rows = tuple(
            (label, *(self._text(one.values[index]) for one in self.series)) for index, label in enumerate(self.labels)
        )
        return Figures((_("Period"), *(one.label for one in self.series)), rows)

    def _line(self, one: Series, *, filled: bool) -> Line:
        pieces: list[list[str]] = [[]]
        for index, value in enumerate(one.values):
            if value is None:
                pieces.append([])
            else:
                pieces[-1].append(f"{self._x(index):.1f},{self._y(value):.1f}")
        pieces = [piece for piece in pieces if piece]
        area = ""
        if filled and len(pieces) == 1:
            first, last = (pieces[0][end].split(",")[0] for end in (0, -1))
            area = f"{first},100 {' '.join(pieces[0])} {last},100"
        last_point = pieces[-1][-1].replace(",", " ") if pieces and filled else ""
        return Line(one.label, one.css, tuple(" ".join(piece) for piece in pieces), area, last_point)

    def _x(self, index: int) -> float:
        return 500 * index / max(len(self.labels) - 1, 1)

    def _y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return 100 - 100 * (value - low) / (high - low)

    def _text(self, value: float | None) -> str:
        return figures.percent(value) if self.unit == "percent" else figures.figure(value)


def nice_ticks(low: float, high: float, count: int = 4, *, least: float = 0.0) -> tuple[float, ...]:
    """Return round values from at or below `low` to at or above `high`, about `count` steps apart.

    No step is shorter than `least`, or a part of it: people are not cut.
    The axis begins at zero unless all values lie in its upper half.
    """
    if low > 0 and low < 0.5 * high:
        low = 0.0
    if high - low < 1e-6 * max(abs(high), 1.0):
        # All the same: from zero to it, and around nothing from zero to one.
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-6:
        low, high = 0.0, 1.0
    raw = (high - low) / count
    size = 10 ** math.floor(math.log10(raw))
    steps = (factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw * 0.999)
    step = next((step for step in steps if not least or not step % least), least)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(step * index, 10) for index in range(first, last + 1))


@dataclass(frozen=True)
class Spark:
    """A line without axes, 100 x 40; `goal` is where it should begin and end."""

    values: tuple[float, ...]
    goal: tuple[float, float] | None = None
    # How much of the time to the goal is over, 0-1: the line stops there.
    elapsed_ratio: float = 1.0

    @property
    def points(self) -> str:
        """The polyline."""
        end = 100 * min(max(self.elapsed_ratio, 0.0), 1.0)
        last = max(len(self.values) - 1, 1)
        return " ".join(f"{end * i / last:.1f},{self._y(v):.1f}" for i, v in enumerate(self.values))

    @property
    def last(self) -> str:
        """Where the line ends."""
        return self.points.split(" ")[-1].replace(",", " ") if self.values else ""

    @property
    def goal_path(self) -> str:
        """The straight line to the goal."""
        return f"M0 {self._y(self.goal[0]):.1f}L100 {self._y(self.goal[1]):.1f}" if self.goal else ""

    def _y(self, value: float) -> float:
        known = [*self.values, *(self.goal or ())]
        low, high = min(known), max(known)
        return 20.0 if high == low else 36 - 30 * (value - low) / (high - low)
