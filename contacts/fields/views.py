"""Pages where the organisation says what it keeps of people and companies beyond the usual."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.fields import queries, services, weighing
from contacts.fields.forms import FieldForm
from contacts.fields.models import CustomField, Subject
from contacts.qualification import MOST_WEIGHT, weighing_of
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.charts.histogram import Bin, Histogram
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Invalid


@requires(Right.FIELDS_EDIT)
def field_list(request: OrgRequest) -> HttpResponse:
    """List the fields of one subject in their order; `uses` counts the records that have a value, in a second step."""
    subject = _subject(request)
    fields = list(queries.list_fields(request.organisation, with_archived=True))
    shown = queries.of_subject(fields, subject)
    uses = queries.count_uses(request.organisation, subject) if request.GET.get("uses") and shown else None
    template = "contacts/fields/field_list.html"
    context = {
        "subject": subject,
        "tabs": subject_tabs(request, fields, subject),
        "fields": _rows([field for field in shown if field.archived_at is None], uses),
        "archived": _rows([field for field in shown if field.archived_at is not None], uses),
        "most": services.MOST_FIELDS,
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.FIELDS_EDIT)
def field_create(request: OrgRequest) -> HttpResponseBase:
    """Define a field."""
    subject = _subject(request)
    form = FieldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        field = save(
            form,
            lambda: services.create_field(
                request.organisation,
                subject=subject,
                key=form.cleaned_data["key"],
                given=form.given,
                by=request.user,
            ),
        )
        if field:
            text = _("“%(label)s” can be filled in from now on.") % {"label": field.label}
            messages.success(request, text)
            return redirect(_list_url(request, subject))
    return _form_page(request, form, subject, None)


@requires(Right.FIELDS_EDIT)
def field_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a field: label, help and choices; its type while nothing has a value."""
    field = queries.get_field(request.organisation, pk)
    form = FieldForm(request.POST if request.method == "POST" else None, field=field)
    if request.method == "POST":
        changed = save(
            form,
            lambda: services.update_field(request.organisation, field_id=pk, given=form.given, by=request.user),
        )
        if changed:
            messages.success(request, _("The field is kept."))
            return redirect(_list_url(request, Subject(field.subject)))
    return _form_page(request, form, Subject(field.subject), field)


@require_POST
@requires(Right.FIELDS_EDIT)
def field_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a field away; its values stay."""
    field = services.archive_field(request.organisation, field_id=pk, by=request.user)
    text = _("“%(label)s” is archived. Its values are kept: restore it to see them again.") % {"label": field.label}
    messages.success(request, text)
    return redirect(_list_url(request, Subject(field.subject)))


@require_POST
@requires(Right.FIELDS_EDIT)
def field_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a field back, with its values."""
    field = services.restore_field(request.organisation, field_id=pk, by=request.user)
    messages.success(request, _("“%(label)s” is back, with its values.") % {"label": field.label})
    return redirect(_list_url(request, Subject(field.subject)))


@require_POST
@requires(Right.FIELDS_EDIT)
def field_move(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Move a field one place up or down."""
    field = queries.get_field(request.organisation, pk)
    services.move_field(request.organisation, field_id=pk, up=request.POST.get("way") == "up", by=request.user)
    return redirect(_list_url(request, Subject(field.subject)))


@requires(Right.CONTACTS_VIEW)
def qualification(request: OrgRequest) -> HttpResponse:
    """Show what is worth knowing and what it weighs; `report` counts how well everybody is known, in a second step."""
    report = _report(weighing.measure(request.organisation)) if request.GET.get("report") else {}
    if request.htmx:
        return render(request, "contacts/fields/qualification.html#report", report)
    return _weights_page(request, {}, {}, report)


@require_POST
@requires(Right.FIELDS_EDIT)
def weights_edit(request: OrgRequest) -> HttpResponseBase:
    """Keep the weights; a worker then works everybody out anew."""
    given = {name.removeprefix("weight-"): request.POST[name] for name in request.POST if name.startswith("weight-")}
    weights = {code: _read_weight(text) for code, text in given.items()}
    try:
        job = weighing.set_weights(request.organisation, weights=weights, by=request.user)
    except Invalid as refusal:
        errors = {name: str(text) for name, text in refusal.fields.items()} or {"": str(refusal.message)}
        return _weights_page(request, given, errors)
    text = _("The weights are kept; everybody is being worked out anew.") if job else _("Nothing was changed.")
    messages.success(request, text)
    return redirect(org_reverse(request.organisation, "fields:qualification"))


def _read_weight(text: str) -> int:
    """Return what was typed; what is no number is no weight, and refused with the others."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def _weights_page(
    request: OrgRequest, given: dict[str, str], errors: dict[str, str], report: dict[str, Any] | None = None
) -> HttpResponse:
    rows = [
        {**row, "typed": given.get(str(row["code"]), row["weight"]), "error": errors.get(str(row["code"]), "")}
        for row in weighing.shares_of(weighing_of(request.organisation))
    ]
    context = {
        **(report or {}),
        "rows": rows,
        "problem": errors.get("", ""),
        "most": MOST_WEIGHT,
        "job": weighing.find_recompute(request.organisation),
        "tabs": subject_tabs(request, list(queries.list_fields(request.organisation)), None),
    }
    return render(request, "contacts/fields/qualification.html", context, status=422 if errors else 200)


def _report(report: weighing.Report) -> dict[str, Any]:
    bins = tuple(Bin(10 * band, number, "f-accent") for band, number in enumerate(report.bands))
    chart = Histogram("degrees", _("Degree of qualification"), bins, unit="%")
    things = [
        {"label": one.label, "number": one.number, "percent": 100 * one.number / report.total if report.total else 0}
        for one in sorted(report.things, key=lambda one: -one.number)
    ]
    return {"report": report, "chart": chart, "things": things}


def subject_tabs(request: OrgRequest, fields: Sequence[CustomField], current: Subject | None) -> list[Tab]:
    """Return a tab for each subject, with how many fields are in use, and one for what they weigh (current: None)."""
    address = org_reverse(request.organisation, "fields:qualification")
    weights = Tab(_("Degree of qualification"), address, is_current=current is None)
    if not may(request.membership.role, Right.FIELDS_EDIT):
        return [weights]
    subjects = [
        Tab(
            subject.label,
            _list_url(request, subject),
            is_current=subject == current,
            count=sum(field.archived_at is None for field in queries.of_subject(fields, subject)),
        )
        for subject in Subject
    ]
    return [*subjects, weights]


def _rows(fields: Sequence[CustomField], uses: dict[str, int] | None) -> list[dict[str, Any]]:
    return [
        {
            "field": field,
            "uses": None if uses is None else uses.get(field.key, 0),
            "offered": [option.label for option in field.options if option.is_offered],
        }
        for field in fields
    ]


def _form_page(request: OrgRequest, form: FieldForm, subject: Subject, field: CustomField | None) -> HttpResponse:
    context = {"form": form, "subject": subject, "field": field, "back": _list_url(request, subject)}
    return render(request, "contacts/fields/field_form.html", context, status=422 if form.errors else 200)


def _subject(request: OrgRequest) -> Subject:
    asked = request.GET.get("subject", "")
    return Subject(asked) if asked in Subject.values else Subject.CONTACT


def _list_url(request: OrgRequest, subject: Subject) -> str:
    return f"{org_reverse(request.organisation, 'fields:field_list')}?subject={subject}"
