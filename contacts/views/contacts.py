"""Pages of contacts: the list, one person, and what people change by hand."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import presenting, queries, services
from contacts.address_kinds import address_kind
from contacts.bulk.views import actions_for
from contacts.doubles.aliases import find_survivor
from contacts.exporting import stream_csv
from contacts.fields.models import Subject
from contacts.fields.queries import fields_of, list_fields, of_subject, weights_of
from contacts.fields.values import show_values
from contacts.forms import ContactForm, StageForm
from contacts.listing.contacts import CONTACT_LIST
from contacts.models import Cause, Contact
from contacts.qualification import make_weighing
from prm.lists.opening import names_view_alone, open_list, to_view
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.pagination import paginate_request
from prm.work.errors import Conflict, Invalid, NotFound, Refused


@requires(Right.CONTACTS_VIEW)
def contact_list(request: OrgRequest) -> HttpResponse:
    """List the contacts of a filter, in an order, page by page."""
    opened = open_list(request, CONTACT_LIST)
    filters = queries.read_filter(request.GET)
    choices = presenting.filter_choices(request.organisation, filters)
    lost = opened.lost(presenting.understood(filters, choices))
    found = queries.find_contacts(request.organisation, filters) if not lost else queries.find_nobody()
    found = queries.take_few(request.organisation, found)
    counted = queries.count_contacts(found)
    template = "contacts/contact_list.html"
    page = paginate_request(opened.prepare(found.rows), request, queries.ORDERS[opened.sort])
    gone = {one.key for one in lost}
    context = {
        "opened": opened,
        "page": page,
        "counted": counted,
        "is_near": found.is_near,
        "hot": counted.hot if filters.tier != "hot" else 0,
        "filters": filters,
        "chips": [chip for chip in presenting.chips_of(filters, choices) if chip[0] not in gone],
        "lost": lost,
        "sort": opened.sort,
        "choices": choices,
        "is_empty": not counted.number and filters.is_empty and not lost,
        # A filter that a condition can say may be kept as a segment.
        "may_keep": not filters.is_empty and not lost and filters.segment_id is None and filters.company_id is None,
        "more": not page.is_alone,
        "bulk_actions": actions_for(request),
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTACTS_VIEW)
def contact_export(request: OrgRequest) -> HttpResponseBase:
    """Stream the contacts of a filter as CSV."""
    if names_view_alone(request, CONTACT_LIST):
        return to_view(request, CONTACT_LIST)
    rows = queries.list_contacts(request.organisation, queries.read_filter(request.GET))
    return stream_csv(request.organisation, rows)


@requires(Right.CONTACTS_VIEW)
def contact_detail(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show one person: who they are, where they stand, what they did and why that counts. A merged id leads there."""
    try:
        contact = queries.get_contact(request.organisation, pk)
    except NotFound:
        survivor_id = find_survivor(request.organisation, pk)
        if survivor_id is None:
            raise
        return redirect(org_reverse(request.organisation, "contacts:contact_detail", survivor_id))
    pane = presenting.pane_of(request.GET.get("pane"))
    address = None if request.GET.get("panels") == "all" else partial(_panel_url, request, pk)
    own = fields_of(contact)
    context = {
        "contact": contact,
        "tags": contact.tag_links,  # type: ignore[attr-defined]
        "panes": presenting.panes(pane),
        "pane": pane,
        "properties": presenting.properties_of(contact),
        "own": show_values(of_subject(own, Subject.CONTACT), contact),
        "company_own": show_values(of_subject(own, Subject.COMPANY), contact.company) if contact.company else [],
        "steps": presenting.life_of(contact),
        "missing": make_weighing(weights_of(contact), own).missing_of(contact),
        "address_kind": address_kind(contact.email),
        "lawful_basis": presenting.lawful_basis_of(contact),
        "panels": panels.render("contact", request, contact, address=address),
        "stage_form": StageForm(contact=contact),
    }
    return render(request, "contacts/contact_detail.html", context)


@requires(Right.CONTACTS_VIEW)
def contact_panel(request: OrgRequest, pk: int, panel: str) -> HttpResponse:
    """Show one of the parts that other apps bring to a person's page."""
    html = panels.render_one("contact", panel, request, queries.find_person(request.organisation, pk))
    if html is None:
        raise NotFound
    return HttpResponse(html)


@requires(Right.CONTACTS_EDIT)
def contact_create(request: OrgRequest) -> HttpResponseBase:
    """Add a person by hand."""
    form = ContactForm(
        request.POST or None,
        members=queries.list_members(request.organisation),
        custom_fields=list_fields(request.organisation, Subject.CONTACT),
    )
    if request.method == "POST" and form.is_valid():
        try:
            contact = services.create_contact(
                request.organisation,
                values=form.values,
                company=form.named_company,
                custom=form.custom,
                by=request.user,
            )
        except (Invalid, Conflict, Refused) as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("%(name)s is in the base, as a suspect.") % {"name": contact.name})
            return redirect(_page_of(request, contact))
    return _form_page(request, form, None)


@requires(Right.CONTACTS_EDIT)
def contact_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a person's details; what is typed in counts as declared."""
    contact = queries.get_contact(request.organisation, pk)
    form = ContactForm(
        request.POST or None,
        members=queries.list_members(request.organisation),
        contact=contact,
        custom_fields=list_fields(request.organisation, Subject.CONTACT),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.update_contact(
                request.organisation,
                contact_id=pk,
                values=form.values,
                company=form.named_company,
                custom=form.custom,
                by=request.user,
            )
        except (Invalid, Conflict, Refused) as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The changes are kept."))
            return redirect(_page_of(request, contact))
    return _form_page(request, form, contact)


@requires(Right.CONTACTS_EDIT)
def contact_stage(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Move a person to another stage by hand, with the reason."""
    contact = queries.get_contact(request.organisation, pk)
    form = StageForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        moved = services.change_stage(
            request.organisation,
            [pk],
            to=form.cleaned_data["to"],
            cause=Cause.PERSON,
            by=request.user,
            detail={"reason": form.cleaned_data["reason"]},
        )
        if not moved:
            raise Conflict(_("The stage was changed in the meantime. Look again."))
        messages.success(request, _("The stage is changed and noted in the ledger."))
        return redirect(_page_of(request, contact))
    context = {"form": form, "contact": contact}
    return render(request, "contacts/contact_stage.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.CONTACTS_EDIT)
def contact_opt_out(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Note that a person does not want to be written to any more."""
    contact = queries.get_contact(request.organisation, pk)
    services.record_opt_out(request.organisation, contact=contact, source=str(request.user), by=request.user)
    messages.success(
        request, _("%(name)s will not be written to any more, whatever is imported.") % {"name": contact.name}
    )
    return redirect(_page_of(request, contact))


def _form_page(request: OrgRequest, form: ContactForm, contact: Contact | None) -> HttpResponse:
    back = _page_of(request, contact) if contact else org_reverse(request.organisation, "contacts:contact_list")
    context: dict[str, Any] = {"form": form, "contact": contact, "back": back}
    return render(request, "contacts/contact_form.html", context, status=422 if form.errors else 200)


def _page_of(request: OrgRequest, contact: Contact) -> str:
    return org_reverse(request.organisation, "contacts:contact_detail", contact.pk)


def _panel_url(request: OrgRequest, pk: int, panel: str) -> str:
    return org_reverse(request.organisation, "contacts:contact_panel", pk, panel)
