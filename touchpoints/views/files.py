"""The inventory as a file: download it, and read one with a look at what it would change."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.exporting import csv_text, file_name
from contacts.importing.reasons import FileRefusedError
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.work.errors import Conflict, Invalid
from touchpoints import files
from touchpoints.files import Fate, Line, Reading

# What was read and shown waits in the form itself, signed; for so long.
_SALT = "touchpoints.files"
_WAITS_SECONDS = 3600


class FileForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX with a column “Name”; the others are those of the export."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is longer than an inventory can be."""
        file = self.cleaned_data["file"]
        if file.size > files.LARGEST_BYTES:
            raise forms.ValidationError(
                _("This file has more than %(n)s rows: an inventory is shorter.") % {"n": files.MOST_ROWS}
            )
        return file


@requires(Right.TOUCHPOINTS_VIEW)
def inventory_export(request: OrgRequest) -> HttpResponse:
    """Download the inventory as CSV."""
    text = csv_text(files.rows_of(request.organisation), begins=True)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = file_name(request.organisation, "csv", "touchpoints")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@requires(Right.TOUCHPOINTS_EDIT)
def inventory_import(request: OrgRequest) -> HttpResponseBase:
    """Read a file and show what would become of its rows; then, confirmed, write it."""
    if request.method == "POST" and "lines" in request.POST:
        return _apply(request)
    form = FileForm(request.POST or None, request.FILES or None)
    reading: Reading | None = None
    if request.method == "POST" and form.is_valid():
        try:
            reading = files.read_file(request.organisation, form.cleaned_data["file"])
        except FileRefusedError as error:
            form.add_error("file", error.message)
        except Invalid as error:
            form.add_error("file", str(error))
    return _page(request, form, reading)


def _apply(request: OrgRequest) -> HttpResponseBase:
    try:
        stored = signing.loads(request.POST["lines"], salt=_salt(request), max_age=_WAITS_SECONDS)
        lines = [Line(**{**one, "fate": Fate(one["fate"])}) for one in stored]
        new, changed = files.apply(request.organisation, lines, by=request.user)
    except signing.BadSignature:
        messages.error(request, _("Too long ago to be written unseen: read the file again."))
        return redirect(org_reverse(request.organisation, "touchpoints:inventory_import"))
    except Conflict as error:
        messages.error(request, str(error))
        return redirect(org_reverse(request.organisation, "touchpoints:inventory_import"))
    messages.success(request, _("The file is in: %(new)s new, %(changed)s changed.") % {"new": new, "changed": changed})
    return redirect(org_reverse(request.organisation, "touchpoints:touchpoint_list"))


def _page(request: OrgRequest, form: FileForm, reading: Reading | None) -> HttpResponse:
    written = [*reading.of(Fate.NEW), *reading.of(Fate.CHANGED)] if reading else []
    context = {
        "form": form,
        "reading": reading,
        "new": reading.of(Fate.NEW) if reading else [],
        "changed": reading.of(Fate.CHANGED) if reading else [],
        "same": reading.of(Fate.SAME) if reading else [],
        "refused": reading.of(Fate.REFUSED) if reading else [],
        "lines": signing.dumps([asdict(line) for line in written], salt=_salt(request), compress=True),
        "written": len(written),
        "columns": list(files.COLUMNS.values()),
    }
    status = 422 if form.errors else 200
    return render(request, "touchpoints/inventory_import.html", context, status=status)


def _salt(request: OrgRequest) -> str:
    """What one member was shown is written by that member, in that organisation."""
    return f"{_SALT}:{request.organisation.pk}:{request.user.pk}"
