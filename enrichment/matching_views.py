"""The page where an admin says from how sure a name is matched without a person."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrichment import settling
from enrichment.forms import MatchingForm
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right


@require_http_methods(["GET", "POST"])
@requires(Right.ENRICHMENT_MANAGE)
def matching_edit(request: OrgRequest) -> HttpResponseBase:
    """Show each choice with what it would have meant for the names that wait; keep the one chosen."""
    form = MatchingForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _page(request, status=200 if form is None else 422)
    settling.set_automatic_percent(request.organisation, percent=form.cleaned_data["percent"], by=request.user)
    messages.success(request, _("Kept. It counts for every name asked from now on."))
    return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))


def _page(request: OrgRequest, *, status: int) -> HttpResponse:
    context = {
        "percent": settling.get_automatic_percent(request.organisation),
        "usual": settling.USUAL_PERCENT,
        "examples": settling.get_examples(request.organisation),
        "is_refused": status == 422,
    }
    return render(request, "enrichment/matching_edit.html", context, status=status)
