"""Telling other programs: at least once, signed, with patience.

A message is claimed by putting off its next attempt, committed, and then sent: a worker killed in between leaves one
that is due again. The other side knows it by its id. Nobody is told by way of an address that is not public.
"""

import hmac
import http.client
import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
import urllib3
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.outside import connecting
from prm.outside.connecting import ForbiddenAddressError
from prm.outside.resolving import ResolvingError
from prm.webhooks.models import MessageStatus, Webhook, WebhookMessage
from prm.webhooks.registry import find_event
from prm.webhooks.services import QUEUE
from prm.work.sealing import unseal
from prm.work.wakeups import horizon, settle, wake

log = structlog.get_logger()

# One attempt may take so long, headers and all.
SECONDS = 10.0
BATCH_SIZE = 20
# A run gives way to other organisations after so long.
BUDGET_SECONDS = 30.0
# Seconds until the next attempt: a minute, five, half an hour, two hours, six, a day, two days.
WAITS = (60, 300, 1800, 7200, 21_600, 86_400, 172_800)
# What was told is listed for so long.
KEPT_DAYS = 30
_ANSWER_BYTES = 1024


@dataclass(frozen=True)
class Outcome:
    """What the other side said: HTTP's number, or why there was none."""

    answer: int | None = None
    trouble: str = ""

    @property
    def is_taken(self) -> bool:
        """Tell whether it took the message."""
        return self.answer is not None and 200 <= self.answer < 300


def send_due(organisation: Organisation) -> int:
    """Tell what is due; return how many messages were tried. Any number of workers may run it at once."""
    tried, deadline = 0, time.monotonic() + BUDGET_SECONDS
    with organisation_scope(organisation.pk):
        below = horizon()
        while ids := _claim(organisation):
            for number in ids:
                _send(organisation, number)
                tried += 1
            if time.monotonic() > deadline:
                wake(organisation.pk, QUEUE)
                return tried
        before = timezone.now() - timedelta(days=KEPT_DAYS)
        WebhookMessage.objects.filter(ended_at__lt=before).delete()
        _settle(organisation, below)
    return tried


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the header that proves who sent this, and when: HMAC-SHA256 over "<time>.<body>"."""
    digest = hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
    return f"t={at},v1={digest}"


def _claim(organisation: Organisation) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        # By the attempts made so far: {1: 60 s, ...}; the last wait only bounds a worker that was killed.
        cursor.execute(
            "UPDATE webhooks_webhookmessage SET attempts = attempts + 1,"
            " due_at = statement_timestamp()"
            " + make_interval(secs => (%(waits)s::int[])[least(attempts + 1, cardinality(%(waits)s::int[]))])"
            " WHERE organisation_id = %(organisation_id)s AND id IN (SELECT id FROM webhooks_webhookmessage"
            " WHERE organisation_id = %(organisation_id)s AND status = 'waiting' AND due_at <= statement_timestamp()"
            " ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING id",
            {"organisation_id": organisation.pk, "limit": BATCH_SIZE, "waits": list(WAITS)},
        )
        return sorted(int(row[0]) for row in cursor.fetchall())


def _send(organisation: Organisation, number: int) -> None:
    message = WebhookMessage.objects.select_related("webhook").filter(pk=number, status=MessageStatus.WAITING).first()
    if message is None:
        return
    event, secret = find_event(message.event), unseal(message.webhook.sealed_secret)
    data = event.tell(organisation, message.subject_id) if event else None
    if data is None or not message.webhook.is_active:
        _end(message, MessageStatus.DROPPED, Outcome())
        return
    if secret is None:
        _note(organisation, message, Outcome(trouble="secret"))
        return
    body = json.dumps(
        {
            "id": message.pk,
            "event": message.event,
            "created_at": message.created_at,
            "organisation": organisation.slug,
            "data": data,
        },
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
    ).encode()
    _note(organisation, message, _post(message, body, secret))


def _post(message: WebhookMessage, body: bytes, secret: str) -> Outcome:
    """Speak to the other side, within SECONDS. No transaction is open."""
    deadline = time.monotonic() + SECONDS
    try:
        parts = connecting.split_address(message.webhook.url)
        addresses = connecting.addresses_of(parts)
        headers = {
            "Host": connecting.host_header(parts),
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "User-Agent": f"PRM-Webhooks (+{settings.BASE_URL})",
            "PRM-Event": message.event,
            "PRM-Delivery": str(message.pk),
            "PRM-Signature": signature(secret, body, int(time.time())),
            "Connection": "close",
        }
        return _exchange(parts, addresses[0], headers, body, deadline)
    except ForbiddenAddressError as error:
        return Outcome(trouble=error.why)
    except ResolvingError:
        return Outcome(trouble="unreachable")


def _exchange(parts: Any, address: str, headers: dict[str, str], body: bytes, deadline: float) -> Outcome:
    line = connecting.open_connection(parts, address, SECONDS / 2)
    # Each piece of an answer has a limit; this one is for all of them.
    watch = threading.Timer(max(deadline - time.monotonic(), 0.1), connecting.cut, [line])
    watch.daemon = True
    watch.start()
    try:
        line.connect()
        line.request("POST", connecting.target_of(parts), body=body, headers=headers, preload_content=False)
        with line.getresponse() as response:
            response.read(_ANSWER_BYTES, decode_content=False)
            return Outcome(answer=response.status)
    except (TimeoutError, urllib3.exceptions.TimeoutError):
        return Outcome(trouble="timeout")
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError):
        return Outcome(trouble="timeout" if time.monotonic() >= deadline else "unreachable")
    finally:
        watch.cancel()
        line.close()


def _note(organisation: Organisation, message: WebhookMessage, outcome: Outcome) -> None:
    """Write down what the other side said; who says 410 (gone) is told nothing more."""
    if outcome.is_taken:
        _end(message, MessageStatus.TAKEN, outcome)
        Webhook.objects.filter(pk=message.webhook_id).exclude(failing_since=None).update(failing_since=None)
        return
    log.info("webhook_refused", message=message.pk, answer=outcome.answer, trouble=outcome.trouble)
    webhooks = Webhook.objects.filter(pk=message.webhook_id)
    webhooks.filter(failing_since=None).update(failing_since=timezone.now())
    if outcome.answer == 410:
        webhooks.update(is_active=False)
    if outcome.answer == 410 or message.attempts > len(WAITS):
        _end(message, MessageStatus.FAILED, outcome)
        return
    still = WebhookMessage.objects.filter(pk=message.pk, status=MessageStatus.WAITING)
    still.update(answer=outcome.answer, trouble=outcome.trouble)


def _end(message: WebhookMessage, status: MessageStatus, outcome: Outcome) -> None:
    WebhookMessage.objects.filter(pk=message.pk, status=MessageStatus.WAITING).update(
        status=status, answer=outcome.answer, trouble=outcome.trouble, ended_at=timezone.now()
    )


def _settle(organisation: Organisation, below: int) -> None:
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        waiting = WebhookMessage.objects.filter(status=MessageStatus.WAITING).order_by("due_at")
        due_at: datetime | None = waiting.values_list("due_at", flat=True).first()
        if due_at is not None:
            wake(organisation.pk, QUEUE, max(due_at, timezone.now() + timedelta(seconds=1)))
