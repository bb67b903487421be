"""Scenarios and people for the tests of nurturing."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact
from nurturing.models import Delivery, Enrolment, Scenario, ScenarioStatus, Step, StepKind, Trigger
from nurturing.triggers import follow_interactions
from prm.organisations.models import Organisation
from prm.work.models import Wakeup
from scoring.models import Handoff
from touchpoints.consuming import Consumer, consume
from touchpoints.recording import NewInteraction, record

CONSUMERS = [Consumer("nurturing", follow_interactions)]
DAYS = 86400
# E-mail, three days, e-mail.
USUAL: tuple[tuple[str, int], ...] = (("email", 0), ("wait", 3 * DAYS), ("email", 0))


def make_scenario(organisation: Organisation, steps: Sequence[tuple[str, int]] = USUAL, **fields: Any) -> Scenario:
    values = {"name": "Welcome", "status": ScenarioStatus.ACTIVE, "trigger": Trigger.FORM, **fields}
    scenario = Scenario.objects.create(organisation=organisation, **values)
    for position, (kind, seconds) in enumerate(steps, start=1):
        is_mail = kind == StepKind.EMAIL
        Step.objects.create(
            organisation=organisation,
            scenario=scenario,
            position=position,
            kind=StepKind(kind),
            wait_seconds=seconds,
            subject=f"Hello {position}, {{{{ first_name }}}}" if is_mail else "",
            body="Hello {{ first_name }}" if is_mail else "",
        )
    return scenario


def make_contact(organisation: Organisation, email: str | None = "ines@acme.example", **fields: Any) -> Contact:
    return Contact.objects.create(organisation=organisation, email=email, **fields)


def make_contacts(organisation: Organisation, count: int) -> list[Contact]:
    return Contact.objects.bulk_create(
        Contact(organisation=organisation, email=f"p{number}@acme.example", first_name=f"P{number}")
        for number in range(count)
    )


def enrol(scenario: Scenario, *contacts: Contact, **fields: Any) -> list[Enrolment]:
    values = {"position": 1, "due_at": timezone.now(), **fields}
    return Enrolment.objects.bulk_create(
        Enrolment(organisation=scenario.organisation, scenario=scenario, contact=contact, **values)
        for contact in contacts
    )


def queue_mail(scenario: Scenario, *contacts: Contact, **fields: Any) -> list[Delivery]:
    """Enrol people and put the first message of the scenario into the ledger, waiting to leave."""
    enrol(scenario, *contacts, position=3, due_at=timezone.now() + timedelta(days=3))
    step = scenario.steps.get(position=1)
    return Delivery.objects.bulk_create(
        Delivery(organisation=scenario.organisation, contact=contact, step=step, address=contact.email or "", **fields)
        for contact in contacts
    )


def open_handoff(organisation: Organisation, contact: Contact) -> Handoff:
    return Handoff.objects.create(
        organisation=organisation,
        contact=contact,
        intent=30,
        fit=10,
        total=40,
        model_number=1,
        due_at=timezone.now(),
    )


def log(organisation: Organisation, *acts: NewInteraction) -> None:
    """Append to the log and let nurturing read it."""
    record(organisation, acts)
    read_log(organisation)


def read_log(organisation: Organisation) -> None:
    """Let nurturing read the log to its end."""

    def read() -> bool:
        consume(organisation, CONSUMERS)
        return not Wakeup.objects.filter(queue="react", due_at__lte=timezone.now()).exists()

    assert eventually(read)


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Try until it holds: work is settled only below the oldest transaction running anywhere on the server.

    Other test processes use the same server and keep transactions open.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
