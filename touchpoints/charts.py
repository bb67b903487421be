"""What the inventory draws: its matrix, and a touchpoint's volume week by week."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.charts.lines import LineChart, Series
from prm.web.charts.matrix import Matrix, MatrixPoint
from prm.web.figures import day
from touchpoints.queries import Figures, Row
from touchpoints.ratings.quadrants import Quadrant


def matrix_of(organisation: Organisation, rows: Sequence[Row]) -> Matrix:
    """Return the matrix of rated touchpoints; their numbers are those of the inventory."""
    return Matrix(
        id="matrix",
        title=_("Importance and quality of the touchpoints"),
        points=tuple(
            MatrixPoint(
                number=row.number,
                label=row.touchpoint.name,
                quality=row.touchpoint.quality or 0,
                importance=row.touchpoint.importance or 0,
                is_moment_of_truth=row.touchpoint.is_moment_of_truth,
                is_irritant=row.is_irritant,
                href=org_reverse(organisation, "touchpoints:touchpoint_detail", row.touchpoint.pk),
            )
            for row in rows
        ),
        importance_label=_("Importance, 1 to 5"),
        quality_label=_("Quality, 1 to 5"),
    )


def by_quadrant(rows: Sequence[Row]) -> list[tuple[Quadrant, list[Row]]]:
    """Return the rows of each quadrant that has some, most important and worst first."""
    ordered = sorted(rows, key=lambda row: (-(row.touchpoint.importance or 0), row.touchpoint.quality or 0, row.number))
    groups = [(quadrant, [row for row in ordered if row.quadrant == quadrant]) for quadrant in Quadrant]
    return [(quadrant, found) for quadrant, found in groups if found]


def volume_of(figures: Figures) -> LineChart:
    """Return a touchpoint's interactions week by week, labelled by the day each week ends."""
    today = timezone.localdate()
    count = len(figures.weeks)
    return LineChart(
        id="volume",
        title=_("Interactions each week"),
        labels=tuple(day(today - timedelta(weeks=count - 1 - index)) for index in range(count)),
        series=(Series(_("Interactions"), tuple(float(value) for value in figures.weeks)),),
    )
