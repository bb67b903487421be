"""Double opt-in: people are asked by e-mail to say yes themselves, also those who are known already.

Who sends the request is registered by the app that can; who said no, or may not be written to, is never asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.consent.models import Act, Confirmation, ConsentState, PurposeText, Source
from contacts.consent.preferences import find_person
from contacts.consent.queries import Standing, list_standings
from contacts.consent.services import get_purpose, record_consents
from contacts.consent.tokens import Asked
from contacts.models import Contact
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sql import fetch

# Who does not answer is not asked for ever, nor day after day.
MOST_TIMES = 3
PAUSE = timedelta(days=7)
VALID = timedelta(days=30)

REASONS: dict[str, str | Promise] = {
    "no_address": gettext_lazy("This person has no e-mail address."),
    "suppressed": gettext_lazy("Nothing may be sent to this person."),
    "said_no": gettext_lazy("This person said no. Only they can come back, by their preference page."),
    "confirmed": gettext_lazy("This person has said yes themselves."),
    "asked_lately": gettext_lazy("This person was asked less than seven days ago."),
    "asked_often": gettext_lazy("This person was asked three times and did not answer."),
}

Send = Callable[[Organisation, Sequence[int]], None]
_senders: list[Send] = []


@dataclass(frozen=True)
class Request:
    """What the page of a link shows."""

    contact: Contact
    standing: Standing
    # What the person was asked with.
    label: str
    text: str
    is_confirmed: bool
    is_expired: bool


def register_sender(send: Send) -> None:
    """Say who sends requests, given ids of Confirmation; called from AppConfig.ready, in the asking transaction."""
    _senders.append(send)


def ask_to_confirm(
    organisation: Organisation, contact_ids: Sequence[int], *, purpose: str, by: Actor
) -> dict[int, str]:
    """Ask contacts by e-mail to say yes to a purpose; return {contact id: why not}, "" for those who are asked.

    Raises Invalid for a purpose that is none, or has no text yet. Two statements, whatever their number.
    """
    with transaction.atomic():
        wanted = get_purpose(purpose)
        text = PurposeText.objects.filter(purpose=wanted).order_by("-version").first()
        if text is None:
            raise Invalid(fields={"purpose": _("This purpose has no text yet.")})
        rows = fetch(
            "contacts/ask_to_confirm",
            {
                "organisation_id": organisation.pk,
                "contact_ids": sorted(contact_ids),
                "purpose_id": wanted.pk,
                "version": text.version,
                "by_id": by.pk if isinstance(by, User) else None,
                "most_times": MOST_TIMES,
                "not_since": timezone.now() - PAUSE,
            },
        )
        asked = [row[2] for row in rows if row[2] is not None]
        if asked:
            for send in _senders:
                send(organisation, asked)
            after = {"contacts": [row[0] for row in rows if row[2] is not None], "purpose": wanted.code}
            audit.record(organisation, by, "contact.ask_consent", None, after=after)
    return {row[0]: row[1] for row in rows}


def ask_one(organisation: Organisation, contact: Contact, *, purpose: str, by: Actor) -> None:
    """Ask one contact; raise Conflict with the reason where they may not be asked."""
    reason = ask_to_confirm(organisation, [contact.pk], purpose=purpose, by=by).get(contact.pk)
    if reason is None:
        raise NotFound
    if reason:
        raise Conflict(str(REASONS[reason]))


def list_requests(contact: Contact) -> dict[int, Confirmation]:
    """Return {purpose id: request} of a contact that wait for an answer. One query."""
    waiting = Confirmation.objects.filter(contact=contact, confirmed_at=None, asked_at__gt=timezone.now() - VALID)
    return {one.purpose_id: one for one in waiting}


def find_request(organisation: Organisation, asked: Asked, language: str) -> Request | None:
    """Return what a link asks, whoever its person was merged with since; None where there is nothing to ask. Up to
    eight queries."""
    contact = find_person(organisation, asked.contact_id)
    if contact is None:
        return None
    standings = {one.purpose.pk: one for one in list_standings(organisation, contact, language)}
    standing = standings.get(asked.purpose_id)
    known = Confirmation.objects.filter(contact=contact, purpose=asked.purpose_id).first()
    text = PurposeText.objects.filter(purpose=asked.purpose_id, version=asked.version).first()
    if standing is None or known is None or text is None:
        return None
    ending = "fr" if language.startswith("fr") else "en"
    return Request(
        contact=contact,
        standing=standing,
        label=getattr(text, f"label_{ending}"),
        text=getattr(text, f"text_{ending}"),
        is_confirmed=is_own_yes(standing.state),
        is_expired=known.asked_at < timezone.now() - VALID,
    )


def confirm(organisation: Organisation, asked: Asked, *, program: str) -> bool:
    """Write the person's own yes to the text they read; False, with nothing written, where the link is too old.

    May be repeated. Raises NotFound where there is nobody or nothing to say yes to.
    """
    with transaction.atomic():
        contact = find_person(organisation, asked.contact_id)
        if contact is None or not Contact.objects.select_for_update(of=("self",)).filter(pk=contact.pk).exists():
            raise NotFound
        request = find_request(organisation, asked, "")
        if request is None:
            raise NotFound
        if request.is_confirmed:
            return True
        if request.is_expired:
            return False
        record_consents(
            organisation,
            [contact.pk],
            purpose=request.standing.purpose.code,
            act=Act.GIVEN,
            source=Source.CENTRE,
            version=asked.version,
            proof={"program": program.replace("\x00", "")[:300], "confirmed": True},
        )
        Confirmation.objects.filter(contact=contact, purpose=asked.purpose_id).update(confirmed_at=timezone.now())
    return True


def is_own_yes(state: ConsentState | None) -> bool:
    """Tell whether the person said yes themselves."""
    return state is not None and state.state == Act.GIVEN and state.source == Source.CENTRE
