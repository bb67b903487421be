"""The organisation's settings."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.forms import OrganisationSettingsForm
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.organisations.services import update_organisation
from prm.organisations.settings_pages import settings_tabs
from prm.web import panels


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
        "tabs": settings_tabs(request, "organisations:settings"),
        "panels": panels.render("settings", request, request.organisation),
    }
    return render(request, "organisations/settings.html", context, status=422 if form.errors else 200)
