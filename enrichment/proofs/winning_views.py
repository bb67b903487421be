"""The page where an admin says who wins where values differ."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrichment.proofs.forms import WinningForm
from enrichment.proofs.policy import SETTABLE
from enrichment.proofs.rules import get_policy, set_policy
from enrichment.wording import field_label
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.work.errors import Invalid


@require_http_methods(["GET", "POST"])
@requires(Right.ENRICHMENT_MANAGE)
def winning_edit(request: OrgRequest) -> HttpResponseBase:
    """Show who wins in each group of fields and how sources rank; keep what is chosen."""
    form = WinningForm(request.POST or None, policy=get_policy(request.organisation))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_policy(request.organisation, wins=form.wins, ranks=form.ranks, by=request.user)
        except Invalid as invalid:
            refusal = " ".join(map(str, invalid.fields.values()))
        else:
            messages.success(request, _("Kept. It counts for every answer from now on."))
            return redirect(org_reverse(request.organisation, "proofs:winning_edit"))
    is_refused = bool(refusal or form.errors)
    context = {
        "groups": [(field_label(group), form[f"wins-{group}"]) for group in SETTABLE],
        "places": [field for name in form.fields if name.startswith("place-") for field in [form[name]]],
        "refusal": refusal or (_("Choose one of these; what was kept before is unchanged.") if is_refused else ""),
    }
    return render(request, "enrichment/proofs/winning_edit.html", context, status=422 if is_refused else 200)
