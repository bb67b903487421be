"""What a member decides about a message."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nurturing.models import Delivery, DeliveryStatus
from nurturing.reasons import SETTLED
from nurturing.waking import MAIL
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, NotFound
from prm.work.wakeups import wake


def resolve_unknown(organisation: Organisation, *, delivery_id: int, resend: bool, by: Actor) -> Delivery:
    """Send a message once more of which nobody knows whether it arrived, or let it rest. Once.

    Before it leaves everything that could forbid it is looked at again; its Message-ID stays the same, so that a
    mail program that has it already can tell.
    """
    with transaction.atomic():
        delivery: Delivery | None = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound
        if delivery.status != DeliveryStatus.UNKNOWN or delivery.reason == SETTLED:
            raise Conflict(_("This message is decided already."))
        delivery.reason = "" if resend else SETTLED
        if resend:
            delivery.status, delivery.due_at, delivery.lease_until = DeliveryStatus.PENDING, timezone.now(), None
            wake(organisation.pk, MAIL)
        delivery.save(update_fields=["status", "reason", "due_at", "lease_until"])
        audit.record(organisation, by, "delivery.resend" if resend else "delivery.settle", delivery)
    return delivery
