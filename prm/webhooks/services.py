"""Webhooks of an organisation: made, changed, removed, tried, and given something to tell."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.outside.connecting import ForbiddenAddressError, split_address
from prm.webhooks.models import MessageStatus, Webhook, WebhookMessage
from prm.webhooks.registry import PING, list_events
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sealing import seal
from prm.work.texts import is_storable
from prm.work.wakeups import wake

QUEUE = "webhook"
MOST_WEBHOOKS = 20


def create_webhook(
    organisation: Organisation, *, name: str, url: str, events: Sequence[str], only: Sequence[str] = (), by: Actor
) -> tuple[Webhook, str]:
    """Make a webhook; return it and its secret, which is shown once. Raises Invalid, Conflict for too many."""
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        if Webhook.objects.count() >= MOST_WEBHOOKS:
            raise Conflict(_("There are %(n)s webhooks already.") % {"n": MOST_WEBHOOKS})
        webhook = Webhook(organisation=organisation, sealed_secret=seal(secret))
        webhook.created_by = by if isinstance(by, User) else None
        _set(webhook, name=name, url=url, events=events, only=only)
        webhook.save()
        audit.record(organisation, by, "webhook.create", webhook, after=_told(webhook))
    return webhook, secret


def update_webhook(
    organisation: Organisation,
    *,
    webhook_id: int,
    name: str,
    url: str,
    events: Sequence[str],
    only: Sequence[str],
    is_active: bool,
    by: Actor,
) -> Webhook:
    """Change a webhook. Raises NotFound, Invalid."""
    with transaction.atomic():
        webhook = _lock(webhook_id)
        before = _told(webhook)
        _set(webhook, name=name, url=url, events=events, only=only)
        webhook.is_active = is_active
        webhook.save()
        audit.record(organisation, by, "webhook.update", webhook, before=before, after=_told(webhook))
    return webhook


def delete_webhook(organisation: Organisation, *, webhook_id: int, by: Actor) -> Webhook:
    """Remove a webhook with what it was told. Raises NotFound."""
    with transaction.atomic():
        webhook = _lock(webhook_id)
        audit.record(organisation, by, "webhook.delete", webhook, before=_told(webhook))
        webhook.delete()
    return webhook


def tell(organisation: Organisation, event: str, subject_id: int, *, about: str = "") -> int:
    """Let every webhook that wants it be told of a row, in the transaction that makes it so; return how many.

    `about` is what webhooks may want to be told of alone. The same twice is told once. Two or three statements.
    """
    return tell_many(organisation, event, [subject_id], about=about)


def tell_many(organisation: Organisation, event: str, subject_ids: Sequence[int], *, about: str = "") -> int:
    """Let webhooks be told of many rows, as `tell` does of one and in as many statements; return how many messages."""
    wanted = Webhook.objects.filter(Q(only=[]) | Q(only__contains=[about]), is_active=True, events__contains=[event])
    ids = list(wanted.values_list("pk", flat=True))
    if not ids or not subject_ids:
        return 0
    messages = [
        WebhookMessage(organisation=organisation, webhook_id=pk, event=event, subject_id=subject_id)
        for pk in ids
        for subject_id in subject_ids
    ]
    WebhookMessage.objects.bulk_create(messages, ignore_conflicts=True)
    wake(organisation.pk, QUEUE)
    return len(messages)


def try_webhook(organisation: Organisation, *, webhook_id: int, by: Actor) -> WebhookMessage:
    """Send a trial that says nothing. Raises NotFound."""
    with transaction.atomic():
        webhook = _lock(webhook_id)
        number = WebhookMessage.objects.filter(webhook=webhook, event=PING).count() + 1
        message = WebhookMessage.objects.create(
            organisation=organisation, webhook=webhook, event=PING, subject_id=number
        )
        audit.record(organisation, by, "webhook.try", webhook)
        wake(organisation.pk, QUEUE)
    return message


def send_again(organisation: Organisation, *, message_id: int, by: Actor) -> WebhookMessage:
    """Try a message once more from the beginning. Raises NotFound, Conflict while it waits."""
    with transaction.atomic():
        found = WebhookMessage.objects.select_for_update(of=("self",)).select_related("webhook").filter(pk=message_id)
        message: WebhookMessage | None = found.first()
        if message is None:
            raise NotFound
        if message.status == MessageStatus.WAITING:
            raise Conflict(_("This is on its way already."))
        message.status, message.attempts, message.due_at = MessageStatus.WAITING, 0, timezone.now()
        message.ended_at = None
        message.save(update_fields=["status", "attempts", "due_at", "ended_at"])
        audit.record(organisation, by, "webhook.resend", message.webhook, after={"message": message.pk})
        wake(organisation.pk, QUEUE)
    return message


def get_webhook(webhook_id: int) -> Webhook:
    """Return one; raise NotFound."""
    found: Webhook | None = Webhook.objects.filter(pk=webhook_id).first()
    if found is None:
        raise NotFound
    return found


def _lock(webhook_id: int) -> Webhook:
    found: Webhook | None = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if found is None:
        raise NotFound
    return found


def _set(webhook: Webhook, *, name: str, url: str, events: Sequence[str], only: Sequence[str]) -> None:
    fields: dict[str, str] = {}
    webhook.name, webhook.url = " ".join(name.split()), url.strip()
    if not webhook.name or len(webhook.name) > 80 or not is_storable(webhook.name):
        fields["name"] = _("Give it a name.")
    try:
        split_address(webhook.url)
    except ForbiddenAddressError:
        fields["url"] = _("Write the whole address: https://hooks.acme.fr/prm, without a port or a password.")
    if not webhook.url.isascii() or any(letter.isspace() for letter in webhook.url):
        fields["url"] = _("Write the whole address: https://hooks.acme.fr/prm, without a port or a password.")
    known = {one.code for one in list_events()}
    webhook.events = [one for one in dict.fromkeys(events) if one in known]
    if not webhook.events:
        fields["events"] = _("Choose at least one event.")
    webhook.only = [one for one in dict.fromkeys(part.strip() for part in only) if one]
    if any(len(one) > 60 or not is_storable(one) for one in webhook.only) or len(webhook.only) > 50:
        fields["only"] = _("At most 50 API names of at most 60 characters.")
    if fields:
        raise Invalid(fields=fields)


def _told(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in ("name", "url", "events", "only", "is_active")}
