"""What members do with what was sent: take in what was held for spam or failed, set aside what is spam."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, NotFound
from prm.work.wakeups import wake
from touchpoints.lead_forms.counting import count_sent
from touchpoints.lead_forms.models import Submission, SubmissionStatus
from touchpoints.lead_forms.receiving import QUEUE
from touchpoints.models import Verdict
from touchpoints.recounting import correct_acts


def accept_submission(organisation: Organisation, *, submission_id: int, by: Actor) -> Submission:
    """Let a worker take in what was held for spam, or try once more what failed. Raises NotFound, Conflict."""
    with transaction.atomic():
        submission = _lock(submission_id)
        if submission.status not in {SubmissionStatus.SPAM, SubmissionStatus.FAILED}:
            raise Conflict(_("This was taken in already, or is about to be."))
        if submission.contact_id is not None:
            # It was taken in before somebody took it for spam: what it did counts once more.
            _judge(organisation, submission, Verdict.HUMAN, by)
            return submission
        if submission.status == SubmissionStatus.SPAM:
            count_sent(submission.form)
        _set(organisation, submission, SubmissionStatus.RECEIVED, "", by)
        wake(organisation.pk, QUEUE)
    return submission


def set_aside(organisation: Organisation, *, submission_id: int, by: Actor) -> Submission:
    """Say that something is spam. Of what was taken in, the contact stays, and nothing it did counts any more.

    Scores, stages, scenarios nothing was sent for and handoffs nobody has claimed follow. Raises NotFound, Conflict.
    """
    with transaction.atomic():
        submission = _lock(submission_id)
        if submission.status == SubmissionStatus.SPAM:
            raise Conflict(_("This is held for spam already."))
        if submission.contact_id is not None:
            _judge(organisation, submission, Verdict.BOT, by)
        elif submission.status == SubmissionStatus.PROCESSED:
            raise Conflict(_("Whoever sent this is no longer in the base: nothing of it counts."))
        else:
            _set(organisation, submission, SubmissionStatus.SPAM, "member", by)
    return submission


def _judge(organisation: Organisation, submission: Submission, verdict: Verdict, by: Actor) -> None:
    """Say who sent what was taken in; what it made of the person stays, what it counts for follows."""
    before = submission.status
    is_spam = verdict == Verdict.BOT
    submission.status = SubmissionStatus.SPAM if is_spam else SubmissionStatus.PROCESSED
    submission.reason = "member" if is_spam else ""
    submission.save(update_fields=["status", "reason"])
    if submission.contact_id is not None:
        told = ("submission", str(submission.pk))
        correct_acts(organisation, contact_id=submission.contact_id, kind="form_sent", told=told, verdict=verdict)
    _note(organisation, submission, before, by)


def _lock(submission_id: int) -> Submission:
    found = Submission.objects.select_for_update(of=("self",)).select_related("form").filter(pk=submission_id)
    submission: Submission | None = found.first()
    if submission is None:
        raise NotFound
    return submission


def _set(organisation: Organisation, submission: Submission, status: str, reason: str, by: Actor) -> None:
    before = submission.status
    submission.status, submission.reason, submission.attempts = status, reason, 0
    submission.due_at, submission.outcome = timezone.now(), {}
    submission.save(update_fields=["status", "reason", "attempts", "due_at", "outcome"])
    _note(organisation, submission, before, by)


def _note(organisation: Organisation, submission: Submission, before: str, by: Actor) -> None:
    audit.record(
        organisation,
        by,
        "lead_form.submission",
        submission.form,
        before={"submission": submission.pk, "status": before},
        after={"submission": submission.pk, "status": submission.status},
    )
