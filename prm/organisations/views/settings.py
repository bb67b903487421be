"""The organisation's settings, and the tabs between their pages."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.forms import OrganisationSettingsForm
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.organisations.services import update_organisation
from prm.web import panels
from prm.web.tabs import Tab


def settings_tabs(request: OrgRequest, current: str) -> list[Tab]:
    """Return the tabs of the settings that this member may open."""
    pages = (
        ("settings", _("Organisation"), Right.SETTINGS_EDIT),
        ("members", _("Members"), Right.MEMBERS_EDIT),
        ("api_keys", _("API keys"), Right.API_KEYS_EDIT),
        ("audit", _("Audit log"), Right.AUDIT_VIEW),
    )
    return [
        Tab(label, org_reverse(request.organisation, f"organisations:{name}"), is_current=name == current)
        for name, label, right in pages
        if may(request.membership.role, right)
    ]


@requires(Right.SETTINGS_EDIT)
def settings(request: OrgRequest) -> HttpResponseBase:
    """Show and change name, language, time zone and sender; other apps add their panels below."""
    form = OrganisationSettingsForm(request.POST or None, instance=request.organisation)
    if request.method == "POST" and form.is_valid():
        update_organisation(request.organisation, by=request.user, **form.cleaned_data)
        messages.success(request, _("The settings are kept."))
        return redirect(org_reverse(request.organisation, "organisations:settings"))
    if form.errors:
        # The form has written into the instance; the page around it shows what is kept.
        request.organisation.refresh_from_db()
    context = {
        "form": form,
        "tabs": settings_tabs(request, "settings"),
        "panels": panels.render("settings", request, request.organisation),
    }
    return render(request, "organisations/settings.html", context, status=422 if form.errors else 200)
