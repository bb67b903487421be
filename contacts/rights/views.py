"""What members do for the rights of a person, on their page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.queries import find_person
from contacts.rights.erasing import count_held, erase_contact
from contacts.rights.forms import EraseForm
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.work.errors import Conflict


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Return what can be done for a person's rights; nothing for who may not."""
    return {"contact": contact} if Right.CONTACTS_ERASE.value in rights_of(request) else None


@requires(Right.CONTACTS_ERASE)
def contact_erase(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what goes and what stays, and erase a person once their name or address was typed in."""
    contact = find_person(request.organisation, pk)
    form = EraseForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        try:
            erase_contact(request.organisation, contact_id=pk, by=request.user)
        except Conflict as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("This person is erased. What was counted stays counted."))
            return redirect(org_reverse(request.organisation, "contacts:contact_list"))
    context = {"contact": contact, "form": form, "held": count_held(request.organisation, pk)}
    return render(request, "contacts/rights/contact_erase.html", context, status=422 if form.errors else 200)
