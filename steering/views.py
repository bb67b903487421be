"""Home, which answers each role's first question, and the guide through the method."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from prm.organisations.access import OrgRequest, requires
from prm.organisations.models import Role
from prm.organisations.rights import Right
from scoring.handoffs.queue import list_first
from steering import charts, queries
from steering.concerns import notices_for
from steering.guiding import guide_of
from steering.wording import reason_words, status_words

# Rows of the queue on a rep's home; the queue's page has them all.
NEXT_LEADS = 5


@requires(Right.HOME_VIEW)
def home(request: OrgRequest) -> HttpResponse:
    """Show where the base stands and what needs somebody; a rep sees their queue first."""
    figures = queries.get_figures(request.organisation)
    is_rep = request.membership.role == Role.SALES
    # What the guide asks for is not a rep's to do: their queue, empty as yet, is what they came for.
    if figures.value.is_empty and not is_rep:
        return _guide(request, is_home=True)
    day = queries.measure_day(request.organisation, timezone.now())
    context: dict[str, Any] = {
        **_figures(request, figures.value, day.period),
        "measured": figures,
        "is_rep": is_rep,
        "notices": notices_for(request.organisation, request.membership.role, day.concerns),
        "first_name": str(request.user).split()[0],
        "period_days": queries.PERIOD_DAYS,
        "weeks": queries.WEEKS,
    }
    if is_rep:
        context["mine"], context["waiting"] = list_first(request.organisation, request.user, limit=NEXT_LEADS)
    return render(request, "steering/home.html", context)


@requires(Right.HOME_VIEW)
def guide(request: OrgRequest) -> HttpResponse:
    """Show the four steps of the method with what is done and what is next."""
    return _guide(request, is_home=False)


def _guide(request: OrgRequest, *, is_home: bool) -> HttpResponse:
    progress = queries.get_progress(request.organisation)
    context = {"guide": guide_of(request.organisation, progress), "is_home": is_home}
    return render(request, "steering/guide.html", context)


def _figures(request: OrgRequest, figures: queries.Figures, period: queries.Period) -> dict[str, Any]:
    rejections = [one for one in period.answers if one.status != "accepted" and one.top_reason]
    main_reason = max(rejections, key=lambda one: one.count, default=None)
    return {
        "trend": figures.trend,
        "period": period,
        "main_reason": reason_words(main_reason.top_reason) if main_reason else "",
        "answers": [
            {
                "word": status_words(one.status),
                "reason": reason_words(one.top_reason),
                "count": one.count,
                "percent": 100 * one.share_ratio,
                "is_accepted": one.status == "accepted",
            }
            for one in period.answers
        ],
        "funnel": charts.funnel_of(request.organisation, figures.funnel),
        "funnel_figures": charts.funnel_figures(figures.funnel),
        "activation": charts.activation_of(figures.trend),
    }
