"""Rating a touchpoint: the panel on its page, one's own value in place, and the page with the checklist."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.work.errors import Invalid, NotFound
from touchpoints.models import Touchpoint
from touchpoints.queries import get_touchpoint
from touchpoints.ratings import queries, services
from touchpoints.ratings.charts import histories_of, strip_of
from touchpoints.ratings.forms import RatingForm
from touchpoints.ratings.models import RATED, Aspect
from touchpoints.ratings.quadrants import quadrant_of


@requires(Right.TOUCHPOINTS_RATE)
def touchpoint_rate(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a member say what they think of a touchpoint, with the checklist of its channel."""
    touchpoint = get_touchpoint(request.organisation, pk)
    own = queries.find_own(request.organisation, touchpoint, request.user)
    form = RatingForm(request.POST or None, touchpoint=touchpoint, own=own)
    if request.method == "POST":
        rated = save(
            form,
            lambda: services.rate_touchpoint(
                request.organisation, touchpoint_id=touchpoint.pk, said=form.said, by=request.user
            ),
        )
        if rated:
            messages.success(request, _("What you say of “%(name)s” is kept.") % {"name": rated.name})
            return redirect(_back(request, rated))
    context = {"form": form, "touchpoint": touchpoint, "back": _back(request, touchpoint)}
    return render(request, "touchpoints/ratings/touchpoint_rate.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.TOUCHPOINTS_RATE)
def rating_set(request: OrgRequest, pk: int, aspect: str) -> HttpResponseBase:
    """Set one's own importance (or estimate of what people say) in place; nothing chosen takes it back."""
    if aspect not in RATED:
        raise NotFound
    given, text = Aspect(aspect), request.POST.get("value", "")
    if text not in {"", "1", "2", "3", "4", "5"}:
        raise Invalid(_("Choose 1 to 5."))
    touchpoint = get_touchpoint(request.organisation, pk)
    own = queries.find_own(request.organisation, touchpoint, request.user).get(given)
    said = services.Said(int(text) if text else None, own.comment if own else "")
    touchpoint = services.rate_touchpoint(
        request.organisation, touchpoint_id=touchpoint.pk, said={given: said}, by=request.user
    )
    if request.htmx:
        context = touchpoint_panel(request, touchpoint)
        return render(request, "touchpoints/ratings/_panel.html", context)
    messages.success(request, _("What you say of “%(name)s” is kept.") % {"name": touchpoint.name})
    return redirect(_back(request, touchpoint))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def rating_remove(request: OrgRequest, pk: int, rating_id: int) -> HttpResponseBase:
    """Take out what somebody said who has left."""
    touchpoint = services.remove_rating(request.organisation, touchpoint_id=pk, rating_id=rating_id, by=request.user)
    messages.success(request, _("The rating is taken out."))
    return redirect(_back(request, touchpoint))


def touchpoint_panel(request: OrgRequest, touchpoint: Touchpoint) -> dict[str, Any]:
    """Return what members say of a touchpoint, for its page. Three queries."""
    opinions = queries.list_opinions(request.organisation, touchpoint, of=request.user)
    return {
        "touchpoint": touchpoint,
        "quadrant": quadrant_of(touchpoint),
        "opinions": [(one, strip_of(one)) for one in opinions],
        "histories": histories_of(opinions),
        "scale": range(1, 6),
    }


def _back(request: OrgRequest, touchpoint: Touchpoint) -> str:
    """Return where rating began: the matrix, whose list is rated one after the other, or the touchpoint's page."""
    if request.GET.get("from") == "matrix":
        return org_reverse(request.organisation, "touchpoints:matrix")
    return org_reverse(request.organisation, "touchpoints:touchpoint_detail", touchpoint.pk)
