"""Documents that people get for having filled in a form."""

from typing import Any

from django.conf import settings
from django.db import transaction

from prm.organisations.models import Organisation
from touchpoints.lead_forms.document import AfterKind
from touchpoints.lead_forms.models import FormFile, LeadForm, Submission, SubmissionStatus
from touchpoints.lead_forms.processing import touchpoint_of
from touchpoints.lead_forms.showing import Published
from touchpoints.lead_forms.tokens import read_sent_token
from touchpoints.recording import NewInteraction, record


def find_sent(form: LeadForm, token: str) -> Submission | None:
    """Return what was sent, by the token of the page after it; None for another form's, or one too old."""
    number = read_sent_token(token)
    found: Submission | None = Submission.objects.filter(form=form, pk=number).first() if number else None
    return found


def find_file(published: Published, *, with_content: bool = False) -> FormFile | None:
    """Return the document people get, its bytes where they are wanted; None where there is none."""
    after = published.document.after
    if after.kind != AfterKind.FILE or after.file_id is None:
        return None
    files = FormFile.objects.filter(form=published.form, pk=after.file_id)
    found: FormFile | None = (files if with_content else files.defer("content")).first()
    return found


def after_of(published: Published, sent: str) -> dict[str, Any]:
    """Return what follows the sending, for its template. One query where a file follows."""
    return {
        "after": published.document.after,
        "file": find_file(published),
        "sent": sent,
        "address": published.address,
        "base": settings.BASE_URL,
    }


def note_download(organisation: Organisation, submission: Submission, name: str) -> None:
    """Note that the document was taken, once; of somebody not taken in yet nothing is known to note it of."""
    if submission.status != SubmissionStatus.PROCESSED or submission.contact_id is None:
        return
    with transaction.atomic():
        interaction = NewInteraction(
            "download",
            contact_id=submission.contact_id,
            touchpoint_id=touchpoint_of(submission.form, submission.context),
            key=f"lead_form:{submission.pk}:file",
            properties={"title": name, "form": submission.form.code},
        )
        record(organisation, [interaction])
