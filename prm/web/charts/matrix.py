"""The matrix of importance and quality."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from prm.web import figures
from prm.web.charts.table import Figures


@dataclass(frozen=True)
class MatrixGroup:
    """What dots have in common: its name, and the number of its colour (1-10, `--group-1` and so on)."""

    number: int
    label: str


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
    group: MatrixGroup | None = None
    # What its size stands for; all dots are alike where nobody says.
    weight: float | None = None
    # Quality and importance at an earlier moment.
    before: tuple[float, float] | None = None


@dataclass(frozen=True)
class PlacedPoint:
    """A dot in the 400 x 400 box, moved aside where others already are; with where it came from, if it moved."""

    point: MatrixPoint
    x: float
    y: float
    radius: float
    title: str
    # Where it was, and the arrow from there: "" where it stayed.
    was: tuple[float, float] | None
    arrow: str

    @property
    def css(self) -> str:
        """What its look says: group, moment of truth, irritant."""
        point = self.point
        names = [
            "pt",
            f"g{point.group.number}" if point.group else "",
            "mot" if point.is_moment_of_truth else "",
            "irr" if point.is_irritant else "",
        ]
        return " ".join(filter(None, names))


@dataclass(frozen=True)
class Matrix:
    """Importance up, quality across; the four quadrants say what to do. Dots never cover one another."""

    id: str
    title: str
    points: tuple[MatrixPoint, ...]
    importance_label: str = ""
    quality_label: str = ""
    # What groups and weights are, and when "before" was: the columns of the table.
    group_label: str = ""
    weight_label: str = ""
    before_label: str = ""

    RADIUS = 13.0
    LARGEST = 24.0
    # A shorter way is no move: dots are moved aside by as much.
    LEAST_MOVE = 0.1

    @cached_property
    def placed(self) -> tuple[PlacedPoint, ...]:
        """Place the dots, pushed apart until none overlaps. Cost: quadratic, meant for up to a hundred."""
        radii = [self._radius(point) for point in self.points]
        spots = [self._spot(point, radius) for point, radius in zip(self.points, radii, strict=True)]
        for _round in range(150):
            if not self._push_apart(spots, radii):
                break
        return tuple(
            self._placed(point, spot, radius) for point, spot, radius in zip(self.points, spots, radii, strict=True)
        )

    @property
    def groups(self) -> list[tuple[MatrixGroup, str]]:
        """The groups there are, each with the numbers of its dots."""
        found: dict[MatrixGroup, list[int]] = {}
        for point in self.points:
            if point.group:
                found.setdefault(point.group, []).append(point.number)
        ordered = sorted(found.items(), key=lambda one: one[0].number)
        return [(group, ", ".join(map(str, sorted(numbers)))) for group, numbers in ordered]

    @property
    def heaviest(self) -> float:
        """The largest weight."""
        return max((point.weight or 0 for point in self.points), default=0)

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
        headers = [_("Touchpoint"), self.group_label, _("Importance"), _("Quality"), self.weight_label]
        before = [f"{_('Importance')} ({self.before_label})", f"{_('Quality')} ({self.before_label})"]
        kept = [True, bool(self.group_label), True, True, bool(self.weight_label), *[bool(self.before_label)] * 2]
        table = [[*headers, *before], *(self._row(point) for point in self.points)]
        rows = [tuple(cell for cell, keep in zip(row, kept, strict=True) if keep) for row in table]
        return Figures(rows[0], tuple(rows[1:]))

    def _row(self, point: MatrixPoint) -> list[str]:
        quality, importance = point.before or (None, None)
        return [
            f"{point.number}. {point.label}",
            point.group.label if point.group else "–",
            figures.figure(point.importance),
            figures.figure(point.quality),
            figures.figure(point.weight),
            figures.figure(importance),
            figures.figure(quality),
        ]

    def _radius(self, point: MatrixPoint) -> float:
        """Areas grow with weights, beyond what a number needs to be read."""
        if not point.weight or self.heaviest <= 0:
            return self.RADIUS
        least, most = self.RADIUS**2, self.LARGEST**2
        return round(math.sqrt(least + (most - least) * point.weight / self.heaviest), 1)

    def _spot(self, point: MatrixPoint, radius: float) -> list[float]:
        # A nudge by the golden angle, unseen by the eye, so that dots on one spot have a direction to part in.
        angle = point.number * 2.39996
        x, y = self._at(point.quality, point.importance)
        return self._inside(x + 0.04 * math.cos(angle), y + 0.04 * math.sin(angle), radius)

    def _push_apart(self, spots: list[list[float]], radii: list[float]) -> bool:
        moved = False
        for i, one in enumerate(spots):
            for j, other in enumerate(spots[i + 1 :], i + 1):
                wanted = radii[i] + radii[j] + 2
                dx, dy = other[0] - one[0], other[1] - one[1]
                distance = math.hypot(dx, dy) or 0.01
                if distance < wanted - 0.05:
                    shift = 0.55 * (wanted - distance)
                    dx, dy = (dx / distance * shift, dy / distance * shift) if distance > 0.01 else (shift, 0.0)
                    one[:] = self._inside(one[0] - dx, one[1] - dy, radii[i])
                    other[:] = self._inside(other[0] + dx, other[1] + dy, radii[j])
                    moved = True
        return moved

    def _placed(self, point: MatrixPoint, spot: list[float], radius: float) -> PlacedPoint:
        x, y = (round(value, 1) for value in spot)
        was, arrow = self._move(point, (x, y), radius)
        return PlacedPoint(point, x, y, radius, self._words(point), was, arrow)

    def _move(
        self, point: MatrixPoint, spot: tuple[float, float], radius: float
    ) -> tuple[tuple[float, float] | None, str]:
        """Return where a dot was and the arrow to its edge; nothing where its values hardly changed."""
        if point.before is None:
            return None, ""
        quality, importance = point.before
        if max(abs(quality - point.quality), abs(importance - point.importance)) < self.LEAST_MOVE:
            return None, ""
        x, y = self._at(quality, importance)
        was = (round(min(max(x, 6), 394), 1), round(min(max(y, 6), 394), 1))
        dx, dy = spot[0] - was[0], spot[1] - was[1]
        length = math.hypot(dx, dy)
        if length <= radius + 8:
            return was, ""
        dx, dy = dx / length, dy / length
        end = (spot[0] - dx * (radius + 2), spot[1] - dy * (radius + 2))
        wings = [(end[0] - 6 * dx + side * 3.5 * dy, end[1] - 6 * dy - side * 3.5 * dx) for side in (1, -1)]
        points = [f"{px:.1f} {py:.1f}" for px, py in (wings[0], end, wings[1])]
        return was, f"M{was[0] + 5 * dx:.1f} {was[1] + 5 * dy:.1f}L{points[1]}M" + "L".join(points)

    @staticmethod
    def _at(quality: float, importance: float) -> tuple[float, float]:
        return 100 * (min(max(quality, 1), 5) - 1), 400 - 100 * (min(max(importance, 1), 5) - 1)

    @staticmethod
    def _inside(x: float, y: float, radius: float) -> list[float]:
        side = radius + 4
        # The words of the quadrants stand along the upper and lower edge.
        edge = radius + 30
        return [min(max(x, side), 400 - side), min(max(y, edge), 400 - edge)]

    def _words(self, point: MatrixPoint) -> str:
        return ", ".join(self._said(point))

    def _said(self, point: MatrixPoint) -> Iterator[str]:
        yield _("%(name)s: importance %(importance)s, quality %(quality)s") % {
            "name": point.label,
            "importance": figures.figure(point.importance),
            "quality": figures.figure(point.quality),
        }
        if point.group:
            yield point.group.label
        if point.weight is not None and self.weight_label:
            yield f"{self.weight_label} {figures.figure(point.weight)}"
        if point.before is not None and self.before_label:
            quality, importance = point.before
            yield _("%(when)s importance %(importance)s, quality %(quality)s") % {
                "when": self.before_label,
                "importance": figures.figure(importance),
                "quality": figures.figure(quality),
            }
