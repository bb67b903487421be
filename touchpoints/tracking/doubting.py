"""Whose browser it is, where only a link of an e-mail says so: whoever knows better confirms it or takes it back."""

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, NotFound
from touchpoints.tracking.identity import give_back, hold_contacts
from touchpoints.tracking.models import How, Visitor
from touchpoints.tracking.visitors import hold_visitors


def confirm_visitor(organisation: Organisation, *, visitor_id: int, by: Actor | None) -> Visitor:
    """Say that a browser is the contact's whose link was followed: nobody else's form takes it from them any more.

    Raises NotFound, Conflict where more than a link says whose it is, or nothing does.
    """
    with transaction.atomic():
        visitor = _hold(organisation, visitor_id)
        visitor.joined_how = How.MEMBER
        visitor.save(update_fields=["joined_how"])
        audit.record(organisation, by, "visitor.confirm", visitor, after={"contact": visitor.contact_id})
    return visitor


def detach_visitor(organisation: Organisation, *, visitor_id: int, by: Actor | None) -> Visitor:
    """Say that a browser is not the contact's whose link was followed: what happened there is nobody's again.

    Scores, stages, segments, handoffs and scenarios follow. The link proves nothing any more; a form or another link
    may make the browser known. Raises NotFound, Conflict where more than a link says whose it is, or nothing does.
    """
    with transaction.atomic():
        visitor = _hold(organisation, visitor_id)
        was = visitor.contact_id or 0
        visitor.contact_id, visitor.joined_at, visitor.joined_how = None, None, ""
        visitor.save(update_fields=["contact", "joined_at", "joined_how"])
        number = give_back(organisation, [(visitor, was)])
        before = {"contact": was}
        audit.record(organisation, by, "visitor.detach", visitor, before=before, after={"interactions": number})
    return visitor


def _hold(organisation: Organisation, visitor_id: int) -> Visitor:
    """Lock a visitor, in the order of those who read what browsers send: all visitors, the contact, this one."""
    hold_visitors(organisation)
    found = Visitor.objects.filter(organisation=organisation, pk=visitor_id)
    contact_id = found.values_list("contact_id", flat=True).first()
    hold_contacts(organisation, {contact_id} if contact_id else set())
    visitor = found.select_for_update(of=("self",)).first()
    if visitor is None:
        raise NotFound
    if not visitor.is_provisional or visitor.contact_id != contact_id:
        raise Conflict(_("Meanwhile it is known otherwise whose browser this is, or nobody knows any more."))
    return visitor
