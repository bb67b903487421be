"""Observed importance: the report over the inventory, and the panel of a touchpoint."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.personas.queries import FLOOR
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.tabs import Tab
from touchpoints.attribution import queries, running
from touchpoints.attribution.models import Goal
from touchpoints.models import Touchpoint
from touchpoints.views.inventory import tabs_of


@requires(Right.TOUCHPOINTS_VIEW)
def report(request: OrgRequest) -> HttpResponse:
    """Show what the log says of each touchpoint, beside what is declared."""
    goal = _goal(request.GET.get("goal"))
    context = {
        "report": queries.find_report(request.organisation, goal),
        "goal": goal,
        "run": running.find_open_run(goal),
        "goals": [Tab(str(one.label), _url(request, one), one == goal) for one in Goal],
        "tabs": tabs_of(request, "observed"),
        "days": running.DAYS,
        "least": queries.LEAST_CONVERSIONS,
        "floor": FLOOR,
        "fresh_days": running.FRESH_DAYS,
    }
    return render(request, "touchpoints/attribution/report.html", context)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def start(request: OrgRequest) -> HttpResponseBase:
    """Let a worker observe the ways to a goal."""
    goal = _goal(request.POST.get("goal"))
    running.start_observation(request.organisation, goal=goal, by=request.user)
    messages.success(request, _("The touchpoints are being observed; you can leave this page."))
    return redirect(_url(request, goal))


def touchpoint_panel(request: OrgRequest, touchpoint: Touchpoint) -> dict[str, Any]:
    """Return what was observed of a touchpoint on the way to an MQL. Two queries."""
    line = queries.find_line(request.organisation, touchpoint, Goal.MQL)
    return {"line": line, "touchpoint": touchpoint, "least": queries.LEAST_CONVERSIONS}


def _goal(text: str | None) -> Goal:
    return Goal(text) if text in Goal.values else Goal.MQL


def _url(request: OrgRequest, goal: Goal) -> str:
    address = org_reverse(request.organisation, "attribution:report")
    return address if goal == Goal.MQL else f"{address}?goal={goal}"
