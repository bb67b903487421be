"""What people sent: looked at, taken in or set aside, downloaded."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.exporting import csv_text, file_name, harmless
from contacts.rights.leftovers import goes_at
from contacts.rights.retention import get_retention
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.web.tabs import Tab
from touchpoints.lead_forms import handling, queries
from touchpoints.lead_forms.document import ElementKind, read_document
from touchpoints.lead_forms.models import FormVersion, LeadForm, Submission, SubmissionStatus
from touchpoints.lead_forms.receiving import CAMPAIGN, ORIGIN
from touchpoints.lead_forms.views.framing import frame_of
from touchpoints.lead_forms.wording import CONSENTS, REASONS, say
from touchpoints.recognition.facts import FACTS

_CHUNK = 500


@requires(Right.FORMS_VIEW)
def submission_list(request: OrgRequest, pk: int) -> HttpResponse:
    """List what was sent by a form, the latest first; spam stands apart."""
    form = queries.get_form(request.organisation, pk)
    status, search = request.GET.get("status", ""), request.GET.get("q", "").replace("\x00", "")[:254]
    counts = queries.count_submissions(form)
    spam = counts.get(SubmissionStatus.SPAM, 0)
    states: list[tuple[str, Any, int]] = [("", _("All but spam"), sum(counts.values()) - spam)]
    states += [(one.value, str(one.label).capitalize(), counts.get(one, 0)) for one in SubmissionStatus]
    url = org_reverse(request.organisation, "lead_forms:submission_list", pk)
    found = queries.list_submissions(form, status=status, search=search)
    context = {
        **frame_of(request, form, "submission_list"),
        "page": paginate_request(found, request, ["-id"]),
        "states": [Tab(label, f"{url}?status={code}" if code else url, code == status, n) for code, label, n in states],
        "status": status,
        "search": search,
        "reasons": REASONS,
        "failed": counts.get(SubmissionStatus.FAILED, 0),
        "raw_days": get_retention(request.organisation).raw_days,
        "total": sum(counts.values()),
    }
    template = "touchpoints/lead_forms/submission_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.FORMS_VIEW)
def submission_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show what somebody sent, from where, and what was made of it."""
    submission = queries.get_submission(request.organisation, pk)
    outcome = submission.outcome
    context = {
        **frame_of(request, submission.form, "submission_list"),
        "submission": submission,
        "answers": [(label, say(answer)) for label, answer in queries.answers_of(submission)],
        "reason": REASONS.get(submission.reason, submission.reason),
        "goes_at": _goes_at(submission),
        "words": outcome.get("words", ""),
        "consents": [(code, CONSENTS.get(said, said)) for code, said in outcome.get("consents", {}).items()],
        "kept": outcome.get("kept", []),
        "campaign": [
            (FACTS[name].label if name in FACTS else name, submission.context[name])
            for name in CAMPAIGN
            if name in submission.context
        ],
    }
    return render(request, "touchpoints/lead_forms/submission_detail.html", context)


@requires(Right.FORMS_VIEW)
def submission_export(request: OrgRequest, pk: int) -> StreamingHttpResponse:
    """Download what was sent as CSV: a column for each question any version asked."""
    form = queries.get_form(request.organisation, pk)
    status, search = request.GET.get("status", ""), request.GET.get("q", "").replace("\x00", "")
    found = queries.list_submissions(form, status=status, search=search).order_by("-id")
    response = StreamingHttpResponse(_csv(form, found), content_type="text/csv; charset=utf-8")
    name = file_name(request.organisation, "csv", form.code)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@requires(Right.FORMS_EDIT)
def submission_accept(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take in what was held for spam, or what failed."""
    submission = handling.accept_submission(request.organisation, submission_id=pk, by=request.user)
    messages.success(
        request,
        _("It counts once more: score, stage and scenarios follow in a moment.")
        if submission.contact_id
        else _("It is being taken in."),
    )
    return redirect(org_reverse(request.organisation, "lead_forms:submission_detail", pk))


@require_POST
@requires(Right.FORMS_EDIT)
def submission_refuse(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Set aside what is spam."""
    submission = handling.set_aside(request.organisation, submission_id=pk, by=request.user)
    undo = org_reverse(request.organisation, "lead_forms:submission_accept", pk)
    words = (
        _("It is set aside as spam and counts for nothing. The contact stays: erase it if nobody is behind it.")
        if submission.contact_id
        else _("It is set aside as spam.")
    )
    messages.success(request, words, extra_tags=undo)
    return redirect(org_reverse(request.organisation, "lead_forms:submission_detail", pk))


def _goes_at(submission: Submission) -> datetime | None:
    """Return when what could not be taken in is deleted; None for all else."""
    if submission.status != SubmissionStatus.FAILED or submission.contact_id is not None:
        return None
    return goes_at(get_retention(submission.organisation), submission.received_at)


def _csv(form: LeadForm, found: Any) -> Iterator[str]:
    columns: dict[str, str] = {}
    for version in FormVersion.objects.filter(form=form).order_by("-number"):
        for one in read_document(version.document).elements:
            if one.kind != ElementKind.TEXT:
                columns.setdefault(one.key, one.label or one.text[:80] or one.key)
    head = [
        _("Received"),
        _("State"),
        _("Contact"),
        *columns.values(),
        _("Page"),
        _("Landing page"),
        _("Variant"),
        *CAMPAIGN,
    ]
    yield csv_text([list(map(harmless, head))], begins=True)
    last: int | None = None
    while True:
        rows: list[Submission] = list((found.filter(pk__lt=last) if last else found)[:_CHUNK])
        if not rows:
            return
        yield csv_text([_cells(one, list(columns)) for one in rows])
        last = rows[-1].pk


def _cells(one: Submission, keys: list[str]) -> list[str]:
    context = one.context
    cells = [
        localtime(one.received_at).isoformat(timespec="seconds"),
        str(one.get_status_display()),
        str(one.contact_id or ""),
        *(say(one.answers.get(key)) for key in keys),
        str(context.get("page", "")),
        *(str(context.get(name, "")) for name in (*ORIGIN, *CAMPAIGN)),
    ]
    return list(map(harmless, cells))
