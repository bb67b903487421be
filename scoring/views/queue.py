"""The MQL queue: the rep's page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.models import Role
from prm.organisations.rights import Right
from prm.web.tabs import Tab
from prm.work.errors import Conflict
from scoring import handoff, queue
from scoring.models import Handoff, HandoffStatus
from scoring.queue_forms import RecycleForm, RejectForm
from touchpoints.timeline import get_timeline

VIEWS = ("waiting", "mine", "team", "answered")


@requires(Right.HANDOFFS_VIEW)
def queue_page(request: OrgRequest, pk: int | None = None) -> HttpResponse:
    """Show who to call, in order, and everything that is needed to call the one that is open."""
    organisation = request.organisation
    counts = queue.count_handoffs(organisation, request.user)
    shown = request.GET.get("show", "")
    shown = shown if shown in VIEWS else ("mine" if counts.mine and not counts.waiting else "waiting")
    leads = _list(request, shown)
    lead = queue.get_lead(organisation, pk) if pk is not None else (leads[0] if leads else None)
    context: dict[str, Any] = {
        "counts": counts,
        "shown": shown,
        "leads": leads,
        "lead": lead,
        "is_own": lead is not None and _is_own(request, lead.handoff),
        "is_chosen": pk is not None,
        "tabs": _tabs(request, shown, counts),
        "reject_form": RejectForm(),
        "recycle_form": RecycleForm(),
    }
    if lead is not None:
        context["timeline"] = get_timeline(organisation, contact_id=lead.handoff.contact_id)
    return render(request, "scoring/queue.html", context)


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_claim(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Claim, and stay on the lead: its number can be called now."""
    try:
        claimed = handoff.claim_handoff(request.organisation, handoff_id=pk, by=request.user)
    except Conflict as conflict:
        messages.error(request, str(conflict.message))
        return redirect(org_reverse(request.organisation, "scoring:queue"))
    messages.success(request, _("%(name)s is yours to call.") % {"name": claimed.contact.name})
    return redirect(_page_of(request, pk))


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_accept(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Accept a claimed handoff."""
    return _answer(
        request,
        pk,
        lambda **who: handoff.accept_handoff(request.organisation, handoff_id=pk, **who),
        _("%(name)s is accepted and goes on with sales."),
    )


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_release(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give a claimed handoff back to the queue."""
    return _answer(
        request,
        pk,
        lambda **who: handoff.release_handoff(request.organisation, handoff_id=pk, **who),
        _("%(name)s is back in the queue."),
    )


@requires(Right.HANDOFFS_WORK)
def handoff_reject(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Reject a claimed handoff with a reason."""
    form = RejectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _answer(
            request,
            pk,
            lambda **who: handoff.reject_handoff(
                request.organisation,
                handoff_id=pk,
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                **who,
            ),
            _("%(name)s goes back to marketing with your reason."),
        )
    return _form_page(request, pk, form, _("Reject"), "x")


@requires(Right.HANDOFFS_WORK)
def handoff_recycle(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Send a claimed handoff back to nurturing until a day."""
    form = RecycleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _answer(
            request,
            pk,
            lambda **who: handoff.recycle_handoff(
                request.organisation, handoff_id=pk, until=form.until, note=form.cleaned_data["note"], **who
            ),
            _("%(name)s goes back to nurturing."),
        )
    return _form_page(request, pk, form, _("Recycle"), "undo")


def _answer(request: OrgRequest, pk: int, act: Callable[..., Handoff], done: str) -> HttpResponseBase:
    """Carry out an answer and go on to the next lead; a conflict is said where the rep is."""
    try:
        answered = act(by=request.user, is_admin=request.membership.role == Role.ADMIN)
    except Conflict as conflict:
        messages.error(request, str(conflict.message))
        return redirect(_page_of(request, pk))
    messages.success(request, done % {"name": answered.contact.name})
    return redirect(org_reverse(request.organisation, "scoring:queue"))


def _form_page(request: OrgRequest, pk: int, form: RejectForm | RecycleForm, action: str, picture: str) -> HttpResponse:
    lead = queue.get_lead(request.organisation, pk)
    context = {"lead": lead, "form": form, "action": action, "picture": picture, "back": _page_of(request, pk)}
    return render(request, "scoring/handoff_answer.html", context, status=422 if form.errors else 200)


def _list(request: OrgRequest, shown: str) -> list[queue.Lead]:
    lists: dict[str, Callable[[], list[queue.Lead]]] = {
        "waiting": lambda: queue.list_waiting(request.organisation),
        "mine": lambda: queue.list_claimed(request.organisation, request.user),
        "team": lambda: queue.list_claimed(request.organisation),
        "answered": lambda: queue.list_answered(request.organisation),
    }
    return lists[shown]()


def _is_own(request: OrgRequest, one: Handoff) -> bool:
    mine = one.claimed_by_id == request.user.pk or request.membership.role == Role.ADMIN
    return one.status == HandoffStatus.CLAIMED and mine


def _tabs(request: OrgRequest, shown: str, counts: queue.Counts) -> list[Tab]:
    base = org_reverse(request.organisation, "scoring:queue")
    return [
        Tab(_("To claim"), f"{base}?show=waiting", shown == "waiting", counts.waiting),
        Tab(_("Mine"), f"{base}?show=mine", shown == "mine", counts.mine),
        Tab(_("Team"), f"{base}?show=team", shown == "team"),
        Tab(pgettext("handoffs", "Answered"), f"{base}?show=answered", shown == "answered"),
    ]


def _page_of(request: OrgRequest, pk: int) -> str:
    return org_reverse(request.organisation, "scoring:handoff", pk)
