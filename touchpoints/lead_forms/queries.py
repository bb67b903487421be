"""Reads of forms for members: the list with its figures, one form, what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from contacts.consent.queries import Standing, list_standings
from contacts.fields.models import CustomField
from contacts.fields.queries import list_fields
from contacts.searching import holding
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.lead_forms.document import Document, read_document, write_document
from touchpoints.lead_forms.models import (
    FormDay,
    FormFile,
    FormStatus,
    FormVersion,
    LeadForm,
    Submission,
    SubmissionStatus,
)
from touchpoints.lead_forms.services import freeze

# What "lately" means of forms.
PERIOD_DAYS = 90


@dataclass(frozen=True)
class Figures:
    """How a form did in the period."""

    shown: int = 0
    sent: int = 0

    @property
    def ratio(self) -> float | None:
        """Share of those who saw it and sent it; None while nobody saw it. More were sent than shown where pages
        are kept by somebody on the way: then it is 1."""
        return min(self.sent / self.shown, 1.0) if self.shown else None


@dataclass(frozen=True)
class Row:
    """A form of the list."""

    form: LeadForm
    figures: Figures


@dataclass(frozen=True)
class Forms:
    """The forms asked for; beside them how many there are of each state, filters or not ("archived" among them)."""

    rows: list[Row]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many there are that are not put away."""
        return sum(number for state, number in self.counts.items() if state != "archived")


def list_forms(organisation: Organisation, *, search: str = "", state: str = "") -> Forms:
    """Return the forms, the newest change first. Three queries."""
    everything = LeadForm.objects.filter(organisation=organisation)
    counts = {"archived": everything.exclude(archived_at=None).count()} if state == "archived" else {}
    in_use = everything.filter(archived_at=None).values_list("status").annotate(number=Count("pk")).order_by()
    counts |= dict(in_use)
    found = (
        find_named(organisation, search).filter(archived_at__isnull=state != "archived").select_related("touchpoint")
    )
    if state in FormStatus.values:
        found = found.filter(status=state)
    figures = measure_forms(organisation)
    rows = [Row(one, figures.get(one.pk, Figures())) for one in found.order_by("-updated_at", "-pk")]
    return Forms(rows, counts)


def find_named(organisation: Organisation, search: str) -> QuerySet[LeadForm]:
    """Return the forms whose name holds this, accents and case ignored; all of them for nothing."""
    everything = LeadForm.objects.filter(organisation=organisation)
    if not search:
        return everything
    return holding(everything, search, "name")


def measure_forms(organisation: Organisation, form: LeadForm | None = None) -> dict[int, Figures]:
    """Return how forms did in the period, by id. One query over a few rows a day."""
    since = timezone.localdate() - timedelta(days=PERIOD_DAYS)
    days = FormDay.objects.filter(organisation=organisation, day__gt=since)
    if form is not None:
        days = days.filter(form=form)
    rows = days.values_list("form").annotate(shown=Sum("shown"), sent=Sum("sent")).order_by()
    return {form_id: Figures(shown, sent) for form_id, shown, sent in rows}


def get_form(organisation: Organisation, form_id: int) -> LeadForm:
    """Return one form, put away or not; raise NotFound. One query."""
    found: LeadForm | None = (
        LeadForm.objects.filter(organisation=organisation).select_related("touchpoint").filter(pk=form_id).first()
    )
    if found is None:
        raise NotFound
    return found


def is_changed(form: LeadForm) -> bool:
    """Tell whether the draft says something else than what is published, a purpose's new text included. Two queries."""
    if form.published_number is None:
        return False
    frozen = freeze(read_document(form.draft), form.language)
    version = FormVersion.objects.filter(form=form, number=form.published_number)
    return write_document(frozen) != version.values_list("document", flat=True).first()


@dataclass(frozen=True)
class Offered:
    """What can be put into a form."""

    own: Sequence[CustomField]
    purposes: Sequence[Standing]


def list_offered(organisation: Organisation, language: str) -> Offered:
    """Return the organisation's own fields and purposes that a form can ask for. Three queries."""
    return Offered(list(list_fields(organisation)), list_standings(organisation, None, language))


def find_file(form: LeadForm, document: Document) -> FormFile | None:
    """Return the file a document gives, without its bytes. One query where there is one."""
    if document.after.file_id is None:
        return None
    return FormFile.objects.filter(form=form, pk=document.after.file_id).defer("content").first()


def count_submissions(form: LeadForm) -> dict[str, int]:
    """Return how much was sent, by what became of it. One query along an index."""
    found = Submission.objects.filter(form=form).values_list("status").annotate(number=Count("pk")).order_by()
    return dict(found)


def list_submissions(form: LeadForm, *, status: str = "", search: str = "") -> QuerySet[Submission]:
    """Return what was sent by a form; everything but spam where no state is asked for."""
    found = Submission.objects.filter(form=form).select_related("contact__company", "version")
    if status in SubmissionStatus.values:
        found = found.filter(status=status)
    else:
        found = found.exclude(status=SubmissionStatus.SPAM)
    return found.filter(email__startswith=search.strip().lower()) if search.strip() else found


def get_submission(organisation: Organisation, submission_id: int) -> Submission:
    """Return what was sent; raise NotFound. One query."""
    found: Submission | None = (
        Submission.objects.filter(organisation=organisation, pk=submission_id)
        .select_related("form", "version", "contact__company")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def answers_of(submission: Submission) -> list[tuple[str, Any]]:
    """Return (label, answer) of what was answered, in the order of the form as it was."""
    document = read_document(submission.version.document)
    return [
        (one.label or one.text[:80] or one.key, submission.answers[one.key])
        for one in document.elements
        if one.key in submission.answers
    ]
