"""What was sent, could not be taken in and never became a contact: counted, and purged when it was kept long enough."""

from datetime import datetime

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.rights.leftovers import Leftover, Waiting
from prm.organisations.models import Organisation
from touchpoints.lead_forms.models import Submission, SubmissionStatus


def list_failed(organisation: Organisation) -> "QuerySet[Submission]":
    """Return what could not be taken in and is nobody's; index lead_forms_submission_failed."""
    return Submission.objects.filter(organisation=organisation, status=SubmissionStatus.FAILED, contact=None)


def count_failed(organisation: Organisation) -> Waiting:
    """Say how much there is. One query."""
    told = list_failed(organisation).aggregate(number=Count("pk"), oldest=Min("received_at"))
    return Waiting(told["number"], told["oldest"])


def purge_failed(organisation: Organisation, before: datetime, most: int) -> int:
    """Purge some of what was sent before a moment; what a member tries again meanwhile stays. Two statements."""
    old = list_failed(organisation).filter(received_at__lt=before).order_by("received_at")
    ids = list(old.values_list("pk", flat=True)[:most])
    return int(list_failed(organisation).filter(pk__in=ids).delete()[0]) if ids else 0


FORMS = Leftover(_("Forms that could not be taken in"), count_failed, purge_failed)
