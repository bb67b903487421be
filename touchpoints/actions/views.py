"""Pages of enrichment actions: the board, one action with its effect, the form; and the panel of a touchpoint."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.personas.queries import FLOOR
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from touchpoints.actions import effects, queries, services
from touchpoints.actions.forms import ActionForm, BoardForm
from touchpoints.actions.models import EnrichmentAction, Status
from touchpoints.models import Touchpoint
from touchpoints.queries import list_owners, list_touchpoints
from touchpoints.ratings.quadrants import irritates


@requires(Right.TOUCHPOINTS_VIEW)
def board(request: OrgRequest) -> HttpResponse:
    """Show what is planned, under way and done, in three columns."""
    return _board(request)


@requires(Right.TOUCHPOINTS_VIEW)
def action_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one action; of one that is done, what changed at its touchpoint."""
    action = queries.get_action(request.organisation, pk)
    days = _days(request)
    effect = queries.measure_effect(action, days=days, today=timezone.localdate())
    context = {
        "action": action,
        "effect": effect,
        "beside": queries.list_beside(action, effect) if effect else [],
        "readable_on": effects.readable_on(action.done_on) if action.done_on else None,
        "asked_days": days,
        "floor": FLOOR,
        "least_answers": effects.LEAST_ANSWERS,
        "tabs": [
            Tab(_("%(n)s days") % {"n": choice}, f"{_url(request, action)}?days={choice}", choice == days)
            for choice in effects.CHOICES
        ],
    }
    return render(request, "touchpoints/actions/action_detail.html", context)


@requires(Right.TOUCHPOINTS_EDIT)
def action_add(request: OrgRequest) -> HttpResponseBase:
    """Plan an action; the touchpoint one comes from is chosen already."""
    initial = {"touchpoint": request.GET.get("touchpoint"), "status": Status.TODO}
    form = ActionForm(
        request.POST or None,
        owners=list_owners(request.organisation),
        touchpoints=list_touchpoints(request.organisation),
        initial=initial,
    )
    if request.method == "POST":
        created = save(form, lambda: services.create_action(request.organisation, values=form.values, by=request.user))
        if created:
            messages.success(request, _("“%(title)s” is on the board.") % {"title": created.title})
            return redirect(_back(request))
    return _form_page(request, form, None)


@requires(Right.TOUCHPOINTS_EDIT)
def action_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change an action."""
    action = queries.get_action(request.organisation, pk)
    form = ActionForm(
        request.POST or None,
        owners=list_owners(request.organisation),
        touchpoints=list_touchpoints(request.organisation),
        action=action,
    )
    if request.method == "POST":
        changed = save(
            form,
            lambda: services.update_action(request.organisation, action_id=pk, values=form.values, by=request.user),
        )
        if changed:
            messages.success(request, _("“%(title)s” is kept as you set it.") % {"title": changed.title})
            return redirect(_url(request, changed))
    return _form_page(request, form, action)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def action_move(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put an action into another column; its days follow."""
    status = request.POST.get("status", "")
    action = services.update_action(request.organisation, action_id=pk, values={"status": status}, by=request.user)
    words = {
        Status.TODO: _("“%(title)s” is to do."),
        Status.DOING: _("“%(title)s” is under way."),
        Status.DONE: _("“%(title)s” is done."),
    }
    messages.success(request, words[Status(action.status)] % {"title": action.title})
    if request.htmx:
        return _board(request)
    query = request.GET.urlencode()
    return redirect(org_reverse(request.organisation, "actions:board") + (f"?{query}" if query else ""))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def action_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put an action away; the notice brings it back."""
    action = services.delete_action(request.organisation, action_id=pk, by=request.user)
    undo = org_reverse(request.organisation, "actions:action_restore", pk)
    messages.success(request, _("“%(title)s” is deleted.") % {"title": action.title}, extra_tags=undo)
    return redirect(org_reverse(request.organisation, "actions:board"))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def action_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring an action back that was put away."""
    action = services.restore_action(request.organisation, action_id=pk, by=request.user)
    messages.success(request, _("“%(title)s” is back.") % {"title": action.title})
    return redirect(_url(request, action))


def touchpoint_panel(request: OrgRequest, touchpoint: Touchpoint) -> dict[str, Any]:
    """Load the actions of a touchpoint, for its page."""
    return {"actions": queries.list_of_touchpoint(request.organisation, touchpoint.pk), "touchpoint": touchpoint}


def _board(request: OrgRequest) -> HttpResponse:
    touchpoints = list_touchpoints(request.organisation)
    form = BoardForm(request.GET, owners=list_owners(request.organisation), touchpoints=touchpoints)
    context = {
        "board": queries.get_board(request.organisation, form.filters, all_done=form.shows_all),
        "form": form,
        "chips": form.in_use,
        "example": min(touchpoints, key=lambda one: (not irritates(one), not one.is_entry_point), default=None),
        "query": request.GET.urlencode(),
    }
    template = "touchpoints/actions/board.html"
    return render(request, f"{template}#board" if request.htmx else template, context)


def _form_page(request: OrgRequest, form: ActionForm, action: EnrichmentAction | None) -> HttpResponse:
    context = {"form": form, "action": action, "back": _url(request, action) if action else _back(request)}
    return render(request, "touchpoints/actions/action_form.html", context, status=422 if form.errors else 200)


def _days(request: OrgRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, effects.CHOICES) else effects.CHOICES[0]


def _back(request: OrgRequest) -> str:
    """Return where one came from, a touchpoint or the board with its filters; else the board."""
    back = request.GET.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return org_reverse(request.organisation, "actions:board")


def _url(request: OrgRequest, action: EnrichmentAction) -> str:
    return org_reverse(request.organisation, "actions:action_detail", action.pk)
