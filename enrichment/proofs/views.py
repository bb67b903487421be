"""Pages of proposals and of the history of a company's values."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from contacts.company_queries import get_company as get_shown_company
from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import show_values
from contacts.queries import Counted
from enrichment.proofs import queries
from enrichment.proofs.accepting import accept_proposal, decline_proposal
from enrichment.proofs.describing import source_words
from enrichment.proofs.forms import ProposalFilterForm
from enrichment.proofs.jobs import ACCEPT, UNDO, start_accepting, start_undoing
from enrichment.proofs.models import Proposal, ProposalStatus
from enrichment.proofs.policy import GROUPS
from enrichment.proofs.undoing import undo_revision
from enrichment.proofs.wording import entry_of, offer_of, undone_words
from enrichment.wording import field_label
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.web.tabs import Tab
from prm.work.errors import Invalid


@requires(Right.ENRICHMENT_VIEW)
def proposal_list(request: OrgRequest) -> HttpResponse:
    """Show what sources say instead of what is held, the newest first."""
    form = ProposalFilterForm(request.GET)
    form.is_valid()
    status = form.cleaned_data.get("status") or ProposalStatus.OPEN
    field, source = form.cleaned_data.get("field", ""), form.cleaned_data.get("source", "")
    found = queries.list_proposals(request.organisation, status=status, field=field, source=source)
    page = paginate_request(found, request, ["-pk"])
    context: dict[str, Any] = {
        "page": page,
        "offers": [offer_of(one) for one in page.items],
        "status": status,
        "field": field,
        "source": source,
        "is_filtered": bool(field or source),
        "matching": (
            queries.count_proposals(request.organisation, field=field, source=source)
            if status == ProposalStatus.OPEN
            else Counted(0)
        ),
    }
    template = "enrichment/proofs/proposal_list.html"
    if request.htmx.target == "rows":
        return render(request, f"{template}#rows", context)
    job = queries.find_last_job(request.organisation, ACCEPT, UNDO)
    is_part = context["is_filtered"] or status != ProposalStatus.OPEN
    context |= {
        "number": queries.count_proposals(request.organisation) if is_part else context["matching"],
        "fields": [(group[0], field_label(group[0])) for group in GROUPS],
        "sources": [(one, source_words({"source": one})) for one in queries.list_sources(request.organisation)],
        "tabs": _tabs(request, status),
        "job": job,
        "can_undo": bool(job and job.kind == ACCEPT and job.is_over and job.result.get("accepted")),
    }
    return render(request, template, context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def proposal_accept(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Write what a source says; htmx gets the company's facts anew."""
    proposal = accept_proposal(request.organisation, proposal_id=pk, by=request.user)
    text = _("%(field)s of %(company)s: accepted.")
    messages.success(request, text % {"field": field_label(proposal.field), "company": proposal.company})
    return _settled(request, proposal)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def proposal_decline(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let what is held stand."""
    proposal = decline_proposal(request.organisation, proposal_id=pk, by=request.user)
    text = _("%(field)s of %(company)s stays; this is not proposed again unless the source says something else.")
    messages.info(request, text % {"field": field_label(proposal.field), "company": proposal.company})
    return _settled(request, proposal)


@require_POST
@requires(Right.ENRICHMENT_MANAGE)
def proposals_accept(request: OrgRequest) -> HttpResponseBase:
    """Accept those ticked, or all of the filter, as a job."""
    form = ProposalFilterForm(request.POST)
    if not form.is_valid():
        # Taken for no filter, it would mean all of them.
        raise Invalid(_("There is no such field or source to accept."))
    ids = tuple(filter(None, map(read_id, request.POST.getlist("ids"))))
    if request.POST.get("all") == "1":
        ids = ()
    elif not ids:
        raise Invalid(_("Tick the proposals to accept first."))
    field, source = form.cleaned_data.get("field", ""), form.cleaned_data.get("source", "")
    start_accepting(request.organisation, ids=ids, field=field, source=source, by=request.user)
    messages.success(request, _("The proposals are being accepted. You can leave this page, and undo it afterwards."))
    return redirect(org_reverse(request.organisation, "proofs:proposal_list"))


@require_POST
@requires(Right.ENRICHMENT_MANAGE)
def proposals_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take accepting many back, as a job."""
    start_undoing(request.organisation, job_id=pk, by=request.user)
    messages.success(request, _("The values are being put back; what was changed since stays."))
    return redirect(org_reverse(request.organisation, "proofs:proposal_list"))


@requires(Right.ENRICHMENT_VIEW)
def revision_list(request: OrgRequest, pk: int) -> HttpResponse:
    """Show all that enrichments did to a company."""
    company = queries.get_company(request.organisation, pk)
    page = paginate_request(queries.list_revisions(company), request, ["-at", "-pk"], size=25)
    context = {"company": company, "page": page, "entries": [entry_of(one, company) for one in page.items]}
    return render(request, "enrichment/proofs/revision_list.html", context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
def revision_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put back what an enrichment wrote and still stands."""
    undone = undo_revision(request.organisation, revision_id=pk, by=request.user)
    messages.success(request, undone_words(undone))
    return redirect(_back(request, org_reverse(request.organisation, "proofs:revision_list", undone.company.pk)))


def _settled(request: OrgRequest, proposal: Proposal) -> HttpResponseBase:
    if request.htmx and request.htmx.target == "company-facts":
        company = get_shown_company(request.organisation, proposal.company_id)
        own = show_values(list_fields(request.organisation, Subject.COMPANY), company)
        context = {"company": company, "company_own": own, "settled": proposal}
        return render(request, "enrichment/proofs/_settled.html", context)
    if request.htmx:
        return HttpResponse("")
    return redirect(_back(request, org_reverse(request.organisation, "proofs:proposal_list")))


def _tabs(request: OrgRequest, status: str) -> list[Tab]:
    path = org_reverse(request.organisation, "proofs:proposal_list")
    words = {
        ProposalStatus.OPEN: pgettext("proposals", "Waiting"),
        ProposalStatus.ACCEPTED: pgettext("proposals", "Accepted"),
        ProposalStatus.DECLINED: pgettext("proposals", "Declined"),
    }
    return [
        Tab(word, path if one == ProposalStatus.OPEN else f"{path}?status={one.value}", is_current=status == one)
        for one, word in words.items()
    ]


def _back(request: HttpRequest, otherwise: str) -> str:
    """Return the page the person came from, when it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target.startswith("/") and is_ours else otherwise
