"""The square: fit across, intent up, the hot corner shaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from prm.web import figures, marks


@dataclass(frozen=True)
class Scale:
    """What the square needs of a scoring model. Hot begins at 60 % of the height."""

    warm_from: float = 10.0
    hot_from: float = 20.0
    minimum_fit: float = 50.0

    @property
    def top(self) -> float:
        """Intent at the upper edge."""
        return (self.hot_from or 1.0) / 0.6

    def x(self, fit: float) -> float:
        """Place of a fit, 0-1."""
        return min(max(fit, 0.0), 100.0) / 100

    def y(self, intent: float) -> float:
        """Place of an intent, 0 (low) to 1 (top)."""
        return min(max(intent, 0.0) / self.top, 1.0)


@dataclass(frozen=True)
class SquareMark:
    """The small square of lists, 22 x 22."""

    x: float
    y: float
    zone_x: float
    zone_width: float
    css: str
    label: str


@dataclass(frozen=True)
class SquarePoint:
    """One place on the way of a contact: fit 0-100, intent in points."""

    fit: float
    intent: float


@dataclass(frozen=True)
class Square:
    """The large square of a contact's page: where it stands and the way it came. 100 x 100, zero below left."""

    id: str
    point: SquarePoint
    scale: Scale = field(default_factory=Scale)
    path: Sequence[SquarePoint] = ()

    @property
    def title(self) -> str:
        """What it shows."""
        return _("Fit and intent")

    @property
    def description(self) -> str:
        """Where the contact stands and where hot begins."""
        return _("Fit %(fit)s out of 100, intent %(intent)s; hot from %(hot)s on and a fit of %(minimum)s.") % {
            "fit": figures.figure(self.point.fit, 0),
            "intent": figures.points(self.point.intent),
            "hot": figures.points(self.scale.hot_from),
            "minimum": figures.figure(self.scale.minimum_fit, 0),
        }

    @property
    def zone_x(self) -> float:
        """Where the hot corner begins."""
        return round(100 * self.scale.x(self.scale.minimum_fit), 1)

    @property
    def zone_width(self) -> float:
        """Width of the hot corner."""
        return round(100 - self.zone_x, 1)

    @property
    def hot_y(self) -> float:
        """Height at which hot begins."""
        return round(100 - 100 * self.scale.y(self.scale.hot_from), 1)

    @property
    def warm_y(self) -> float:
        """Height at which warm begins."""
        return round(100 - 100 * self.scale.y(self.scale.warm_from), 1)

    @property
    def dot(self) -> dict[str, Any]:
        """The dot where the contact stands."""
        return self._place(self.point)

    @property
    def trail(self) -> tuple[dict[str, Any], ...]:
        """Small dots along the way, oldest first."""
        return tuple(self._place(point) for point in self.path)

    @property
    def trail_path(self) -> str:
        """The way as one line, ending at the dot."""
        places = [*self.trail, self.dot]
        return "M" + "L".join(f"{place['x']} {place['y']}" for place in places) if self.path else ""

    def _place(self, point: SquarePoint) -> dict[str, Any]:
        scale = self.scale
        tier = "hot" if point.intent >= scale.hot_from else "warm" if point.intent >= scale.warm_from else "cold"
        return {"x": round(100 * scale.x(point.fit), 1), "y": round(100 - 100 * scale.y(point.intent), 1), "tier": tier}


def square_mark(
    standing: Any, *, fit: float | None = None, intent: float | None = None, model: Any = None
) -> SquareMark:
    """Return the small square of a standing, or of a tier with its `fit` and `intent`.

    Without a `model` the dot lies in the third of its tier: its exact height needs thresholds.
    """
    tier = marks.tier_code(getattr(standing, "tier", standing))
    fit_value = float(getattr(standing, "fit", 0.0) if fit is None else fit)
    points = float(getattr(standing, "intent", 0.0) if intent is None else intent)
    if model is None:
        scale, height = Scale(), {"cold": 0.14, "warm": 0.45, "hot": 0.84}[tier]
    else:
        scale = Scale(model.warm_from, model.hot_from, model.minimum_fit)
        height = scale.y(points)
    label = _("Fit %(fit)s, intent %(intent)s") % {
        "fit": figures.figure(fit_value, 0),
        "intent": figures.figure(points, 0),
    }
    return SquareMark(
        x=round(1 + 20 * scale.x(fit_value), 1),
        y=round(21 - 20 * height, 1),
        zone_x=round(1 + 20 * scale.x(scale.minimum_fit), 1),
        zone_width=round(20 - 20 * scale.x(scale.minimum_fit), 1),
        css=f"f-{tier}",
        label=label,
    )
