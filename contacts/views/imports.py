"""Pages of imports: upload, mapping, dry run, progress, report."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from contacts.import_forms import MappingForm, ReadingForm, UploadForm
from contacts.importing import queries, services
from contacts.importing.reporting import stream_rejects
from contacts.models import Import
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.work.errors import Invalid

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
            return redirect(_page(request, "import_mapping", source_import))
    context = {"form": form, "steps": STEPS}
    return render(request, "contacts/import_create.html", context, status=422 if form.errors else 200)


@requires(Right.CONTACTS_IMPORT)
def import_mapping(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what each column is, with what was guessed; then the dry run begins."""
    source_import = queries.get_import(request.organisation, pk)
    if queries.status_of(source_import) != queries.DRAFT:
        return redirect(_page(request, "import_detail", source_import))
    guesses = services.guess_import(source_import)
    form = MappingForm(request.POST or None, source_import=source_import, guesses=guesses)
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
        "rejects": queries.first_rejects(source_import),
        "steps": STEPS,
    }
    return render(request, "contacts/import_detail.html", context)


@requires(Right.CONTACTS_IMPORT)
def import_rejects(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Stream the rows that were set aside, with the reasons."""
    return stream_rejects(request.organisation, queries.get_import(request.organisation, pk))


def _map_and_try(request: OrgRequest, pk: int, form: MappingForm) -> None:
    data = form.cleaned_data
    services.map_import(
        request.organisation,
        import_id=pk,
        mapping=form.mapping,
        key_field=data["key_field"],
        source=data["source"],
        lawful_basis=data["lawful_basis"],
    )
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
