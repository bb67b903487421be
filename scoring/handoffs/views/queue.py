"""The MQL queue: the rep's page, what changes in it while it is open, and its file."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.exporting import file_name
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.models import Role
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.tabs import Tab
from scoring.handoffs import exporting, queue
from scoring.handoffs.reading import list_read
from scoring.models import Handoff, HandoffStatus
from touchpoints.timeline import get_timeline

VIEWS = ("waiting", "mine", "team", "answered")
TEMPLATE = "scoring/handoffs/queue.html"


@requires(Right.HANDOFFS_VIEW)
def queue_page(request: OrgRequest, pk: int | None = None) -> HttpResponse:
    """Show who to call, in order, and everything that is needed to call the one that is open."""
    organisation = request.organisation
    counts = queue.count_handoffs(organisation, request.user)
    shown = _shown(request, counts)
    leads = _list(request, shown)
    lead = _chosen(request, leads, pk)
    context = {
        **_context(request, counts, shown, leads, lead),
        "is_chosen": pk is not None,
        "tabs": _tabs(request, shown, counts),
    }
    if lead is not None:
        contact = lead.handoff.contact
        context["timeline"] = get_timeline(organisation, contact_id=contact.pk)
        context["entries"] = queue.list_entries(lead.handoff)
        context["read"] = list_read(organisation, contact.pk)
        context["panels"] = panels.render("handoff", request, contact)
    return render(request, TEMPLATE, context)


@requires(Right.HANDOFFS_VIEW)
def live(request: OrgRequest, pk: int | None = None) -> HttpResponse:
    """Give an open page what changed since: the list, and who has the lead now. 204 where nothing did; two queries."""
    counts = queue.count_handoffs(request.organisation, request.user)
    if request.GET.get("stamp") == counts.stamp:
        return HttpResponse(status=204)
    shown = _shown(request, counts)
    lead = queue.get_lead(request.organisation, pk) if pk is not None else None
    context = _context(request, counts, shown, _list(request, shown), lead)
    # The page says whom it shows as whose: only what differs is replaced under a thumb.
    context["is_other"] = lead is not None and request.GET.get("seen") != lead.holder
    context["is_live"] = True
    return render(request, f"{TEMPLATE}#live", context)


@requires(Right.HANDOFFS_VIEW)
def handoff_export(request: OrgRequest) -> StreamingHttpResponse:
    """Download handoffs with what became of them as CSV, for a CRM or a spreadsheet."""
    shown = request.GET.get("show", "")
    rows = exporting.csv_of(request.organisation, shown if shown in VIEWS else "", request.user)
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = file_name(request.organisation, "csv", "handoffs")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _context(
    request: OrgRequest, counts: queue.Counts, shown: str, leads: list[queue.Lead], lead: queue.Lead | None
) -> dict[str, Any]:
    return {
        "counts": counts,
        "shown": shown,
        "leads": leads,
        "lead": lead,
        "is_own": lead is not None and _is_own(request, lead.handoff),
    }


def _chosen(request: OrgRequest, leads: list[queue.Lead], pk: int | None) -> queue.Lead | None:
    """Return the lead of the address, or the first; most often it is in the list already."""
    if pk is None:
        return leads[0] if leads else None
    found = next((one for one in leads if one.handoff.pk == pk), None)
    return found or queue.get_lead(request.organisation, pk)


def _shown(request: OrgRequest, counts: queue.Counts) -> str:
    shown = request.GET.get("show", "")
    return shown if shown in VIEWS else ("mine" if counts.mine and not counts.waiting else "waiting")


def _list(request: OrgRequest, shown: str) -> list[queue.Lead]:
    lists: dict[str, Callable[[], list[queue.Lead]]] = {
        "waiting": lambda: queue.list_waiting(request.organisation),
        "mine": lambda: queue.list_worked(request.organisation, request.user),
        "team": lambda: queue.list_worked(request.organisation),
        "answered": lambda: queue.list_answered(request.organisation),
    }
    return lists[shown]()


def _is_own(request: OrgRequest, one: Handoff) -> bool:
    mine = one.claimed_by_id == request.user.pk or request.membership.role == Role.ADMIN
    return one.status in {HandoffStatus.CLAIMED, HandoffStatus.ACCEPTED} and not one.outcome and mine


def _tabs(request: OrgRequest, shown: str, counts: queue.Counts) -> list[Tab]:
    base = org_reverse(request.organisation, "handoffs:queue")
    return [
        Tab(_("To claim"), f"{base}?show=waiting", shown == "waiting", counts.waiting),
        Tab(_("Mine"), f"{base}?show=mine", shown == "mine", counts.mine),
        Tab(_("Team"), f"{base}?show=team", shown == "team"),
        Tab(pgettext("handoffs", "Answered"), f"{base}?show=answered", shown == "answered"),
    ]
