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


def accept_submission(organisation: Organisation, *, submission_id: int, by: Actor) -> Submission:
    """Let a worker take in what was held for spam, or try once more what failed. Raises NotFound, Conflict."""
    with transaction.atomic():
        submission = _lock(submission_id)
        if submission.status not in {SubmissionStatus.SPAM, SubmissionStatus.FAILED}:
            raise Conflict(_("This was taken in already, or is about to be."))
        if submission.status == SubmissionStatus.SPAM:
            count_sent(submission.form)
        _set(organisation, submission, SubmissionStatus.RECEIVED, "", by)
        wake(organisation.pk, QUEUE)
    return submission


def set_aside(organisation: Organisation, *, submission_id: int, by: Actor) -> Submission:
    """Say that something is spam before it is taken in, or where that failed. Raises NotFound, Conflict."""
    with transaction.atomic():
        submission = _lock(submission_id)
        if submission.status not in {SubmissionStatus.RECEIVED, SubmissionStatus.FAILED}:
            raise Conflict(_("This was taken in already: the contact it made is yours to keep or to erase."))
        _set(organisation, submission, SubmissionStatus.SPAM, "member", by)
    return submission


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
    audit.record(
        organisation,
        by,
        "lead_form.submission",
        submission.form,
        before={"submission": submission.pk, "status": before},
        after={"submission": submission.pk, "status": status},
    )
