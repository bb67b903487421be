"""Pages of retention: who was kept long enough and why, the setting, and the erasing of them."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.rights.forms import RetentionForm
from contacts.rights.leftovers import list_leftovers
from contacts.rights.retention import (
    count_due,
    cutoff_of,
    find_running,
    get_retention,
    list_due,
    set_retention,
    start_erasing,
)
from contacts.rights.views import tabs_of
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request


@requires(Right.CONTACTS_ERASE)
def retention_detail(request: OrgRequest) -> HttpResponse:
    """Show who is due to be erased and why; nothing is erased by looking."""
    return _page(request, None)


@require_POST
@requires(Right.SETTINGS_EDIT)
def retention_edit(request: OrgRequest) -> HttpResponseBase:
    """Change how long people are kept."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    set_retention(request.organisation, by=request.user, **form.cleaned_data)
    messages.success(request, _("The setting is kept."))
    return redirect(org_reverse(request.organisation, "rights:retention_detail"))


@require_POST
@requires(Right.CONTACTS_ERASE)
def retention_erase(request: OrgRequest) -> HttpResponseBase:
    """Have everybody erased who is due now."""
    start_erasing(request.organisation, by=request.user)
    messages.success(request, _("They are being erased. You can leave this page: the work goes on."))
    return redirect(org_reverse(request.organisation, "rights:retention_detail"))


def _page(request: OrgRequest, form: RetentionForm | None) -> HttpResponse:
    retention = get_retention(request.organisation)
    initial = {name: getattr(retention, name) for name in ("months", "is_automatic", "raw_days")}
    cutoff = cutoff_of(retention)
    template = "contacts/rights/retention_detail.html"
    context = {
        "retention": retention,
        "cutoff": cutoff,
        "form": form or RetentionForm(initial=initial),
        "page": paginate_request(list_due(request.organisation, cutoff), request, ("created_at", "pk")),
        "counted": count_due(request.organisation, cutoff),
        "leftovers": list_leftovers(request.organisation, retention),
        "job": find_running(request.organisation),
        "tabs": tabs_of(request, "retention"),
    }
    part = f"{template}#rows" if request.htmx else template
    return render(request, part, context, status=422 if form and form.errors else 200)
