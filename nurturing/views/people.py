"""One person in scenarios, and the ledger of messages."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from contacts.models import Contact
from nurturing import deliveries, enrolling, queries
from nurturing.models import DeliveryStatus
from nurturing.outages import last_outage
from nurturing.panels import contact_panel
from nurturing.reasons import explain
from nurturing.views.scenarios import list_tabs
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.web.tabs import Tab

_FILTERS = ("", "undecided", "waiting", DeliveryStatus.SENT, DeliveryStatus.HELD, DeliveryStatus.REFUSED)


@requires(Right.NURTURING_VIEW)
def delivery_list(request: OrgRequest) -> HttpResponse:
    """Show the ledger: every message, and why it did or did not go."""
    status = request.GET.get("status", "")
    status = status if status in _FILTERS else ""
    asked = read_id(request.GET.get("step", ""))
    step = queries.get_step(request.organisation, asked) if asked is not None else None
    rows = queries.list_deliveries(request.organisation, status=status, step_id=step.pk if step else None)
    page = paginate_request(rows, request, ["-pk"])
    template = "nurturing/delivery_list.html"
    context = {
        "page": page,
        "rows": [(one, explain(one)) for one in page.items],
        "status": status,
        "step": step,
        "undecided": queries.count_undecided(request.organisation),
        "segments": _segments(request, status),
        "tabs": list_tabs(request, "messages"),
        "outage": last_outage(),
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@require_POST
@requires(Right.NURTURING_EDIT)
def delivery_resolve(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Decide about a message of which nobody knows whether it arrived."""
    resend = request.POST.get("resend") == "1"
    delivery = deliveries.resolve_unknown(request.organisation, delivery_id=pk, resend=resend, by=request.user)
    if resend:
        messages.success(request, _("The message to %(address)s leaves once more.") % {"address": delivery.address})
    else:
        messages.success(request, _("The message to %(address)s rests as it is.") % {"address": delivery.address})
    return redirect(f"{org_reverse(request.organisation, 'nurturing:delivery_list')}?status=undecided")


@require_POST
@requires(Right.NURTURING_EDIT)
def contact_enrol(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a contact into a scenario."""
    enrolment = enrolling.enrol_contact(
        request.organisation,
        scenario_id=read_id(request.POST.get("scenario", "")) or 0,
        contact_id=pk,
        by=request.user,
    )
    words = {"name": enrolment.contact.name, "scenario": enrolment.scenario.name}
    messages.success(request, _("%(name)s is in “%(scenario)s” now.") % words)
    return _panel(request, enrolment.contact)


@require_POST
@requires(Right.NURTURING_EDIT)
def enrolment_leave(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a contact go of a scenario."""
    enrolment = enrolling.take_out(request.organisation, enrolment_id=pk, by=request.user)
    words = {"name": enrolment.contact.name, "scenario": enrolment.scenario.name}
    messages.success(request, _("%(name)s has left “%(scenario)s”.") % words)
    return _panel(request, enrolment.contact)


def _panel(request: OrgRequest, contact: Contact) -> HttpResponseBase:
    """Return the changed panel of the contact's page: in place for htmx, else the page."""
    if not request.htmx:
        return redirect(org_reverse(request.organisation, "contacts:contact_detail", contact.pk))
    return HttpResponse(render_to_string("nurturing/_contact_panel.html", contact_panel(request, contact), request))


def _segments(request: OrgRequest, current: str) -> list[Tab]:
    words = {
        "": pgettext("messages", "All"),
        "undecided": _("To decide"),
        "waiting": _("Waiting to leave"),
        DeliveryStatus.SENT: pgettext("messages", "Sent"),
        DeliveryStatus.HELD: pgettext("messages", "Not sent"),
        DeliveryStatus.REFUSED: pgettext("messages", "Refused"),
    }
    query = request.GET.copy()
    query.pop("cursor", None)
    tabs = []
    for code in _FILTERS:
        query["status"] = str(code)
        tabs.append(Tab(words[code], f"?{query.urlencode()}", code == current))
    return tabs
