"""Pages of companies."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from contacts import queries, services
from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import show_values
from contacts.forms import CompanyForm
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.pagination import paginate_request
from prm.work.errors import Conflict, Invalid

ORDERS = {"name": ("name_key", "pk"), "-name": ("-name_key", "-pk")}


@requires(Right.CONTACTS_VIEW)
def company_list(request: OrgRequest) -> HttpResponse:
    """List the companies of a filter with their people."""
    filters = queries.read_company_filter(request.GET)
    rows = queries.list_companies(request.organisation, filters)
    counted = queries.count_up_to(rows)
    sort = "-name" if request.GET.get("sort") == "-name" else "name"
    page = paginate_request(rows, request, ORDERS[sort])
    template = "contacts/company_list.html"
    context = {
        "page": page,
        "figures": queries.measure_companies(request.organisation, [company.pk for company in page.items]),
        "counted": counted,
        "filters": filters,
        "sort": sort,
        "is_empty": not counted.number and filters == queries.CompanyFilter(),
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTACTS_VIEW)
def company_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one company: what is known of it and from where, and its people."""
    company = queries.get_company(request.organisation, pk)
    people = queries.list_contacts(request.organisation, queries.ContactFilter(company_id=pk))
    figures = queries.measure_companies(request.organisation, [pk]).get(pk, queries.CompanyFigures())
    own = list_fields(request.organisation, Subject.COMPANY)
    context = {
        "company": company,
        "company_own": show_values(own, company),
        "page": paginate_request(people, request, queries.ORDERS["-score"]),
        "figures": figures,
        "panels": panels.render("company", request, company),
    }
    return render(request, "contacts/company_detail.html", context)


@requires(Right.CONTACTS_EDIT)
def company_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what people keep of a company."""
    company = queries.get_company(request.organisation, pk)
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
