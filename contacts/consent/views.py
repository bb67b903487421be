"""Consent on a contact's page, and what members note there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.consent.models import Act, Source
from contacts.consent.queries import list_entries, list_standings
from contacts.consent.services import record_by_member
from contacts.consent.tokens import preferences_url
from contacts.models import Contact
from contacts.queries import get_contact
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return where a contact stands with each purpose, and the ledger. Four queries."""
    standings = list_standings(request.organisation, contact)
    labels = {one.purpose.pk: one.label for one in standings}
    entries = list_entries(request.organisation, contact)
    return {
        "contact": contact,
        "standings": standings,
        "entries": [(one, labels.get(one.purpose_id, one.purpose.code)) for one in entries],
        "acts": Act.choices,
        "preferences_url": preferences_url(request.organisation.pk, contact.pk),
    }


@require_POST
@requires(Right.CONTACTS_EDIT)
def consent_record(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Note what a person told a member."""
    contact = get_contact(request.organisation, pk)
    record_by_member(
        request.organisation,
        contact,
        purpose=request.POST.get("purpose", ""),
        act=request.POST.get("act", ""),
        note=request.POST.get("note", ""),
        by=request.user,
        source=Source.MEMBER,
    )
    messages.success(request, _("What the person said is noted in the ledger."))
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))
