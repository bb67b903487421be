"""How it ended: a customer with an amount, or lost. Either way the person leaves nurturing and scoring."""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Stage
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid
from scoring.handoffs.answering import answer, check_reason, close
from scoring.handoffs.claiming import WORKED, has, lock_handoff, lock_own, taken
from scoring.models import Handoff, HandoffStatus, Outcome

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CAD")
MOST_CENTS = 10**13
_CURRENCY = re.compile(r"[A-Z]{3}")


def convert_handoff(
    organisation: Organisation,
    *,
    handoff_id: int,
    by: Actor,
    amount_cents: int | None = None,
    currency: str = "EUR",
    note: str = "",
    is_admin: bool = False,
) -> Handoff:
    """Make the contact a customer, whatever was answered before: whoever buys is a customer.

    What is open is accepted with it. The same again changes nothing; another amount raises Conflict. A person
    converts what is theirs; a key of the API is the CRM's, and may convert any.
    """
    _check_amount(amount_cents, currency)
    amount = (amount_cents, currency if amount_cents is not None else "")
    with transaction.atomic():
        handoff = lock_handoff(handoff_id)
        if isinstance(by, User) and not (is_admin or has(handoff, by)):
            raise _not_theirs(handoff)
        if handoff.outcome == Outcome.CUSTOMER:
            if (handoff.amount_cents, handoff.currency) != amount:
                raise Conflict(_("They are a customer already, with another amount."))
            return handoff
        if handoff.status in {HandoffStatus.WAITING, HandoffStatus.CLAIMED}:
            _accept(organisation, handoff, by)
        handoff.amount_cents, handoff.currency = amount
        close(organisation, handoff, Outcome.CUSTOMER, Stage.CUSTOMER, by, note=note)
        _withdraw_others(handoff)
    return handoff


def lose_handoff(
    organisation: Organisation, *, handoff_id: int, by: Actor, reason: str, note: str = "", is_admin: bool = False
) -> Handoff:
    """Give up on somebody who had been accepted, with a coded reason."""
    check_reason(reason)
    with transaction.atomic():
        handoff = lock_own(handoff_id, by, is_admin=is_admin, among=WORKED)
        if handoff.status == HandoffStatus.CLAIMED:
            raise Conflict(_("Accept or reject it first."))
        close(organisation, handoff, Outcome.LOST, Stage.LOST, by, reason=reason, note=note)
    return handoff


def _accept(organisation: Organisation, handoff: Handoff, by: Actor) -> None:
    if handoff.status == HandoffStatus.WAITING:
        handoff.claimed_by = by if isinstance(by, User) else None
        handoff.claimed_by_label, handoff.claimed_at = str(by)[:160], timezone.now()
        handoff.save(update_fields=["claimed_by", "claimed_by_label", "claimed_at"])
    answer(organisation, handoff, HandoffStatus.ACCEPTED, Stage.ACCEPTED, by, note="")


def _withdraw_others(handoff: Handoff) -> None:
    """Take back what else of the person is open: nobody calls a customer as a prospect."""
    Handoff.objects.filter(
        contact_id=handoff.contact_id, status__in=[HandoffStatus.WAITING, HandoffStatus.CLAIMED]
    ).exclude(pk=handoff.pk).update(status=HandoffStatus.WITHDRAWN, answered_at=timezone.now())


def _not_theirs(handoff: Handoff) -> Conflict:
    return Conflict(_("Claim it first.")) if handoff.status == HandoffStatus.WAITING else taken(handoff)


def _check_amount(amount_cents: int | None, currency: str) -> None:
    fields: dict[str, str] = {}
    if amount_cents is not None and not 0 <= amount_cents < MOST_CENTS:
        fields["amount_cents"] = _("An amount is zero or more.")
    if not _CURRENCY.fullmatch(currency):
        fields["currency"] = _("Three letters, such as EUR.")
    if fields:
        raise Invalid(fields=fields)
