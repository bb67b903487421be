"""Pages of exports: choose a format, watch the work, take the file."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from contacts import company_queries, exports, queries
from contacts.export_sheets import SHEETS
from contacts.listing.companies import COMPANY_LIST
from contacts.listing.contacts import CONTACT_LIST
from contacts.models import ExportFormat, ExportSubject
from prm.lists.opening import names_view_alone, to_view
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right

# So many are streamed at once, while somebody waits.
MOST_AT_ONCE = 5_000


@requires(Right.CONTACTS_VIEW)
def export_create(request: OrgRequest) -> HttpResponseBase:
    """Export the contacts of the filter in the address: a short CSV at once, all else by a worker."""
    if names_view_alone(request, CONTACT_LIST):
        return to_view(request, CONTACT_LIST)
    found = queries.find_contacts(request.organisation, queries.read_filter(request.GET))
    counted = queries.count_contacts(found)
    if request.method == "POST":
        file_format = request.POST.get("file_format", "")
        if file_format == ExportFormat.CSV and counted.is_exact and counted.number <= MOST_AT_ONCE:
            return redirect(f"{org_reverse(request.organisation, 'contacts:contact_export')}?{request.GET.urlencode()}")
        export = exports.create_export(
            request.organisation, filters=request.GET.dict(), file_format=file_format, by=request.user
        )
        return redirect(org_reverse(request.organisation, "contacts:export_detail", export.pk))
    context = {
        "counted": counted,
        **_page_of(request, ExportSubject.CONTACTS),
    }
    return render(request, "contacts/export_create.html", context)


@requires(Right.CONTACTS_VIEW)
def company_export(request: OrgRequest) -> HttpResponseBase:
    """Have the companies of the filter in the address written to a file by a worker."""
    if names_view_alone(request, COMPANY_LIST):
        return to_view(request, COMPANY_LIST)
    if request.method == "POST":
        export = exports.create_export(
            request.organisation,
            subject=ExportSubject.COMPANIES,
            filters=request.GET.dict(),
            file_format=request.POST.get("file_format", ""),
            by=request.user,
        )
        return redirect(org_reverse(request.organisation, "contacts:export_detail", export.pk))
    found = company_queries.find_companies(request.organisation, company_queries.read_company_filter(request.GET))
    context = {
        "counted": company_queries.count_companies(found),
        **_page_of(request, ExportSubject.COMPANIES),
    }
    return render(request, "contacts/export_create.html", context)


@requires(Right.CONTACTS_VIEW)
def export_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show how far an export is, then the file."""
    export = exports.get_export(request.organisation, pk)
    filters = QueryDict(mutable=True)
    filters.update(export.filters)
    context = {
        "export": export,
        "job": export.job,
        "is_ready": exports.is_ready(export),
        **_page_of(request, export.subject, filters),
        "query": filters.urlencode(),
        "kept_until": export.created_at + exports.KEPT_FOR,
    }
    return render(request, "contacts/export_detail.html", context)


@requires(Right.CONTACTS_VIEW)
def export_download(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give the file; before it is complete, the page that says how far it is."""
    export = exports.get_export(request.organisation, pk)
    if not exports.is_ready(export):
        return redirect(org_reverse(request.organisation, "contacts:export_detail", pk))
    return exports.download(request.organisation, export)


def _page_of(request: OrgRequest, subject: str, filters: QueryDict | None = None) -> dict[str, Any]:
    """Return what the pages of one subject share: its filter in words, where it is listed, the files there are."""
    sheet = SHEETS[subject]
    return {
        "subject": subject,
        "chips": sheet.chips(request.organisation, request.GET if filters is None else filters),
        "list_url": org_reverse(request.organisation, sheet.list_name),
        "create_url": org_reverse(request.organisation, sheet.create_name),
        "exports": exports.list_exports(request.organisation, subject) if filters is None else [],
    }
