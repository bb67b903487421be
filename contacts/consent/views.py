"""Consent on a contact's page, and what members note there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.consent.confirming import ask_one, is_own_yes, list_requests
from contacts.consent.models import Act, Source
from contacts.consent.queries import Standing, list_entries, list_standings
from contacts.consent.services import record_by_member
from contacts.consent.tokens import preferences_url
from contacts.models import Contact
from contacts.queries import get_contact
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any]:
    """Return where a contact stands with each purpose, what they are asked, and the ledger. Five queries."""
    standings = list_standings(request.organisation, contact)
    labels = {one.purpose.pk: one.label for one in standings}
    entries = list_entries(request.organisation, contact)
    requests = list_requests(contact)
    return {
        "contact": contact,
        "standings": [
            {"standing": one, "asked": requests.get(one.purpose.pk), "can_ask": bool(contact.email) and _can_ask(one)}
            for one in standings
        ],
        "entries": [(one, labels.get(one.purpose_id, one.purpose.code)) for one in entries],
        "acts": Act.choices,
        "preferences_url": preferences_url(request.organisation.pk, contact.pk),
    }


def _can_ask(one: Standing) -> bool:
    """Tell whether a yes of the person's own is missing, and no no stands against asking for it."""
    return not is_own_yes(one.state) and (one.state is None or one.state.state == Act.GIVEN)


def _purpose(request: OrgRequest) -> str:
    return request.POST.get("purpose", "").replace("\x00", "")


@require_POST
@requires(Right.CONTACTS_EDIT)
def consent_ask(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask a person by e-mail to say yes themselves."""
    contact = get_contact(request.organisation, pk)
    ask_one(request.organisation, contact, purpose=_purpose(request), by=request.user)
    messages.success(request, _("The person is asked by e-mail. Their answer comes into the ledger."))
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))


@require_POST
@requires(Right.CONTACTS_EDIT)
def consent_record(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Note what a person told a member."""
    contact = get_contact(request.organisation, pk)
    record_by_member(
        request.organisation,
        contact,
        purpose=_purpose(request),
        act=request.POST.get("act", ""),
        note=request.POST.get("note", ""),
        by=request.user,
        source=Source.MEMBER,
    )
    messages.success(request, _("What the person said is noted in the ledger."))
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))
