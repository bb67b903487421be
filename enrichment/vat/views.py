"""A company's VAT number on its page: what is known of it, and the request to check it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.models import Company
from enrichment import queries
from enrichment.forms import VatForm
from enrichment.models import VatCheck
from enrichment.providers.outcomes import REASON_WORDS
from enrichment.providers.vies import vat_of_siren
from enrichment.vat import services
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.work.errors import Invalid


def vat_panel(_request: OrgRequest, company: Company) -> dict[str, Any] | None:
    """Return what the company's page shows of its VAT number; None where nobody outside is asked and nothing known."""
    check = services.find_check(company)
    context = _context(company, check)
    return context if check or context["has_vies"] else None


def _context(company: Company, check: VatCheck | None) -> dict[str, Any]:
    return {
        "company": company,
        "check": check,
        "number": check.number if check else vat_of_siren(company.siren),
        "reason": str(REASON_WORDS.get(check.reason, "")) if check else "",
        "has_vies": services.has_vies(company.organisation_id),
    }


@require_POST
@requires(Right.ENRICHMENT_RUN)
def vat_check(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Have a number checked; htmx gets the part, which follows the answer."""
    company = queries.get_company(request.organisation, pk)
    form = VatForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("This is not a VAT number."))
    number = form.cleaned_data["number"]
    try:
        services.request_check(request.organisation, company=company, number=number, by=request.user)
    except Invalid as error:
        if not request.htmx:
            raise
        context = _context(company, services.find_check(company))
        wrong = " ".join(str(one) for one in error.fields.values()) or str(error.message)
        refused = {**context, "given": number, "wrong": wrong}
        return render(request, "enrichment/_vat_panel.html", refused, status=422)
    if request.htmx:
        return _panel(request, company)
    messages.success(request, _("The number is being checked."))
    return redirect(org_reverse(request.organisation, "contacts:company_detail", pk))


@requires(Right.ENRICHMENT_VIEW)
def vat_panel_part(request: OrgRequest, pk: int) -> HttpResponse:
    """Return the part while its answer is awaited."""
    return _panel(request, queries.get_company(request.organisation, pk))


def _panel(request: OrgRequest, company: Company) -> HttpResponse:
    return render(request, "enrichment/_vat_panel.html", _context(company, services.find_check(company)))
