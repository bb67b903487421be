"""What becomes of what was sent: a contact, what they agreed to, and one interaction, in one transaction each.

Found in the database whatever a worker or Redis lost: a submission is claimed (its next attempt is put off, committed),
then taken in. A worker killed in between leaves one that is due again later; its interaction counts once by its key.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from contacts.consent.confirming import ask_to_confirm
from contacts.consent.models import Act, ConsentState, Source
from contacts.consent.services import record_consents
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import DomainError, Invalid, Refused
from prm.work.wakeups import horizon, settle, wake
from touchpoints.lead_forms.document import Document, Element, ElementKind, read_document
from touchpoints.lead_forms.models import LeadForm, Submission, SubmissionStatus
from touchpoints.lead_forms.people import find_or_make_contact
from touchpoints.lead_forms.receiving import CAMPAIGN, ORIGIN, QUEUE, delete_old_spam
from touchpoints.models import Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking.identity import identify

BATCH_SIZE = 50
# After so many attempts that ended in the middle, a member has to look at it.
MOST_ATTEMPTS = 6
# Of the form's own questions, so much is told in the interaction.
LONGEST_TOLD = 300

# Called in the transaction that takes a submission in, with its contact.
Follower = Callable[[Organisation, Submission, Document], None]
_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """Say what else follows a submission that was taken in; called from AppConfig.ready. No network."""
    _followers.append(follower)


def process_due(organisation: Organisation) -> int:
    """Take in what waits; return how many submissions were looked at. Any number of workers may run it at once."""
    looked_at = 0
    with organisation_scope(organisation.pk):
        below = horizon()
        while ids := _claim(organisation):
            for submission_id in ids:
                process_submission(organisation, submission_id)
            looked_at += len(ids)
        delete_old_spam()
        _settle(organisation, below)
    return looked_at


def _claim(organisation: Organisation) -> list[int]:
    """Put off the next attempt at what is due, and return it; that is committed before anything is tried."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lead_forms_submission SET attempts = attempts + 1,"
            " due_at = statement_timestamp() + make_interval(secs => 30 * power(4, least(attempts, 5))::int)"
            " WHERE organisation_id = %(organisation_id)s AND id IN (SELECT id FROM lead_forms_submission"
            " WHERE organisation_id = %(organisation_id)s AND status = 'received' AND due_at <= statement_timestamp()"
            " ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING id",
            {"organisation_id": organisation.pk, "limit": BATCH_SIZE},
        )
        return sorted(int(row[0]) for row in cursor.fetchall())


def _settle(organisation: Organisation, below: int) -> None:
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        waiting = Submission.objects.filter(status=SubmissionStatus.RECEIVED).order_by("due_at")
        due_at: datetime | None = waiting.values_list("due_at", flat=True).first()
        if due_at is not None:
            wake(organisation.pk, QUEUE, max(due_at, timezone.now() + timedelta(seconds=1)))


def process_submission(organisation: Organisation, submission_id: int) -> None:
    """Make a contact, their agreements and an interaction of one submission. May be repeated."""
    with transaction.atomic():
        submission = _lock(submission_id)
        if submission is None:
            return
        if submission.attempts > MOST_ATTEMPTS:
            _give_up(submission, "broken", "")
            return
        try:
            # What a refusal half wrote goes; the submission stays locked.
            with transaction.atomic(), translation.override(organisation.language):
                _take_in(organisation, submission)
        except DomainError as error:
            reason = "erased" if isinstance(error, Refused) else "unusable"
            fields = getattr(error, "fields", {})
            _give_up(submission, reason, " ".join(map(str, fields.values())) or str(error.message))


def _lock(submission_id: int) -> Submission | None:
    found: Submission | None = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("form", "version")
        .filter(pk=submission_id, status=SubmissionStatus.RECEIVED)
        .first()
    )
    return found


def _give_up(submission: Submission, reason: str, words: str) -> None:
    submission.status, submission.reason = SubmissionStatus.FAILED, reason
    submission.outcome = {"words": words[:500]} if words else {}
    submission.save(update_fields=["status", "reason", "outcome"])


def _take_in(organisation: Organisation, submission: Submission) -> None:
    form, document = submission.form, read_document(submission.version.document)
    made = find_or_make_contact(organisation, form, document, submission)
    consents = _agree(organisation, submission, document, made.contact)
    interaction = NewInteraction(
        "form_sent",
        contact_id=made.contact.pk,
        touchpoint_id=touchpoint_of(form, submission.context),
        occurred_at=submission.received_at,
        key=f"lead_form:{submission.pk}",
        properties=_properties(form, document, submission),
    )
    record(organisation, [interaction])
    if "browser" in submission.context:
        # The visits before it are the sender's, as far as the tracker's own rules allow.
        identify(
            organisation,
            browser=submission.context["browser"],
            contact_id=made.contact.pk,
            at=submission.received_at,
        )
    submission.contact = made.contact
    submission.status, submission.reason = SubmissionStatus.PROCESSED, ""
    submission.processed_at = timezone.now()
    outcome = {"is_new": made.is_new, "kept": sorted(set(made.kept)), "consents": consents}
    submission.outcome = {name: value for name, value in outcome.items() if value}
    submission.save(update_fields=["contact", "status", "reason", "processed_at", "outcome"])
    for follow in _followers:
        follow(organisation, submission, document)


def _agree(organisation: Organisation, submission: Submission, document: Document, contact: Contact) -> dict[str, str]:
    """Write the boxes that were ticked into the ledger, or ask by e-mail; return {purpose: what became of it}."""
    ticked = [
        one for one in document.elements if one.kind == ElementKind.CONSENT and submission.answers.get(one.key) is True
    ]
    return {one.target: _agree_to(organisation, submission, one, contact) for one in ticked if one.target}


def _agree_to(organisation: Organisation, submission: Submission, one: Element, contact: Contact) -> str:
    try:
        if one.is_confirmed:
            reasons = ask_to_confirm(organisation, [contact.pk], purpose=one.target, by=str(submission.form))
            return reasons.get(contact.pk) or "asked"
        proof = {
            "form": submission.form.code,
            "form_version": submission.version.number,
            "submission": submission.pk,
            "text": one.text,
            "page": submission.context.get("page", ""),
            "program": submission.context.get("program", ""),
        }
        record_consents(
            organisation,
            [contact.pk],
            purpose=one.target,
            act=Act.GIVEN,
            source=Source.FORM,
            at=submission.received_at,
            version=one.version,
            proof=proof,
        )
    except Invalid:
        # The purpose was archived since: the tick stays with what was sent.
        return "gone"
    stands = ConsentState.objects.filter(contact=contact, purpose__code=one.target).values_list("state", flat=True)
    # Somebody else may have typed their address: only their own preference page takes a no back.
    return "given" if stands.first() == Act.GIVEN else "said_no"


def touchpoint_of(form: LeadForm, context: Mapping[str, Any]) -> int | None:
    """Return the touchpoint the page named, else the form's own."""
    code = context.get("touchpoint", "")
    named = Touchpoint.objects.filter(code=code).values_list("merged_into_id", "pk").first() if code else None
    return (named[0] or named[1]) if named else form.touchpoint_id


def _properties(form: LeadForm, document: Document, submission: Submission) -> dict[str, Any]:
    """Return what the interaction tells: form, page and campaign, and the answers to the form's own questions."""
    context = submission.context
    told = {
        one.label or one.key: submission.answers[one.key]
        for one in document.elements
        if one.kind == ElementKind.QUESTION and one.key in submission.answers
    }
    values = {
        "form": form.code,
        "form_id": str(form.pk),
        "submission": submission.pk,
        "url": context.get("page", ""),
        "referrer": context.get("referrer", ""),
        **{name: context[name] for name in (*CAMPAIGN, *ORIGIN) if name in context},
        "fields": {label[:80]: _told(answer) for label, answer in told.items()},
    }
    return {name: value for name, value in values.items() if value}


def _told(answer: Any) -> Any:
    return answer[:LONGEST_TOLD] if isinstance(answer, str) else answer
