"""What kinds of interactions there are, and what they mean to the organisation."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from touchpoints import services
from touchpoints.forms import KindForm
from touchpoints.kinds import BUILT_IN, INTERNAL, NEVER_ACTS, icon_of, name_of
from touchpoints.queries import list_kinds


@requires(Right.SETTINGS_EDIT)
def kind_list(request: OrgRequest) -> HttpResponseBase:
    """Say which kinds engage and which activate."""
    shown = [kind for kind in list_kinds(request.organisation) if kind.code not in INTERNAL]
    if request.method == "POST":
        engaging, activating = set(request.POST.getlist("engages")), set(request.POST.getlist("activates"))
        services.set_kinds(
            request.organisation,
            settings={
                kind.code: services.KindSettings(
                    engages=kind.code in engaging,
                    activates=kind.code in activating,
                    name=request.POST.get(f"name-{kind.code}", kind.name),
                )
                for kind in shown
            },
            by=request.user,
        )
        messages.success(request, _("Kept. It holds for what happens from now on."))
        return redirect(org_reverse(request.organisation, "touchpoints:kind_list"))
    rows = [
        {
            "kind": kind,
            "name": name_of(kind),
            "icon": icon_of(kind.code),
            "is_own": kind.code not in BUILT_IN,
            "is_act": kind.code not in NEVER_ACTS,
        }
        for kind in shown
    ]
    context = {
        "rows": rows,
        "engaging": sum(kind.engages for kind in shown),
        "activating": sum(kind.activates for kind in shown),
    }
    return render(request, "touchpoints/kind_list.html", context)


@requires(Right.SETTINGS_EDIT)
def kind_add(request: OrgRequest) -> HttpResponseBase:
    """Add a kind of the organisation's own."""
    form = KindForm(request.POST or None)
    if request.method == "POST":
        kind = save(form, lambda: services.add_kind(request.organisation, by=request.user, **form.cleaned_data))
        if kind:
            messages.success(request, _("“%(name)s” can be sent from now on.") % {"name": kind.name})
            return redirect(org_reverse(request.organisation, "touchpoints:kind_list"))
    return render(request, "touchpoints/kind_form.html", {"form": form}, status=422 if form.errors else 200)


def kinds_panel(request: OrgRequest, _organisation: object) -> dict[str, Any]:
    """Load what the settings page says of kinds."""
    shown = list_kinds(request.organisation)
    return {
        "engaging": sum(kind.engages for kind in shown),
        "activating": sum(kind.activates for kind in shown),
    }
