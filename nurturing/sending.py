"""The sender: at most once.

A message is set aside (lease), then marked "being sent" in a transaction of its own, committed before a word is
spoken to the mail server; what became of it is written afterwards. A sender killed in between leaves one message
"being sent"; when its lease ends that becomes "unknown", is shown, and is never sent again by itself.
"""

import json
import random
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import SuppressionReason
from contacts.services import record_opt_out
from contacts.suppressions import address_key
from nurturing.envelopes import Letter, Sender, sender_of
from nurturing.flow import STALE_AFTER
from nurturing.marking import list_hosts
from nurturing.models import Delivery, DeliveryStatus, Enrolment, EnrolmentStatus, ExitReason, Scenario, ScenarioStatus
from nurturing.outages import Outage, find_outage, note_outage, note_recovery
from nurturing.own_fields import OwnFields
from nurturing.personalising import TemplateError
from nurturing.retrying import GIVE_UP_AFTER, SERVER_WAIT, wait_before_retry
from nurturing.transport import Fate, Outcome, ServerUnreachableError, Transport, get_transport
from nurturing.waking import MAIL, wake_next
from nurturing.writing import Recipient, write_letter
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.sql import fetch, statement
from prm.work.wakeups import horizon, settle, wake
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

BATCH_SIZE = 50
# Longer than the longest conversation: four answers, each within EMAIL_TIMEOUT.
LEASE_SECONDS = 120
# A run gives way to other organisations after so long; what is left is woken for again at once.
BUDGET_SECONDS = 5.0
# So many lost connections in a row, and the server is taken for unreachable.
MOST_LOST = 3

# A sender that was slow may find its message declared unknown meanwhile: it knows better.
_SPOKEN = [DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN]


@dataclass(frozen=True)
class _Reserved:
    """A ledger row set aside for this sender."""

    id: int
    attempts: int
    lease_until: datetime
    scenario_id: int | None
    recipient: Recipient


@dataclass(frozen=True)
class _Begun:
    """A message that may be sent, and is marked so."""

    id: int
    contact_id: int
    attempts: int
    letter: Letter


def send_due_mail(organisation: Organisation) -> int:
    """Send what is due; return how many the server took. Any number of workers may run it at once."""
    with organisation_scope(organisation.pk):
        run = _Run(organisation)
        outage = find_outage()
        if outage is None:
            outage = run.send_all()
        if outage is not None:
            run.settle(not_before=outage.until)
        elif run.is_out_of_time:
            wake(organisation.pk, MAIL)
        else:
            run.settle()
        return run.sent


class _Run:
    """One run for one organisation, over one connection."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.sender: Sender = sender_of(organisation)
        self.own = OwnFields(organisation)
        self.hosts = list_hosts(organisation)
        self.below = horizon()
        self.deadline = time.monotonic() + BUDGET_SECONDS
        self.sent = 0
        self._lost = 0

    @property
    def is_out_of_time(self) -> bool:
        """Tell whether other organisations shall have their turn."""
        return time.monotonic() > self.deadline

    def send_all(self) -> Outage | None:
        """Send until nothing is due or the time is up; return the outage when the server cannot be reached."""
        recover_leases(self.organisation)
        transport: Transport | None = None
        try:
            while not self.is_out_of_time:
                batch = self._reserve()
                if not batch:
                    break
                transport = transport or get_transport()
                self._send_batch(transport, batch)
        except ServerUnreachableError as error:
            return note_outage(str(error), SERVER_WAIT * random.uniform(1, 1.5))  # noqa: S311  (not a secret)
        finally:
            if transport is not None:
                transport.close()
        return None

    def settle(self, not_before: datetime | None = None) -> None:
        """Drop the wake-ups that led here and note the next one."""
        with transaction.atomic():
            settle(self.organisation.pk, MAIL, below=self.below)
            due_at: datetime | None = fetch("nurturing/find_next_mail", {"organisation_id": self.organisation.pk})[0][0]
            if due_at is not None:
                soon = timezone.now() + timedelta(seconds=1)
                wake_next(self.organisation, MAIL, max(due_at, not_before or soon, soon))

    def _reserve(self) -> list[_Reserved]:
        params = {"organisation_id": self.organisation.pk, "limit": BATCH_SIZE, "lease_seconds": LEASE_SECONDS}
        return [_reserved(row) for row in fetch("nurturing/reserve_mail", params)]

    def _send_batch(self, transport: Transport, batch: list[_Reserved]) -> None:
        """Send what was reserved, as far as time and the server allow; let go of the rest."""
        taken: list[_Begun] = []
        try:
            for reserved in batch:
                if self.is_out_of_time:
                    break
                transport.open()
                begun = self._begin(reserved, taken[-1] if taken else None)
                if begun is not None and self._hand_over(transport, begun):
                    taken.append(begun)
        finally:
            self._finish(taken, batch)

    def _begin(self, reserved: _Reserved, before: _Begun | None) -> _Begun | None:
        """Mark a message as being sent, and the one before as sent; None when it may not leave."""
        try:
            letter = write_letter(self.organisation, self.sender, reserved.recipient, self.own, self.hosts)
        except TemplateError:
            _still_reserved(reserved).update(status=DeliveryStatus.HELD, reason="template", lease_until=None)
            return None
        rows = _fetch_prepared(
            "nurturing/begin_mail",
            {
                "organisation_id": self.organisation.pk,
                "id": reserved.id,
                "lease_until": reserved.lease_until,
                "address": letter.address,
                "address_key": address_key(self.organisation.pk, letter.address),
                "subject": letter.subject,
                "message_id": letter.message_id,
                "lease_seconds": LEASE_SECONDS,
                "stale_before": timezone.now() - STALE_AFTER,
                "sent_id": before.id if before else None,
                "sent_attempts": before.attempts if before else None,
            },
        )
        if not rows:
            return None
        status, reason, attempts = rows[0]
        if reason == "paused":
            _hold_paused(reserved)
        return _Begun(reserved.id, reserved.recipient.contact_id, attempts, letter) if status == "sending" else None

    def _hand_over(self, transport: Transport, begun: _Begun) -> bool:
        """Speak to the server; return whether it took the message. Anything else is noted at once."""
        outcome = transport.send(begun.letter)
        self._lost = self._lost + 1 if outcome.fate is Fate.LOST else 0
        if outcome.fate is Fate.SENT:
            self.sent += 1
            return True
        _note(self.organisation, begun, outcome)
        if self._lost >= MOST_LOST:
            raise ServerUnreachableError(outcome.words)
        return False

    def _finish(self, taken: list[_Begun], batch: list[_Reserved]) -> None:
        """Note what was sent, in the ledger and in the log, and let go of what was not begun."""
        ids = [one.id for one in batch]
        with transaction.atomic():
            if taken:
                Delivery.objects.filter(pk=taken[-1].id, attempts=taken[-1].attempts, status__in=_SPOKEN).update(
                    status=DeliveryStatus.SENT, sent_at=timezone.now(), reason=""
                )
                _log_delivered(self.organisation, [one.id for one in taken])
                Delivery.objects.filter(pk__in=[one.id for one in taken]).update(lease_until=None)
            Delivery.objects.filter(pk__in=ids, status=DeliveryStatus.PENDING, lease_until=batch[0].lease_until).update(
                lease_until=None
            )
        if taken:
            note_recovery()


def _reserved(row: tuple[Any, ...]) -> _Reserved:
    recipient = Recipient(row[0], row[1], *row[4:15])
    asked, custom, company_custom = (json.loads(one) if one else None for one in row[15:18])
    recipient = replace(recipient, asked=asked, custom=custom or {}, company_custom=company_custom or {})
    return _Reserved(row[0], row[2], row[3], row[7], recipient)


def _fetch_prepared(name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement that is planned once for a connection, and return its rows."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement(name), params, prepare=True).fetchall()


def _still_reserved(reserved: _Reserved) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=reserved.id, status=DeliveryStatus.PENDING, lease_until=reserved.lease_until)


def recover_leases(organisation: Organisation) -> int:
    """Settle what dead senders left; return how many rows that were."""
    with transaction.atomic():
        rows = fetch("nurturing/recover_leases", {"organisation_id": organisation.pk})
        _log_delivered(organisation, [row[0] for row in rows if row[2] == DeliveryStatus.SENT])
    return len(rows)


def _log_delivered(organisation: Organisation, ids: list[int]) -> None:
    deliveries = Delivery.objects.filter(pk__in=ids, status=DeliveryStatus.SENT).select_related("step__scenario")
    record(
        organisation,
        [
            NewInteraction(
                "email_delivered",
                contact_id=delivery.contact_id,
                occurred_at=delivery.sent_at,
                key=f"delivery:{delivery.pk}",
                verdict=Verdict.SYSTEM,
                properties=_properties(delivery),
            )
            for delivery in deliveries
        ],
    )


def _properties(delivery: Delivery) -> dict[str, object]:
    scenario = delivery.step.scenario.name if delivery.step else ""
    return {"delivery": delivery.pk, "subject": delivery.subject, "scenario": scenario}


def _hold_paused(reserved: _Reserved) -> None:
    """Hold a message of a paused scenario, unless it was resumed at this very moment."""
    with transaction.atomic():
        # The lock waits for a member who is pausing or resuming it right now.
        scenario = Scenario.objects.select_for_update().filter(pk=reserved.scenario_id or 0).first()
        is_active = scenario is not None and scenario.status == ScenarioStatus.ACTIVE
        values = {} if is_active else {"status": DeliveryStatus.HELD, "reason": "paused"}
        _still_reserved(reserved).update(lease_until=None, **values)


def _note(organisation: Organisation, begun: _Begun, outcome: Outcome) -> None:
    """Write down what became of a message the server did not take."""
    now = timezone.now()
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("step__scenario", "contact")
            .filter(pk=begun.id, attempts=begun.attempts, status__in=_SPOKEN)
            .first()
        )
        if delivery is None:
            return
        delivery.lease_until, delivery.reason = None, outcome.words
        is_over = delivery.created_at < now - GIVE_UP_AFTER
        if outcome.fate is Fate.UNKNOWN:
            delivery.status, delivery.reason = DeliveryStatus.UNKNOWN, ""
        elif outcome.fate in {Fate.LATER, Fate.LOST} and not is_over:
            delivery.status = DeliveryStatus.PENDING
            delivery.due_at = now + wait_before_retry(begun.attempts, random.random())  # noqa: S311
        else:
            delivery.status = DeliveryStatus.REFUSED
            _follow_refusal(organisation, delivery, outcome)
        delivery.save(update_fields=["status", "reason", "lease_until", "due_at"])


def _follow_refusal(organisation: Organisation, delivery: Delivery, outcome: Outcome) -> None:
    """Put a refusal in the log; an address that does not work is never written to again."""
    interaction = NewInteraction(
        "email_bounced",
        contact_id=delivery.contact_id,
        key=f"delivery:{delivery.pk}:refused",
        verdict=Verdict.SYSTEM,
        properties={**_properties(delivery), "words": outcome.words, "hard": outcome.fate is Fate.BOUNCED},
    )
    record(organisation, [interaction])
    if outcome.fate is Fate.BOUNCED:
        record_opt_out(
            organisation,
            contact=delivery.contact,
            email=delivery.address,
            reason=SuppressionReason.BOUNCE,
            source=f"delivery {delivery.pk}: {outcome.words}",
        )
        Enrolment.objects.filter(contact_id=delivery.contact_id, status=EnrolmentStatus.ACTIVE).update(
            status=EnrolmentStatus.LEFT, exit_reason=ExitReason.SUPPRESSED, left_at=timezone.now(), due_at=None
        )
