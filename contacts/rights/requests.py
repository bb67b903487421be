"""The register of what people ask for: noted, answered within a month, and kept as the proof of it."""

import calendar
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.consent.services import object_to_all
from contacts.models import Contact
from contacts.rights.models import Outcome, PersonRequest, RequestKind
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later (or before), or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_date(received_on: date) -> date:
    """Return the day by which a request has to be answered."""
    return months_later(received_on, 1)


def note_request(
    organisation: Organisation,
    *,
    kind: str,
    received_on: date,
    by: Actor,
    contact_id: int | None = None,
    asker: str = "",
    note: str = "",
) -> PersonRequest:
    """Write a request down. Raises Invalid; NotFound for a contact who is not in the base."""
    wrong: dict[str, str] = {}
    if kind not in RequestKind.values:
        wrong["kind"] = _("Choose among: %(choices)s.") % {"choices": ", ".join(RequestKind.values)}
    if received_on > timezone.localdate():
        wrong["received_on"] = _("A request cannot come in the future.")
    asker = _clean(asker, 254)
    contact = None
    if contact_id is not None:
        contact = Contact.objects.filter(organisation=organisation, pk=contact_id).first()
        if contact is None:
            raise NotFound
    elif not asker:
        wrong["asker"] = _("Say who asks.")
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        request = PersonRequest.objects.create(
            organisation=organisation,
            kind=kind,
            contact=contact,
            asker=asker,
            note=_clean(note, 500),
            received_on=received_on,
            due_on=due_date(received_on),
            noted_by=by if isinstance(by, User) else None,
        )
        after = {"kind": kind, "received_on": received_on, "due_on": request.due_on}
        audit.record(organisation, by, "personrequest.create", request, label=str(request.pk), after=after)
    return request


def finish_request(
    organisation: Organisation, *, request_id: int, by: Actor, outcome: str = Outcome.DONE, answer: str = ""
) -> PersonRequest:
    """Note that a request is answered; an objection that is carried out is written for every purpose.

    Raises NotFound, Conflict for one that is answered, Invalid for a refusal without a reason, or for an erasure
    that is said to be done while the person is still there.
    """
    with transaction.atomic():
        request = PersonRequest.objects.select_for_update().filter(organisation=organisation, pk=request_id).first()
        if request is None:
            raise NotFound
        if request.done_at is not None:
            raise Conflict(_("This request is answered already."))
        if outcome == Outcome.REFUSED and not answer.strip():
            raise Invalid(fields={"answer": _("Say why it is refused: the person has a right to know.")})
        living = Contact.objects.filter(organisation=organisation, pk=request.contact_id or 0).first()
        if outcome == Outcome.DONE and living is not None:
            _carry_out(organisation, request, living, by)
        _close(PersonRequest.objects.filter(pk=request.pk), by, outcome, _clean(answer, 500))
        request.refresh_from_db()
        audit.record(
            organisation, by, "personrequest.finish", request, label=str(request.pk), after={"outcome": str(outcome)}
        )
    return request


def close_erased(organisation: Organisation, contact_ids: list[int], by: Actor | None) -> int:
    """Answer what people who are being erased had asked for: nothing is held on them any more. Return how many."""
    asked = PersonRequest.objects.filter(organisation=organisation, contact__in=contact_ids, done_at=None)
    return _close(asked, by, Outcome.DONE, "")


def _carry_out(organisation: Organisation, request: PersonRequest, contact: Contact, by: Actor) -> None:
    if request.kind == RequestKind.ERASURE:
        raise Invalid(_("This person is not erased yet. Erase them on their page: the request is answered with it."))
    if request.kind == RequestKind.OBJECTION:
        object_to_all(organisation, contact=contact, by=by, proof={"request": request.pk})


def _close(requests: "QuerySet[PersonRequest]", by: Actor | None, outcome: str, answer: str) -> int:
    return requests.update(
        done_at=timezone.now(),
        done_by=by if isinstance(by, User) else None,
        done_by_label="" if isinstance(by, User) else (str(by) if by else "PRM")[:160],
        outcome=outcome,
        answer=answer,
    )


def list_requests(organisation: Organisation, *, is_open: bool) -> "QuerySet[PersonRequest]":
    """Return the open requests, or those answered, to be ordered and paged."""
    found = PersonRequest.objects.filter(organisation=organisation, done_at__isnull=is_open)
    return found.select_related("contact", "noted_by", "done_by")


def list_requests_of(organisation: Organisation, contact: Contact) -> list[PersonRequest]:
    """Return what a person asked for, the newest first. One query."""
    found = PersonRequest.objects.filter(organisation=organisation, contact=contact)
    return list(found.select_related("noted_by", "done_by").order_by("-received_on", "-pk")[:50])


def get_request(organisation: Organisation, request_id: int) -> PersonRequest:
    """Return one request, or raise NotFound."""
    found = PersonRequest.objects.filter(organisation=organisation, pk=request_id)
    request: PersonRequest | None = found.select_related("contact", "noted_by", "done_by").first()
    if request is None:
        raise NotFound
    return request


def count_open(organisation: Organisation) -> int:
    """Return how many requests wait for an answer. One query."""
    return PersonRequest.objects.filter(organisation=organisation, done_at=None).count()


def _clean(text: str, longest: int) -> str:
    return text.replace("\x00", "").strip()[:longest]
