"""What is asked by itself: the setting, and what came of the last night."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrichment.automatic import services
from enrichment.automatic.arrivals import count_waiting, today_of
from enrichment.automatic.forms import AutomaticForm
from enrichment.automatic.refreshing import get_dues
from enrichment.wording import counts_words
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right


@require_http_methods(["GET", "POST"])
@requires(Right.ENRICHMENT_MANAGE)
def automatic_edit(request: OrgRequest) -> HttpResponseBase:
    """Say which companies are asked about by themselves."""
    rule = services.get_rule(request.organisation)
    form = AutomaticForm(request.POST or None, organisation=request.organisation, rule=rule)
    if request.method == "POST" and form.is_valid():
        services.set_rule(request.organisation, form.wish, by=request.user)
        messages.success(request, _("Kept. It counts from now on."))
        return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))
    context = {
        "form": form,
        "used": rule.used if rule.used_on == today_of(request.organisation) else 0,
        "rule": rule,
        "waiting": count_waiting(request.organisation),
    }
    return render(request, "enrichment/automatic/automatic_edit.html", context, status=422 if form.errors else 200)


@requires(Right.ENRICHMENT_VIEW)
def automatic_panel(request: OrgRequest) -> HttpResponse:
    """Return what the page of enrichment loads after itself: the last night, and what is due."""
    rule = services.get_rule(request.organisation)
    context = {
        "rule": rule,
        "asks": [one for one in ("hand", "import", "program") if rule.wants(one)],
        "used": rule.used if rule.used_on == today_of(request.organisation) else 0,
        "waiting": count_waiting(request.organisation),
        "job": rule.last_job,
        "counted": counts_words(rule.last_job) if rule.last_job else "",
        "dues": get_dues(request.organisation).value,
    }
    return render(request, "enrichment/automatic/_panel.html", context)
