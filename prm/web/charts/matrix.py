"""The matrix of importance and quality."""

import math
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from prm.web import figures
from prm.web.charts.table import Figures


@dataclass(frozen=True)
class MatrixPoint:
    """One numbered dot; `quality` and `importance` are 1-5."""

    number: int
    label: str
    quality: float
    importance: float
    is_moment_of_truth: bool = False
    is_irritant: bool = False
    href: str = ""


@dataclass(frozen=True)
class PlacedPoint:
    """A dot in the 400 x 400 box, moved aside where others already are."""

    point: MatrixPoint
    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Matrix:
    """Importance up, quality across; the four quadrants say what to do. Dots never cover one another."""

    id: str
    title: str
    points: tuple[MatrixPoint, ...]
    importance_label: str = ""
    quality_label: str = ""

    RADIUS = 12.0

    @cached_property
    def placed(self) -> tuple[PlacedPoint, ...]:
        """Place the dots, pushed apart until none overlaps. Cost: quadratic, meant for up to a hundred."""
        spots = [self._spot(point) for point in self.points]
        for _round in range(150):
            if not self._push_apart(spots):
                break
        return tuple(
            PlacedPoint(point, round(x, 1), round(y, 1), self._words(point))
            for point, (x, y) in zip(self.points, spots, strict=True)
        )

    @property
    def description(self) -> str:
        """Name what has to be corrected first."""
        urgent = [point.label for point in self.points if point.importance >= 3 and point.quality < 3]
        if not urgent:
            return _("No important touchpoint has a low quality.")
        return _("To fix first: %(names)s.") % {"names": ", ".join(urgent)}

    @property
    def figures(self) -> Figures:
        """The table: a row per touchpoint."""
        rows = tuple(
            (f"{one.number}. {one.label}", figures.figure(one.importance), figures.figure(one.quality))
            for one in self.points
        )
        return Figures((_("Touchpoint"), _("Importance"), _("Quality")), rows)

    def _spot(self, point: MatrixPoint) -> list[float]:
        # A nudge by the golden angle, unseen by the eye, so that dots on one spot have a direction to part in.
        angle = point.number * 2.39996
        x = 100 * (min(max(point.quality, 1), 5) - 1) + 0.04 * math.cos(angle)
        y = 400 - 100 * (min(max(point.importance, 1), 5) - 1) + 0.04 * math.sin(angle)
        return self._inside(x, y)

    def _push_apart(self, spots: list[list[float]]) -> bool:
        moved, wanted = False, 2 * self.RADIUS + 2
        for i, one in enumerate(spots):
            for other in spots[i + 1 :]:
                dx, dy = other[0] - one[0], other[1] - one[1]
                distance = math.hypot(dx, dy) or 0.01
                if distance < wanted - 0.05:
                    shift = 0.55 * (wanted - distance)
                    dx, dy = (dx / distance * shift, dy / distance * shift) if distance > 0.01 else (shift, 0.0)
                    one[:] = self._inside(one[0] - dx, one[1] - dy)
                    other[:] = self._inside(other[0] + dx, other[1] + dy)
                    moved = True
        return moved

    def _inside(self, x: float, y: float) -> list[float]:
        side = self.RADIUS + 4
        # The words of the quadrants stand along the upper and lower edge.
        edge = self.RADIUS + 30
        return [min(max(x, side), 400 - side), min(max(y, edge), 400 - edge)]

    @staticmethod
    def _words(point: MatrixPoint) -> str:
        return _("%(name)s: importance %(importance)s, quality %(quality)s") % {
            "name": point.label,
            "importance": figures.figure(point.importance),
            "quality": figures.figure(point.quality),
        }
