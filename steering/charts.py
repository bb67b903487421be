"""What the home page draws: the funnel, and the activation rate over half a year."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.models import Stage
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.charts.funnel import Funnel, FunnelStage
from prm.web.charts.lines import LineChart, Series
from prm.web.charts.table import Figures
from prm.web.figures import day, duration, figure, ratio
from steering.queries import FunnelStep, Trend


def funnel_of(organisation: Organisation, steps: tuple[FunnelStep, ...]) -> Funnel:
    """Return the funnel: how many ever came as far as each stage, which share went on, and how fast."""
    contacts = org_reverse(organisation, "contacts:contact_list")
    return Funnel(
        id="funnel",
        title=_("From suspect to customer"),
        stages=tuple(
            FunnelStage(
                label=_plural(step.stage),
                value=step.reached,
                rate_ratio=_goes_on(steps, index),
                rate_label=_goes_on_words(step.stage),
                note=_time_words(step),
                href=f"{contacts}?stage={step.stage.value}",
            )
            for index, step in enumerate(steps)
        ),
    )


def funnel_figures(steps: tuple[FunnelStep, ...]) -> Figures:
    """Return the funnel's table, with who is in each stage today."""
    headers = (_("Stage"), _("Came so far"), _("There today"), pgettext("funnel", "Go on"), _("Median time"))
    return Figures(
        headers,
        tuple(
            (
                _plural(step.stage),
                figure(step.reached),
                figure(step.stock),
                ratio(_goes_on(steps, index)),
                duration(step.seconds_to_next),
            )
            for index, step in enumerate(steps)
        ),
    )


def activation_of(trend: Trend) -> LineChart:
    """Return the activation rate week by week, in percent, labelled by the day each period ends."""
    return LineChart(
        id="activation",
        title=_("Activation rate each week"),
        labels=tuple(day(one.at) for one in trend.weeks),
        series=(
            Series(
                _("Activation rate"),
                tuple(None if one.ratio is None else 100 * one.ratio for one in trend.weeks),
            ),
        ),
        unit="percent",
    )


def _goes_on(steps: tuple[FunnelStep, ...], index: int) -> float | None:
    if index + 1 >= len(steps) or not steps[index].reached:
        return None
    return steps[index + 1].reached / steps[index].reached


def _time_words(step: FunnelStep) -> str:
    return "" if step.seconds_to_next is None else _("in %(time)s") % {"time": duration(step.seconds_to_next)}


def _plural(stage: Stage) -> str:
    return {
        Stage.SUSPECT: _("Suspects"),
        Stage.PROSPECT: _("Prospects"),
        Stage.MQL: _("MQLs"),
        Stage.ACCEPTED: pgettext("people", "Accepted"),
        Stage.CUSTOMER: _("Customers"),
    }.get(stage, str(stage.label))


def _goes_on_words(stage: Stage) -> str:
    return {
        Stage.SUSPECT: _("become prospects"),
        Stage.PROSPECT: _("become MQLs"),
        Stage.MQL: _("are accepted"),
        Stage.ACCEPTED: _("become customers"),
    }.get(stage, "")
