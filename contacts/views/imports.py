"""Pages of imports: upload, mapping, dry run, progress, report."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from contacts.import_forms import MappingForm, ReadingForm, UploadForm
from contacts.importing import queries, remembering, services, undoing
from contacts.importing.own import own_targets
from contacts.importing.reporting import rejects_sheet, stream_rejects
from contacts.models import Import
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.work.errors import Invalid
from prm.work.models import JobStatus

STEPS = (gettext_lazy("File"), gettext_lazy("Columns"), gettext_lazy("Dry run"), pgettext_lazy("step", "Import"))


@requires(Right.CONTACTS_IMPORT)
def import_list(request: OrgRequest) -> HttpResponse:
    """List the files that were brought in, and what came of each."""
    page = paginate_request(queries.list_imports(request.organisation), request, ["-created_at", "-pk"])
    rows = [(one, queries.status_of(one)) for one in page.items]
    context = {"page": page, "rows": rows, "status_words": queries.STATUS_WORDS}
    return render(request, "contacts/import_list.html", context)


@requires(Right.CONTACTS_IMPORT)
def import_create(request: OrgRequest) -> HttpResponseBase:
    """Take a file in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            source_import = services.create_import(
                request.organisation, filename=file.name or "", pieces=file.chunks(), by=request.user
            )
        except Invalid as refusal:
            form.add_error("file", str(refusal.fields.get("file", refusal.message)))
        else:
            if (kept := remembering.find_mapping(request.organisation, source_import.columns)) is not None:
                remembering.apply_mapping(source_import, kept)
            return redirect(_page(request, "import_mapping", source_import))
    context = {"form": form, "steps": STEPS}
    return render(request, "contacts/import_create.html", context, status=422 if form.errors else 200)


@requires(Right.CONTACTS_IMPORT)
def import_mapping(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what each column is, with what was guessed; then the dry run begins."""
    source_import = queries.get_import(request.organisation, pk)
    if queries.status_of(source_import) != queries.DRAFT:
        return redirect(_page(request, "import_detail", source_import))
    own = own_targets(request.organisation)
    guesses = services.guess_import(source_import, own)
    kept_mappings = remembering.list_mappings(request.organisation)
    same = remembering.columns_key(source_import.columns)
    proposed = next((one for one in kept_mappings if one.columns_key == same), None)
    name = proposed.name if proposed else ""
    form = MappingForm(request.POST or None, source_import=source_import, guesses=guesses, own=own, mapping_name=name)
    if request.method == "POST" and form.is_valid():
        try:
            _map_and_try(request, pk, form)
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            return redirect(_page(request, "import_check", source_import))
    context = {
        "source_import": source_import,
        "form": form,
        "reading_form": ReadingForm(source_import=source_import),
        "proposed": proposed,
        "kept_mappings": kept_mappings,
        "steps": STEPS,
        **_count_guesses(form),
    }
    return render(request, "contacts/import_mapping.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_read_again(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Read the file in another encoding or with another separator."""
    source_import = queries.get_import(request.organisation, pk)
    form = ReadingForm(request.POST, source_import=source_import)
    if not form.is_valid():
        raise Invalid(_("Choose what the lists offer."))
    services.read_again(request.organisation, import_id=pk, **form.cleaned_data)
    return redirect(_page(request, "import_mapping", source_import))


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_apply_mapping(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a kept mapping over the guesses, or go back to the guesses."""
    source_import = services.get_draft(pk)
    chosen = read_id(request.POST.get("kept", ""))
    if chosen is None:
        services.read_again(
            request.organisation,
            import_id=pk,
            encoding=source_import.encoding,
            delimiter=source_import.delimiter,
            sheet=source_import.sheet,
        )
        messages.info(request, _("The columns are guessed anew."))
    else:
        kept = remembering.get_mapping(request.organisation, chosen)
        found = len(remembering.apply_mapping(source_import, kept))
        text = ngettext(
            "“%(name)s” knows %(n)s column of this file.", "“%(name)s” knows %(n)s columns of this file.", found
        )
        messages.success(request, text % {"name": kept.name, "n": found})
    return redirect(_page(request, "import_mapping", source_import))


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_forget_mapping(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Forget a kept mapping."""
    source_import = services.get_draft(pk)
    chosen = read_id(request.POST.get("kept", ""))
    if chosen is None:
        raise Invalid(_("Choose a mapping first."))
    remembering.forget_mapping(request.organisation, mapping_id=chosen, by=request.user)
    messages.success(request, _("The mapping is forgotten; imports made with it stay as they are."))
    return redirect(_page(request, "import_mapping", source_import))


@requires(Right.CONTACTS_IMPORT)
def import_check(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show what the import would do, before anything is done."""
    source_import = queries.get_import(request.organisation, pk)
    if queries.status_of(source_import) != queries.DRAFT:
        return redirect(_page(request, "import_detail", source_import))
    trial = source_import.trial
    if not trial:
        return redirect(_page(request, "import_mapping", source_import))
    is_over = "rows" in trial
    context = {
        "source_import": source_import,
        "trial": trial,
        "ready": trial["rows"] - trial["rejected"] if is_over else 0,
        "job": None if is_over else queries.find_trial_job(source_import),
        "rejects": queries.first_rejects(source_import) if is_over else [],
        "is_over": is_over,
        "steps": STEPS,
    }
    return render(request, "contacts/import_check.html", context)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_start(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Hand the import to a worker."""
    source_import = services.start_import(request.organisation, import_id=pk, by=request.user)
    return redirect(_page(request, "import_detail", source_import))


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_discard(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Forget a file that was not imported."""
    services.discard_import(request.organisation, import_id=pk, by=request.user)
    return redirect(org_reverse(request.organisation, "contacts:import_list"))


@requires(Right.CONTACTS_IMPORT)
def import_detail(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show how far an import is, then what came of it."""
    source_import = queries.get_import(request.organisation, pk)
    status = queries.status_of(source_import)
    if status == queries.DRAFT:
        name = "import_check" if source_import.trial else "import_mapping"
        return redirect(_page(request, name, source_import))
    context = {
        "source_import": source_import,
        "status": status,
        "status_word": queries.STATUS_WORDS[status],
        "job": source_import.job,
        # Those of the dry run are gone, or about to be.
        "rejects": queries.first_rejects(source_import) if source_import.rejected else [],
        "can_undo": undoing.can_be_undone(source_import),
        "undo_until": source_import.merged_at + undoing.KEPT_FOR if source_import.merged_at else None,
        "undone": queries.undone_of(source_import),
        "key_words": queries.key_words(source_import.key_field),
        "steps": STEPS,
        "panels": panels.render("import", request, source_import) if status == JobStatus.DONE else [],
    }
    return render(request, "contacts/import_detail.html", context)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def import_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Have a worker undo a whole import."""
    source_import = undoing.start_undo(request.organisation, import_id=pk, by=request.user)
    return redirect(_page(request, "import_detail", source_import))


@requires(Right.CONTACTS_IMPORT)
def import_kept(request: OrgRequest, pk: int) -> HttpResponse:
    """List what undoing an import left, and why."""
    source_import = queries.get_import(request.organisation, pk)
    page = paginate_request(undoing.list_kept(source_import), request, ["pk"])
    rows = [(one, undoing.KEPT_REASONS.get(one.kept, one.kept)) for one in page.items]
    context = {"source_import": source_import, "page": page, "rows": rows}
    return render(request, "contacts/import_kept.html", context)


@requires(Right.CONTACTS_IMPORT)
def import_rejects(request: OrgRequest, pk: int, file_format: str = "csv") -> HttpResponseBase:
    """Give the rows that were set aside, with the reasons."""
    source_import = queries.get_import(request.organisation, pk)
    if file_format == "xlsx":
        return rejects_sheet(source_import)
    return stream_rejects(request.organisation, source_import)


def _map_and_try(request: OrgRequest, pk: int, form: MappingForm) -> None:
    data = form.cleaned_data
    services.map_import(
        request.organisation,
        import_id=pk,
        mapping=form.mapping,
        key_field=data["key_field"],
        source=data["source"],
        lawful_basis=data["lawful_basis"],
        mode=data["mode"],
    )
    source_import = queries.get_import(request.organisation, pk)
    remembering.remember_mapping(request.organisation, source_import, name=data["mapping_name"])
    services.try_import(request.organisation, import_id=pk, by=request.user)


def _count_guesses(form: MappingForm) -> dict[str, Any]:
    found = [guess.confidence for _column, guess in form.columns]
    return {
        "recognised": sum(confidence != "kept" for confidence in found),
        "doubtful": found.count("check"),
        "kept": found.count("kept"),
    }


def _page(request: OrgRequest, name: str, source_import: Import) -> str:
    return org_reverse(request.organisation, f"contacts:{name}", source_import.pk)
