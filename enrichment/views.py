"""Pages of enrichment."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import capfirst
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrichment import estimating, queries, services, wording
from enrichment.answering import UNDONE
from enrichment.directory.searching import recent_load
from enrichment.forms import BulkForm, CandidateForm, FilterForm
from enrichment.models import Lookup, LookupStatus
from enrichment.panels import company_panel
from enrichment.partners.models import PARTNER_FILE
from enrichment.partners.views import line_detail
from enrichment.proofs.wording import undone_words
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import PROVIDERS
from enrichment.sources.cards import get_allowance, list_cards
from enrichment.sources.registry import REGISTERS
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.web.tabs import Tab
from prm.work.errors import Invalid

SHOWN = (
    LookupStatus.AMBIGUOUS,
    LookupStatus.UNAVAILABLE,
    LookupStatus.NOT_FOUND,
    LookupStatus.FOUND,
    LookupStatus.WAITING,
)


@requires(Right.ENRICHMENT_VIEW)
def lookup_list(request: OrgRequest) -> HttpResponse:
    """Show how much is known, how the source is, and what was asked, newest first."""
    form = FilterForm(request.GET)
    form.is_valid()
    status, job_id = form.cleaned_data.get("status", ""), form.cleaned_data.get("job")
    page = paginate_request(queries.list_lookups(request.organisation, status=status, job_id=job_id), request, ["-pk"])
    context: dict[str, Any] = {"page": page, "rows": [_row(lookup) for lookup in page.items], "status": status}
    if request.htmx.target == "rows":
        return render(request, "enrichment/lookup_list.html#rows", context)
    job = queries.find_last_job(request.organisation)
    counts, figures = queries.count_lookups(request.organisation), queries.get_figures(request.organisation)
    # What others asked in these seconds may be missing: the page stays within its queries.
    cards = list_cards(request.organisation, kept_seconds=15)
    context |= {
        "is_filtered": bool(status or job_id),
        "tabs": _tabs(request, status, counts),
        "doubtful": counts[LookupStatus.AMBIGUOUS.value],
        "counted_at": figures.at if figures.is_old else None,
        "coverage": figures.value.coverage,
        "choices": figures.value.choices,
        "registers": [card for card in cards if card.source.group == REGISTERS and card.chosen.is_asked],
        "allowance": get_allowance(),
        "load": recent_load(),
        "job": job,
        "counted": wording.counts_words(job) if job else "",
        "proposals": counts["proposals"],
    }
    return render(request, "enrichment/lookup_list.html", context)


@requires(Right.ENRICHMENT_VIEW)
def lookup_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one lookup: what it changed, or the companies to choose between."""
    lookup = queries.get_lookup(request.organisation, pk)
    if lookup.provider == PARTNER_FILE:
        return line_detail(request, lookup)
    candidates = services.candidates_of(lookup)
    record, site = lookup.answer.get("record"), wording.site_of(lookup)
    context = {
        "lookup": lookup,
        "company": lookup.company,
        "question": wording.question_words(lookup),
        "source": PROVIDERS.get(lookup.provider),
        "detail": wording.detail_words(lookup),
        "changes": wording.changes_of(lookup),
        "kept": wording.kept_of(lookup, lookup.company),
        "facts": wording.facts_of(CompanyRecord.from_json(record)) if record else [],
        "candidates": [wording.candidate_of(lookup.company, one, site) for one in candidates],
        "automatic": wording.automatic_words(lookup),
        "can_undo": bool(services.undoable(lookup, lookup.company)),
        "can_retry": lookup.status in {LookupStatus.UNAVAILABLE, LookupStatus.NOT_FOUND},
        "is_undone": lookup.status == LookupStatus.FOUND and lookup.detail == UNDONE,
        "doubtful": queries.count_doubtful(request.organisation) if candidates else 0,
    }
    return render(request, "enrichment/lookup_detail.html", context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def lookup_choose(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Settle a doubtful name, then show the next one."""
    form = CandidateForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the companies."))
    lookup = services.choose_candidate(
        request.organisation, lookup_id=pk, siren=form.cleaned_data["siren"], by=request.user
    )
    undo = org_reverse(request.organisation, "enrichment:lookup_undo", lookup.pk)
    messages.success(request, _("%(company)s is settled.") % {"company": lookup.company}, extra_tags=undo)
    return _next_doubtful(request, lookup)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def lookup_dismiss(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say that it is none of the candidates, then show the next doubtful name."""
    lookup = services.dismiss_candidates(request.organisation, lookup_id=pk, by=request.user)
    messages.info(request, _("%(company)s stays as it is.") % {"company": lookup.company})
    return _next_doubtful(request, lookup)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def lookup_retry(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask again."""
    lookup = services.retry_lookup(request.organisation, lookup_id=pk, by=request.user)
    messages.success(request, _("%(company)s is being asked about again.") % {"company": lookup.company})
    return redirect(_back(request, org_reverse(request.organisation, "enrichment:lookup_detail", pk)))


@require_POST
@requires(Right.ENRICHMENT_RUN)
def lookup_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put back what a company said before."""
    undone = services.undo_lookup(request.organisation, lookup_id=pk, by=request.user)
    messages.success(request, undone_words(undone))
    return redirect(_back(request, org_reverse(request.organisation, "enrichment:lookup_detail", pk)))


@requires(Right.ENRICHMENT_MANAGE)
def bulk_estimate(request: OrgRequest) -> HttpResponseBase:
    """Say what enriching a selection will cost, before it begins."""
    if "which" not in request.GET:
        return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))
    form = BulkForm(request.GET)
    if not form.is_valid():
        raise Invalid(_("Choose which companies to enrich."))
    selection = form.selection
    context = {
        "form": form,
        "selection": selection,
        "estimate": estimating.estimate(request.organisation, selection),
        "without_company": estimating.count_people(request.organisation, selection),
        "load": recent_load(),
        "job": queries.find_running_job(request.organisation),
        "again_url": f"{request.path}?{_with(request.GET, again='' if form.cleaned_data['again'] else '1')}",
    }
    return render(request, "enrichment/bulk_estimate.html", context)


@require_POST
@requires(Right.ENRICHMENT_MANAGE)
def bulk_start(request: OrgRequest) -> HttpResponseBase:
    """Enrich many companies."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose which companies to enrich."))
    services.request_bulk(request.organisation, selection=form.selection, by=request.user)
    messages.success(request, _("The enrichment has begun. You can leave this page."))
    return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))


@require_POST
@requires(Right.ENRICHMENT_RUN)
def company_enrich(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask about one company; htmx gets its panel, which follows the answer."""
    company = queries.get_company(request.organisation, pk)
    services.request_lookup(request.organisation, company=company, by=request.user)
    if request.htmx:
        return _panel(request, pk)
    messages.success(request, _("%(company)s is being asked about.") % {"company": company})
    return redirect(_back(request, org_reverse(request.organisation, "enrichment:lookup_list")))


@requires(Right.ENRICHMENT_VIEW)
def company_panel_part(request: OrgRequest, pk: int) -> HttpResponse:
    """Return a company's panel while its answer is awaited; values it brought load with the page anew."""
    response = _panel(request, pk)
    lookup = queries.find_last_lookup(queries.get_company(request.organisation, pk))
    if lookup is not None and lookup.changes:
        response.headers["HX-Refresh"] = "true"
    return response


def _with(given: QueryDict, **values: str) -> str:
    query = given.copy()
    for name, value in values.items():
        query[name] = value
    return query.urlencode()


def _panel(request: OrgRequest, pk: int) -> HttpResponse:
    context = company_panel(request, queries.get_company(request.organisation, pk))
    return render(request, "enrichment/_company_panel.html", context)


def _row(lookup: Lookup) -> dict[str, Any]:
    return {
        "lookup": lookup,
        "question": wording.question_words(lookup),
        "detail": wording.detail_words(lookup),
        "filled": len(wording.changes_of(lookup)),
        "candidates": len(lookup.answer.get("candidates", ())),
    }


def _tabs(request: OrgRequest, status: str, counts: dict[str, int]) -> list[Tab]:
    path = org_reverse(request.organisation, "enrichment:lookup_list")
    tabs = [Tab(_("All"), path, is_current=not status)]
    for one in SHOWN:
        count = counts.get(one.value)
        if count != 0:
            url, is_current = f"{path}?status={one.value}", one.value == status
            tabs.append(Tab(capfirst(str(one.label)), url, is_current=is_current, count=count))
    return tabs


def _next_doubtful(request: OrgRequest, lookup: Lookup) -> HttpResponseBase:
    following = queries.find_next_doubtful(request.organisation, after=lookup)
    if following is None:
        return redirect(org_reverse(request.organisation, "enrichment:lookup_list"))
    return redirect(org_reverse(request.organisation, "enrichment:lookup_detail", following.pk))


def _back(request: HttpRequest, otherwise: str) -> str:
    """Return the page the person came from, when it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target.startswith("/") and is_ours else otherwise
