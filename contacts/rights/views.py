"""What members do for the rights of people: the file of everything held, erasing, and the register of requests."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from contacts.models import Contact
from contacts.models.people import GONE
from contacts.queries import find_person
from contacts.rights.access import hand_out
from contacts.rights.erasing import count_held, erase_contact
from contacts.rights.forms import AnswerForm, EraseForm, RequestForm
from contacts.rights.models import PersonRequest
from contacts.rights.requests import (
    count_open,
    finish_request,
    get_request,
    list_requests,
    list_requests_of,
    note_request,
)
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.figures import long_day
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.web.tabs import Tab
from prm.work.errors import Conflict, Invalid


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return what a person asked for; what can be done for them follows from the member's rights. One query."""
    return {"contact": contact, "requests": list_requests_of(request.organisation, contact)}


def tabs_of(request: OrgRequest, current: str) -> list[Tab]:
    """Return the views of this room: what is to answer, what was answered, who was kept long enough."""
    address = org_reverse(request.organisation, "rights:request_list")
    tabs = [
        Tab(_("To answer"), address, current == "open"),
        Tab(pgettext("requests", "Answered"), f"{address}?answered=1", current == "answered"),
    ]
    if Right.CONTACTS_ERASE.value in rights_of(request):
        retention = org_reverse(request.organisation, "rights:retention_detail")
        tabs.append(Tab(_("Retention"), retention, current == "retention"))
    return tabs


@requires(Right.CONTACTS_ERASE)
def contact_erase(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what goes and what stays, and erase a person once their name or address was typed in."""
    contact = find_person(request.organisation, pk)
    form = EraseForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        try:
            erase_contact(request.organisation, contact_id=pk, by=request.user)
        except Conflict as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("This person is erased. What was counted stays counted."))
            return redirect(org_reverse(request.organisation, "contacts:contact_list"))
    context = {"contact": contact, "form": form, "held": count_held(request.organisation, pk)}
    return render(request, "contacts/rights/contact_erase.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.CONTACTS_ERASE)
def contact_hand_out(request: OrgRequest, pk: int) -> HttpResponse:
    """Give everything held on a person as one file to download; the log keeps that it left."""
    data = hand_out(request.organisation, contact_id=pk, by=request.user)
    answer = HttpResponse(data, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{request.organisation.slug}-contact-{pk}.zip"'
    return answer


@requires(Right.CONTACTS_VIEW)
def request_list(request: OrgRequest) -> HttpResponse:
    """List what people ask for: what waits, the most pressing first, or what was answered."""
    is_open = request.GET.get("answered") != "1"
    rows = list_requests(request.organisation, is_open=is_open)
    order = ("due_on", "pk") if is_open else ("-received_on", "-pk")
    template = "contacts/rights/request_list.html"
    context = {
        "page": paginate_request(rows, request, order),
        "is_open": is_open,
        "waiting": count_open(request.organisation),
        "tabs": tabs_of(request, "open" if is_open else "answered"),
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTACTS_EDIT)
def request_create(request: OrgRequest) -> HttpResponseBase:
    """Note what a person asks for; `contact` in the address says of whom it is."""
    contact_id = read_id(request.GET.get("contact", ""))
    contact = find_person(request.organisation, contact_id) if contact_id else None
    form = RequestForm(request.POST or None, initial={"received_on": localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            noted = note_request(request.organisation, by=request.user, contact_id=contact_id, **form.cleaned_data)
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, _("The request is noted. Answer it before %(day)s.") % {"day": long_day(noted.due_on)}
            )
            return redirect(org_reverse(request.organisation, "rights:request_detail", noted.pk))
    context = {"form": form, "contact": contact}
    return render(request, "contacts/rights/request_create.html", context, status=422 if form.errors else 200)


@requires(Right.CONTACTS_VIEW)
def request_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one request, what there is to do, and how it ended."""
    return _detail(request, get_request(request.organisation, pk), AnswerForm())


@require_POST
@requires(Right.CONTACTS_ERASE)
def request_finish(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Note that a request is answered; an objection is written for every purpose."""
    asked = get_request(request.organisation, pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            finish_request(request.organisation, request_id=pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The answer is noted."))
            return redirect(org_reverse(request.organisation, "rights:request_detail", pk))
    return _detail(request, asked, form)


def _detail(request: OrgRequest, asked: PersonRequest, form: AnswerForm) -> HttpResponse:
    living = asked.contact if asked.contact and asked.contact.stage != GONE else None
    context = {"asked": asked, "form": form, "contact": living}
    return render(request, "contacts/rights/request_detail.html", context, status=422 if form.errors else 200)
