"""Requests to say yes (double opt-in), as rows of the send ledger: at most once, like every message."""

from collections.abc import Sequence

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from contacts.consent.models import Confirmation
from nurturing.models import Delivery
from nurturing.waking import MAIL
from prm.organisations.models import Organisation
from prm.work.wakeups import wake


def send_requests(organisation: Organisation, confirmation_ids: Sequence[int]) -> None:
    """Note a message for each request, in the transaction that asks; they leave at once. Two statements."""
    asked = Confirmation.objects.filter(pk__in=confirmation_ids).annotate(
        address=Coalesce(F("contact__email"), Value(""))
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                organisation=organisation,
                contact_id=one.contact_id,
                confirmation=one,
                occurrence=one.times,
                address=one.address,
            )
            for one in asked
        ],
        ignore_conflicts=True,
    )
    wake(organisation.pk, MAIL)
