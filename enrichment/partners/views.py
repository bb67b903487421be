"""Pages of partner files: upload, columns and terms, dry run, progress, report, a doubtful line."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from contacts.import_forms import ReadingForm, UploadForm
from contacts.importing import queries as imports
from contacts.importing.reporting import rejects_sheet, stream_rejects
from contacts.importing.undoing import KEPT_FOR, can_be_undone
from enrichment import queries as enrichment_queries
from enrichment.models import Lookup, LookupStatus
from enrichment.partners import queries, services, undoing, wording
from enrichment.partners.forms import LineForm, TermsForm
from enrichment.partners.models import PartnerFile
from enrichment.partners.targets import own_fields
from enrichment.partners.writing import source_of_partner
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.work.errors import Invalid

STEPS = (gettext_lazy("File"), gettext_lazy("Columns"), gettext_lazy("Dry run"), pgettext_lazy("step", "Enrichment"))


@requires(Right.CONTACTS_IMPORT)
def file_list(request: OrgRequest) -> HttpResponse:
    """List the partner files, and what each brought."""
    page = paginate_request(queries.list_files(request.organisation), request, ["-pk"])
    rows = [(one, imports.status_of(one.source_import), queries.counts_of(one)) for one in page.items]
    context = {"page": page, "rows": rows, "status_words": imports.STATUS_WORDS}
    return render(request, "enrichment/partners/file_list.html", context)


@requires(Right.CONTACTS_IMPORT)
def file_create(request: OrgRequest) -> HttpResponseBase:
    """Take a file in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            partner_file = services.create_file(
                request.organisation, filename=file.name or "", pieces=file.chunks(), by=request.user
            )
        except Invalid as refusal:
            form.add_error("file", str(refusal.fields.get("file", refusal.message)))
        else:
            return redirect(_page(request, "file_mapping", partner_file.pk))
    context = {"form": form, "steps": STEPS}
    return render(request, "enrichment/partners/file_create.html", context, status=422 if form.errors else 200)


@requires(Right.CONTACTS_IMPORT)
def file_mapping(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what each column is and on what terms the data came; then the dry run begins."""
    partner_file = queries.get_file(request.organisation, pk)
    if imports.status_of(partner_file.source_import) != imports.DRAFT:
        return redirect(_page(request, "file_detail", pk))
    own = own_fields(request.organisation)
    guesses = services.guess_file(partner_file, own)
    form = TermsForm(request.POST or None, partner_file=partner_file, guesses=guesses, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            services.map_file(
                request.organisation,
                file_id=pk,
                mapping=form.mapping,
                terms=form.terms,
                may_define=Right.FIELDS_EDIT.value in rights_of(request),
                by=request.user,
            )
            services.start_trial(request.organisation, file_id=pk, by=request.user)
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            return redirect(_page(request, "file_check", pk))
    source_import = partner_file.source_import
    context = {
        "partner_file": partner_file,
        "source_import": source_import,
        "form": form,
        "reading_form": ReadingForm(source_import=source_import),
        "recognised": sum(guess.field != "" for guess in guesses),
        "earlier": services.find_earlier(partner_file),
        "steps": STEPS,
    }
    return render(request, "enrichment/partners/file_mapping.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def file_read_again(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Read the file in another encoding or with another separator."""
    partner_file = queries.get_file(request.organisation, pk)
    form = ReadingForm(request.POST, source_import=partner_file.source_import)
    if not form.is_valid():
        raise Invalid(_("Choose what the lists offer."))
    services.read_again(request.organisation, file_id=pk, **form.cleaned_data)
    return redirect(_page(request, "file_mapping", pk))


@requires(Right.CONTACTS_IMPORT)
def file_check(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show what the file would do, before anything is done."""
    partner_file = queries.get_file(request.organisation, pk)
    source_import = partner_file.source_import
    if imports.status_of(source_import) != imports.DRAFT:
        return redirect(_page(request, "file_detail", pk))
    trial = source_import.trial
    if not trial:
        return redirect(_page(request, "file_mapping", pk))
    is_over, counts = "rows" in trial, queries.trial_of(partner_file)
    context = {
        "partner_file": partner_file,
        "source_import": source_import,
        "counts": counts,
        "lines": trial.get("rows", 0),
        "keys": wording.keys_of(counts),
        "fates": wording.fates_of(counts),
        "job": None if is_over else imports.find_trial_job(source_import),
        "rejects": imports.first_rejects(source_import) if is_over else [],
        "rejected": queries.count_rejects(partner_file) if is_over else 0,
        "is_over": is_over,
        "steps": STEPS,
    }
    return render(request, "enrichment/partners/file_check.html", context)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def file_start(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Hand the file to a worker."""
    services.start_file(request.organisation, file_id=pk, by=request.user)
    return redirect(_page(request, "file_detail", pk))


@require_POST
@requires(Right.CONTACTS_IMPORT)
def file_discard(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Forget a file that was not used."""
    services.discard_file(request.organisation, file_id=pk, by=request.user)
    return redirect(org_reverse(request.organisation, "partners:file_list"))


@requires(Right.CONTACTS_IMPORT)
def file_detail(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show how far a file is, then what came of it."""
    partner_file = queries.get_file(request.organisation, pk)
    source_import = partner_file.source_import
    status = imports.status_of(source_import)
    if status == imports.DRAFT:
        return redirect(_page(request, "file_check" if source_import.trial else "file_mapping", pk))
    counts = queries.counts_of(partner_file)
    context = {
        "partner_file": partner_file,
        "source_import": source_import,
        "status": status,
        "status_word": imports.STATUS_WORDS[status],
        "job": source_import.job,
        "counts": counts,
        "keys": wording.keys_of(counts),
        "fates": wording.fates_of(counts),
        "waiting": queries.count_waiting(partner_file),
        "proposed": queries.count_proposed(partner_file),
        "partner_source": source_of_partner(source_import.source),
        "rejects": imports.first_rejects(source_import) if source_import.rejected else [],
        "can_undo": can_be_undone(source_import),
        "undo_until": source_import.merged_at + KEPT_FOR if source_import.merged_at else None,
        "undone": queries.undone_of(partner_file),
        "steps": STEPS,
    }
    return render(request, "enrichment/partners/file_detail.html", context)


@require_POST
@requires(Right.CONTACTS_IMPORT)
def file_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Have a worker undo a whole file."""
    undoing.start_undo(request.organisation, file_id=pk, by=request.user)
    return redirect(_page(request, "file_detail", pk))


@requires(Right.CONTACTS_IMPORT)
def file_rejects(request: OrgRequest, pk: int, file_format: str = "csv") -> HttpResponseBase:
    """Give the lines that were set aside, with the reasons."""
    partner_file: PartnerFile = queries.get_file(request.organisation, pk)
    if file_format == "xlsx":
        return rejects_sheet(partner_file.source_import)
    return stream_rejects(request.organisation, partner_file.source_import)


def line_detail(request: OrgRequest, lookup: Lookup) -> HttpResponse:
    """Show a doubtful line beside the companies it may speak of; the enrichment page's queue leads here."""
    is_open = lookup.status == LookupStatus.AMBIGUOUS
    context: dict[str, Any] = {
        "lookup": lookup,
        "partner_file": queries.find_partner_file(lookup),
        "line": lookup.answer.get("line"),
        "says": wording.facts_of_line(request.organisation, lookup.answer.get("row", {})),
        "candidates": wording.candidates_of(lookup) if is_open else [],
        "detail": wording.detail_of(lookup),
        "doubtful": enrichment_queries.count_doubtful(request.organisation) if is_open else 0,
    }
    return render(request, "enrichment/partners/line_detail.html", context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def line_choose(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Settle a doubtful line, then show what waits next."""
    form = LineForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the companies."))
    counts = services.settle_line(
        request.organisation, lookup_id=pk, company_id=form.cleaned_data["company"], by=request.user
    )
    messages.success(request, wording.written_words(counts))
    lookup = enrichment_queries.get_lookup(request.organisation, pk)
    following = enrichment_queries.find_next_doubtful(request.organisation, after=lookup)
    if following is None:
        return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))
    return redirect(org_reverse(request.organisation, "enrichment:lookup_detail", following.pk))


def _page(request: OrgRequest, name: str, pk: int) -> str:
    return org_reverse(request.organisation, f"partners:{name}", pk)
