"""What webhooks are told of a form that was sent, read as the message leaves."""

from typing import Any

from django.conf import settings

from prm.organisations.access import OrgRequest
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right, may
from prm.webhooks.models import Webhook
from prm.webhooks.services import tell
from touchpoints.lead_forms.document import Document, read_document
from touchpoints.lead_forms.models import LeadForm, Submission, SubmissionStatus

EVENT = "form.sent"


def tell_webhooks(organisation: Organisation, submission: Submission, _document: Document) -> None:
    """Let webhooks be told of what was taken in, in its transaction."""
    tell(organisation, EVENT, submission.pk, about=submission.form.code)


def tell_submission(organisation: Organisation, submission_id: int) -> dict[str, Any] | None:
    """Return what is told of a submission; None for one that is gone, or whose person was erased. One query."""
    found = Submission.objects.select_related("form", "version", "contact__company")
    submission: Submission | None = found.filter(pk=submission_id, status=SubmissionStatus.PROCESSED).first()
    if submission is None or submission.contact is None or not submission.answers:
        return None
    contact, context = submission.contact, submission.context
    document = read_document(submission.version.document)
    return {
        "submission": submission.pk,
        "received_at": submission.received_at,
        "form": {
            "code": submission.form.code,
            "name": submission.form.name,
            "language": submission.form.language,
            "version": submission.version.number,
        },
        "contact": {
            "id": contact.pk,
            "is_new": bool(submission.outcome.get("is_new")),
            "external_id": contact.external_id,
            "email": contact.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "company": contact.company.name if contact.company else None,
            "url": settings.BASE_URL + org_reverse(organisation, "contacts:contact_detail", contact.pk),
        },
        "answers": [
            {
                "key": one.key,
                "label": one.label or one.text,
                "fills_in": one.target,
                "answer": submission.answers[one.key],
            }
            for one in document.elements
            if one.key in submission.answers
        ],
        "consents": submission.outcome.get("consents", {}),
        "page": context.get("page", ""),
        "campaign": {name: value for name, value in context.items() if name.startswith("utm_")},
    }


def webhook_panel(request: OrgRequest, form: LeadForm) -> dict[str, Any]:
    """Return the webhooks that are told of a form, for what follows it. One query."""
    wanted = Webhook.objects.filter(events__contains=[EVENT]).order_by("name")
    return {
        "form_of": form,
        "webhooks": [one for one in wanted if not one.only or form.code in one.only],
        "may_set": may(request.membership.role, Right.SETTINGS_EDIT),
    }
