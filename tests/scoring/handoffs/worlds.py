"""What tests of handoffs start from."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact, Stage
from prm.organisations.models import Organisation, User
from scoring.handoffs.answering import accept_handoff
from scoring.handoffs.claiming import claim_handoff
from scoring.models import Handoff


def open_handoff(organisation: Organisation, email: str = "hot@solvane.example", **values: Any) -> Handoff:
    """An MQL that waits."""
    contact = Contact.objects.create(
        organisation=organisation,
        email=email,
        stage=Stage.MQL,
        first_name="Hélène",
        last_name=email.partition("@")[0].title(),
        phone="+33612345678",
    )
    given = {"intent": 25, "fit": 10, "total": 35, "model_number": 1, "due_at": timezone.now() + timedelta(hours=4)}
    return Handoff.objects.create(organisation=organisation, contact=contact, **{**given, **values})


def claimed(organisation: Organisation, by: User, **values: Any) -> Handoff:
    """One that somebody has."""
    return claim_handoff(organisation, handoff_id=open_handoff(organisation, **values).pk, by=by)


def accepted(organisation: Organisation, by: User, **values: Any) -> Handoff:
    """One that somebody accepted."""
    return accept_handoff(organisation, handoff_id=claimed(organisation, by, **values).pk, by=by)
