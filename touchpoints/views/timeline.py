"""What happened with one person: the timeline on the contact's page, and acts noted by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from contacts.company_queries import get_company
from contacts.models import Company, Contact
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import NotFound
from touchpoints import services
from touchpoints.forms import InteractionForm
from touchpoints.queries import list_kinds, list_touchpoints
from touchpoints.timeline import Group, count_contact_interactions, get_company_timeline, get_timeline


@requires(Right.CONTACTS_VIEW)
def contact_timeline(request: OrgRequest, contact_id: int) -> HttpResponse:
    """Show a page of a contact's timeline: for htmx what is older, else a page of its own."""
    contact = _contact(contact_id)
    context = {"contact": contact, **_context(request, contact)}
    template = "touchpoints/contact_timeline.html"
    if request.htmx:
        template = "touchpoints/_days.html" if request.GET.get("cursor") else "touchpoints/_timeline.html"
    return render(request, template, context)


@requires(Right.INTERACTIONS_WRITE)
def interaction_add(request: OrgRequest, contact_id: int) -> HttpResponseBase:
    """Note a call, a meeting, an event."""
    organisation, contact = request.organisation, _contact(contact_id)
    form = InteractionForm(
        request.POST or None, kinds=list_kinds(organisation), touchpoints=list_touchpoints(organisation)
    )
    back = org_reverse(organisation, "contacts:contact_detail", contact.pk)
    if request.method == "POST":
        number = save(
            form,
            lambda: services.add_interaction(
                organisation,
                contact_id=contact.pk,
                kind=form.cleaned_data["kind"],
                touchpoint_id=form.cleaned_data["touchpoint"],
                occurred_at=form.cleaned_data["occurred_at"],
                note=form.cleaned_data["note"],
                by=request.user,
            ),
        )
        if number:
            messages.success(request, _("Noted. The score follows in a moment."))
            return _go(request, back)
    context = {"form": form, "contact": contact, "back": back}
    template = "touchpoints/interaction_form.html"
    return render(
        request, f"{template}#form" if request.htmx else template, context, status=422 if form.errors else 200
    )


def timeline_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Load the timeline for the contact's page."""
    return {"contact": contact, **_context(request, contact)}


@requires(Right.CONTACTS_VIEW)
def company_timeline(request: OrgRequest, company_id: int) -> HttpResponse:
    """Show a page of what happened with the people of a company: for htmx what is older, else a page of its own."""
    company = get_company(request.organisation, company_id)
    template = "touchpoints/company_timeline.html"
    if request.htmx:
        template = "touchpoints/_days.html" if request.GET.get("cursor") else "touchpoints/_company_timeline.html"
    return render(request, template, company_panel(request, company))


def company_panel(request: OrgRequest, company: Company) -> dict[str, Any]:
    """Load the joined timeline for a company's page."""
    organisation = request.organisation
    address = org_reverse(organisation, "touchpoints:company_timeline", company.pk)
    page = get_company_timeline(
        organisation,
        company_id=company.pk,
        group=request.GET.get("acts", ""),
        cursor=request.GET.get("cursor") or None,
        after_day=request.GET.get("day", ""),
    )
    return {"company": company, "timeline": page, "timeline_url": address, "groups": _groups(address, page.group)}


def _groups(address: str, current: str) -> list[Tab]:
    return [
        Tab(one.label, f"{address}?acts={one.value}" if one.value else address, one.value == current) for one in Group
    ]


def _context(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    organisation = request.organisation
    group = request.GET.get("acts", "")
    address = org_reverse(organisation, "touchpoints:contact_timeline", contact.pk)
    page = get_timeline(
        organisation,
        contact_id=contact.pk,
        group=group,
        cursor=request.GET.get("cursor") or None,
        after_day=request.GET.get("day", ""),
    )
    return {
        "timeline": page,
        "timeline_url": address,
        # A first page that is not full holds everything.
        "interaction_count": page.number
        if page.is_whole
        else count_contact_interactions(organisation, contact_id=contact.pk),
        "groups": _groups(address, page.group),
    }


def _contact(contact_id: int) -> Contact:
    contact: Contact | None = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound
    return contact


def _go(request: OrgRequest, url: str) -> HttpResponseBase:
    """Lead to a page: htmx is told to load it, so that everything on it is new."""
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return redirect(url)
