"""The page where an admin sees what the operator's files say of an IP address."""

from django.http import HttpResponse
from django.shortcuts import render

from enrichment.forms import AddressForm
from enrichment.providers.ip_organisation import Owner
from enrichment.providers.registry import IP
from prm.organisations.access import OrgRequest, requires
from prm.organisations.rights import Right
from prm.work.errors import Invalid


@requires(Right.SETTINGS_EDIT)
def address_try(request: OrgRequest) -> HttpResponse:
    """Say whose an address is. Reads files of this machine; the address is kept nowhere."""
    owner: Owner | None = None
    form = AddressForm(request.GET if "ip" in request.GET else None)
    if form.is_bound and form.is_valid():
        try:
            owner = IP.who_is(form.cleaned_data["ip"])
        except Invalid as error:
            for field, message in error.fields.items():
                form.add_error(field, str(message))
    is_refused = form.is_bound and not form.is_valid()
    context = {"form": form, "owner": owner, "files": IP.list_files(), "is_asked": form.is_bound and not is_refused}
    return render(request, "enrichment/address_try.html", context, status=422 if is_refused else 200)
