"""What the inventory draws: its matrix, and a touchpoint's volume week by week."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.charts.lines import LineChart, Series
from prm.web.charts.matrix import Matrix, MatrixGroup, MatrixPoint
from prm.web.figures import day
from touchpoints.matrix import Map, Place
from touchpoints.models import Channel
from touchpoints.queries import PERIOD_DAYS, Figures


def matrix_of(organisation: Organisation, found: Map) -> Matrix:
    """Return the matrix of rated touchpoints; their numbers are those of the inventory."""
    return Matrix(
        id="matrix",
        title=_("Importance and quality of the touchpoints"),
        points=tuple(_point(organisation, one) for one in found.placed),
        importance_label=_("Observed importance, 1 to 5") if found.is_observed else _("Importance, 1 to 5"),
        quality_label=_("Quality, 1 to 5"),
        group_label=_("Channel"),
        weight_label=_("Interactions in %(n)s days") % {"n": PERIOD_DAYS},
        before_label=_("a year ago") if found.since and found.known_before else "",
    )


def _point(organisation: Organisation, one: Place) -> MatrixPoint:
    channel = Channel(one.touchpoint.channel)
    return MatrixPoint(
        number=one.number,
        label=one.touchpoint.name,
        quality=one.quality or 0,
        importance=one.importance or 0,
        is_moment_of_truth=one.touchpoint.is_moment_of_truth,
        is_irritant=one.is_irritant,
        href=org_reverse(organisation, "touchpoints:touchpoint_detail", one.touchpoint.pk),
        group=MatrixGroup(Channel.values.index(channel) + 1, str(channel.label)),
        weight=one.row.touches.interactions,
        before=one.before,
    )


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
