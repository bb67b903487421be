"""Telling members: here, and by e-mail, as each of them chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from prm.organisations.links import org_reverse
from prm.organisations.models import Membership, Organisation, Role, User
from prm.web.person import zone_of
from scoring.handoffs.models import USUAL_BY_EMAIL, USUAL_HERE, Notice, NoticeChoice, NoticeKind

log = structlog.get_logger()
# How long a mail server that is away is left alone.
AGAIN = timedelta(minutes=5)
# Notices one e-mail tells of, and e-mails sent in one go.
IN_ONE_MAIL = 50
MAILS = 200


@dataclass(frozen=True)
class News:
    """What is to be told to one member: of a handoff, or of so many."""

    user_id: int
    kind: NoticeKind
    handoff_id: int | None = None
    number: int = 1


@dataclass(frozen=True)
class Choice:
    """Of what one member is told here, and by e-mail."""

    here: frozenset[str] = USUAL_HERE
    by_email: frozenset[str] = USUAL_BY_EMAIL


def choice_of(user_id: int) -> Choice:
    """Return what a member chose. One query."""
    return _choices([user_id]).get(user_id, Choice())


def keep_choice(organisation: Organisation, *, user: User, here: Sequence[str], by_email: Sequence[str]) -> None:
    """Remember of what a member wants to be told; what nobody knows is left out."""
    values = {
        "here": [kind for kind in NoticeKind.values if kind in here],
        "by_email": [kind for kind in NoticeKind.values if kind in by_email],
    }
    NoticeChoice.objects.update_or_create(organisation=organisation, user=user, defaults=values)


def list_reps() -> list[int]:
    """Return the sales reps of the organisation."""
    return list(Membership.objects.filter(role=Role.SALES, user__is_active=True).values_list("user_id", flat=True))


def write_notices(organisation: Organisation, news: Sequence[News]) -> int:
    """Write what members want to be told; return how many notices. Two queries; members alone are told."""
    members = set(
        Membership.objects.filter(user_id__in={one.user_id for one in news}).values_list("user_id", flat=True)
    )
    choices = _choices(sorted(members))
    notices = []
    for one in news:
        choice = choices.get(one.user_id, Choice())
        if one.user_id in members and (one.kind in choice.here or one.kind in choice.by_email):
            notices.append(
                Notice(
                    organisation=organisation,
                    user_id=one.user_id,
                    kind=one.kind,
                    handoff_id=one.handoff_id,
                    number=one.number,
                    by_email=one.kind in choice.by_email,
                    seen_at=None if one.kind in choice.here else timezone.now(),
                )
            )
    Notice.objects.bulk_create(notices)
    return len(notices)


def send_notices(organisation: Organisation) -> bool:
    """Send the e-mails that wait, one for each member; return whether some wait still, for a mail server that is away.

    Each is noted as sent, and committed, before it is handed over: one whose worker or connection dies then is never
    sent twice. Nothing is noted before there is a connection.
    """
    users = _waiting_users()
    if not users:
        return False
    try:
        connection = get_connection(fail_silently=False)
        connection.open()
    except (SMTPException, OSError) as error:
        log.warning("notice_mail_server_away", organisation=organisation.pk, error=str(error))
        return True
    try:
        for user_id in users:
            with transaction.atomic():
                waiting = Notice.objects.filter(user_id=user_id, by_email=True, mailed_at=None)
                notices = list(waiting.select_for_update(skip_locked=True).order_by("pk")[:IN_ONE_MAIL])
                Notice.objects.filter(pk__in=[one.pk for one in notices]).update(mailed_at=timezone.now())
            found = Notice.objects.filter(pk__in=[one.pk for one in notices]).order_by("pk")
            told = list(found.select_related("user", "handoff__contact__company"))
            if told and not _send(connection, organisation, told):
                break
    finally:
        connection.close()
    return bool(_waiting_users())


def _waiting_users() -> list[int]:
    waiting = Notice.objects.filter(by_email=True, mailed_at=None).order_by("user_id")
    return list(waiting.values_list("user_id", flat=True).distinct()[:MAILS])


def _send(connection: BaseEmailBackend, organisation: Organisation, notices: Sequence[Notice]) -> bool:
    """Hand one e-mail over; return whether the connection is still good. One that is refused is told in the product."""
    person = notices[0].user
    language = person.language or organisation.language
    with translation.override(language), timezone.override(zone_of(person.time_zone, organisation.time_zone)):
        count = len(notices)
        subject = ngettext("%(n)s thing to do in the MQL queue", "%(n)s things to do in the MQL queue", count)
        base = settings.BASE_URL
        context = {
            "organisation": organisation,
            "language": language,
            "lines": [(one, base + address_of(organisation, one)) for one in notices],
            "choices_url": base + org_reverse(organisation, "handoffs:notices"),
        }
        message = EmailMultiAlternatives(
            subject % {"n": count},
            render_to_string("scoring/handoffs/email/notices.txt", context),
            to=[person.email],
            connection=connection,
        )
        message.attach_alternative(render_to_string("scoring/handoffs/email/notices.html", context), "text/html")
    try:
        message.send()
    except (SMTPRecipientsRefused, SMTPResponseException) as error:
        log.warning("notice_mail_refused", organisation=organisation.pk, error=str(error))
    except (SMTPException, OSError) as error:
        log.warning("notice_mail_broken_off", organisation=organisation.pk, error=str(error))
        return False
    return True


def address_of(organisation: Organisation, notice: Notice) -> str:
    """Return where a notice leads."""
    if notice.handoff_id:
        return org_reverse(organisation, "handoffs:handoff", notice.handoff_id)
    return org_reverse(organisation, "handoffs:queue")


def _choices(user_ids: Sequence[int]) -> Mapping[int, Choice]:
    return {
        one.user_id: Choice(frozenset(one.here), frozenset(one.by_email))
        for one in NoticeChoice.objects.filter(user_id__in=user_ids)
    }
