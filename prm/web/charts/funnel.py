"""The funnel from the many to the few."""

import math
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from prm.web import figures
from prm.web.charts.table import Figures


@dataclass(frozen=True)
class FunnelStage:
    """One band. `rate_ratio` (0-1) is the share that goes on to the next, said by `rate_label`."""

    label: str
    value: int
    rate_ratio: float | None = None
    rate_label: str = ""
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Band:
    """Geometry of one stage in a 450 x 100 box."""

    x: int
    y: float
    height: float
    flow: str


@dataclass(frozen=True)
class Funnel:
    """Bands from the many to the few; logarithmic when the first is over fifty times the last."""

    id: str
    title: str
    stages: tuple[FunnelStage, ...]

    @property
    def is_log(self) -> bool:
        """Tell whether heights are logarithmic, which the reader must be told."""
        positive = [stage.value for stage in self.stages if stage.value > 0]
        return bool(positive) and max(positive) > 50 * min(positive)

    @property
    def scale_note(self) -> str:
        """Say how to read the heights; empty when they are plain."""
        return _("bars on a logarithmic scale") if self.is_log else ""

    @property
    def description(self) -> str:
        """Every figure in one sentence."""
        return ", ".join(f"{figures.figure(stage.value)} {stage.label}" for stage in self.stages) + "."

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """Place the bands and the flows between them."""
        heights = [self._height(stage.value) for stage in self.stages]
        width, gap = 22, 100
        bands = []
        for index, height in enumerate(heights):
            x, y = index * gap, 50 - height / 2
            flow = ""
            if index + 1 < len(heights):
                next_y = 50 - heights[index + 1] / 2
                flow = f"M{x + width} {y:.1f}L{x + gap} {next_y:.1f}V{100 - next_y:.1f}L{x + width} {100 - y:.1f}Z"
            bands.append(Band(x, round(y, 1), round(height, 1), flow))
        return tuple(bands)

    @property
    def view_width(self) -> int:
        """Width of the drawing: a column for each stage, as wide as its words above (static/css/charts.css)."""
        return len(self.stages) * 100

    @property
    def figures(self) -> Figures:
        """The table."""
        rows = tuple(
            (stage.label, figures.figure(stage.value), figures.ratio(stage.rate_ratio) if stage.rate_label else "")
            for stage in self.stages
        )
        return Figures((_("Stage"), _("Number"), pgettext("share of a stage", "Go on")), rows)

    def _height(self, value: int) -> float:
        top = max((stage.value for stage in self.stages), default=0)
        if value <= 0 or top <= 0:
            return 1.5
        if not self.is_log:
            return max(92 * value / top, 2.0)
        lowest = math.log(min(stage.value for stage in self.stages if stage.value > 0))
        span = math.log(top) - lowest
        return 92 * (0.15 * span + math.log(value) - lowest) / (1.15 * span)
