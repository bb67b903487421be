"""Pages of companies."""

from dataclasses import asdict
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from contacts import company_queries, services
from contacts.company_presenting import companies_understood, company_chips, company_choices, company_panes
from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import show_values
from contacts.forms import CompanyForm
from contacts.listing.companies import COMPANY_LIST
from prm.lists.opening import open_list
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.pagination import paginate_request
from prm.work.errors import Conflict, Invalid, NotFound


@requires(Right.CONTACTS_VIEW)
def company_list(request: OrgRequest) -> HttpResponse:
    """List the companies of a filter with how they stand."""
    opened = open_list(request, COMPANY_LIST)
    filters = company_queries.read_company_filter(request.GET)
    lost = opened.lost(companies_understood(filters, request.GET.get("q", "")))
    found = company_queries.find_companies(request.organisation, filters) if not lost else company_queries.find_none()
    counted = company_queries.count_companies(found)
    choices = company_choices(filters)
    template = "contacts/company_list.html"
    rows = opened.prepare(found.rows)
    context = {
        "opened": opened,
        "page": paginate_request(rows, request, company_queries.ORDERS[opened.sort]),
        "counted": counted,
        "is_near": found.is_near,
        "filters": filters,
        "choices": choices,
        "selected": asdict(filters),
        "chips": company_chips(filters, choices),
        "lost": lost,
        "sort": opened.sort,
        "list_actions": panels.render("company-list", request, None) if not lost else [],
        "is_empty": not counted.number and filters.is_empty and not lost,
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTACTS_VIEW)
def company_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one company: what is known of it and from where, how it stands, and its people by heat."""
    company = company_queries.get_company(request.organisation, pk)
    people = company_queries.list_people(request.organisation, company)
    address = None if request.GET.get("panels") == "all" else partial(_panel_url, request, pk)
    own = list_fields(request.organisation, Subject.COMPANY)
    context = {
        "company": company,
        "company_own": show_values(own, company),
        "page": paginate_request(people, request, company_queries.PEOPLE_BY_HEAT),
        "panels": panels.render("company", request, company, address=address),
        "panes": company_panes(request.GET.get("pane")),
    }
    return render(request, "contacts/company_detail.html", context)


@requires(Right.CONTACTS_VIEW)
def company_panel(request: OrgRequest, pk: int, company_panel: str) -> HttpResponse:
    """Show one of the parts that other apps bring to a company's page."""
    company = company_queries.get_company(request.organisation, pk)
    html = panels.render_one("company", company_panel, request, company)
    if html is None:
        raise NotFound
    return HttpResponse(html)


@requires(Right.CONTACTS_EDIT)
def company_create(request: OrgRequest) -> HttpResponseBase:
    """Add a company by hand."""
    own = list_fields(request.organisation, Subject.COMPANY)
    form = CompanyForm(request.POST or None, custom_fields=own)
    if request.method == "POST" and form.is_valid():
        try:
            company = services.create_company(
                request.organisation, values=form.values, custom=form.custom, by=request.user
            )
        except (Invalid, Conflict) as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("%(name)s is in the base.") % {"name": company.name})
            return redirect(org_reverse(request.organisation, "contacts:company_detail", company.pk))
    context = {"form": form, "company": None}
    return render(request, "contacts/company_form.html", context, status=422 if form.errors else 200)


@requires(Right.CONTACTS_EDIT)
def company_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what people keep of a company."""
    company = company_queries.get_company(request.organisation, pk)
    own = list_fields(request.organisation, Subject.COMPANY)
    form = CompanyForm(request.POST or None, company=company, custom_fields=own)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_company(
                request.organisation, company_id=pk, values=form.values, custom=form.custom, by=request.user
            )
        except (Invalid, Conflict) as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The changes are kept."))
            return redirect(org_reverse(request.organisation, "contacts:company_detail", pk))
    context = {"form": form, "company": company}
    return render(request, "contacts/company_form.html", context, status=422 if form.errors else 200)


def _panel_url(request: OrgRequest, pk: int, panel: str) -> str:
    return org_reverse(request.organisation, "contacts:company_panel", pk, panel)
