"""The page of e-mail domains: what the addresses of people without a company say of where they work."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrichment.domains import jobs
from enrichment.domains.kinds import DomainKind
from enrichment.domains.linking import UnlinkedDomain, list_unlinked
from enrichment.providers.registry import has_websites
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.work.models import Job
from prm.work.remembering import remembered

# Domains shown; the job takes all of them.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Figures:
    """People without a company, by whose domain they write from; `shown`: the companies' of most people."""

    people: int
    domains: int
    free: int
    disposable: int
    shown: Sequence[UnlinkedDomain]


@requires(Right.ENRICHMENT_VIEW)
def domain_list(request: OrgRequest) -> HttpResponse:
    """Show whose domains people without a company write from."""
    job = Job.objects.filter(kind__in=(jobs.KIND, jobs.UNDO)).order_by("-created_at").first()
    # What a job changed is counted anew.
    name = f"enrichment.domains-{job.pk}-{job.status}" if job else "enrichment.domains"
    figures = remembered(request.organisation, name, lambda: _count(request.organisation))
    context = {
        "figures": figures.value,
        "counted_at": figures.at if figures.is_old else None,
        "more": figures.value.domains - len(figures.value.shown),
        "job": job,
        "can_undo": jobs.can_be_undone(job),
        "has_websites": has_websites(),
    }
    return render(request, "enrichment/domain_list.html", context)


@require_POST
@requires(Right.ENRICHMENT_MANAGE)
def domain_link(request: OrgRequest) -> HttpResponseBase:
    """Begin to give all of them the company of their domain."""
    jobs.request_linking(request.organisation, by=request.user)
    messages.success(request, _("The work has begun. You can leave this page."))
    return redirect(org_reverse(request.organisation, "enrichment:domain_list"))


@require_POST
@requires(Right.ENRICHMENT_RUN)
def contact_link(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give one contact the company of its domain."""
    lookup = jobs.link_contact(request.organisation, contact_id=pk, by=request.user)
    undo = org_reverse(request.organisation, "enrichment:contact_unlink", pk)
    if lookup is None:
        messages.success(request, _("The contact is at a company of the base now."), extra_tags=undo)
    else:
        asked = _("The company is known by its domain; its website is asked who publishes it.")
        text = asked if has_websites() else _("The company is known by its domain alone for now.")
        messages.success(request, text, extra_tags=undo)
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))


@require_POST
@requires(Right.ENRICHMENT_RUN)
def contact_unlink(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take one contact out of the company its domain gave it."""
    jobs.unlink_contact(request.organisation, contact_id=pk, by=request.user)
    messages.success(request, _("The contact has no company again."))
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))


@require_POST
@requires(Right.ENRICHMENT_MANAGE)
def domain_unlink(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Begin to take everybody out of the company a job gave them."""
    jobs.request_unlinking(request.organisation, job_id=pk, by=request.user)
    messages.success(request, _("It is being undone: whoever was given another company since keeps it."))
    return redirect(org_reverse(request.organisation, "enrichment:domain_list"))


def _count(organisation: Organisation) -> Figures:
    unlinked = list_unlinked(organisation)
    of_companies = [one for one in unlinked if one.kind == DomainKind.COMPANY]
    return Figures(
        people=sum(one.people for one in of_companies),
        domains=len(of_companies),
        free=sum(one.people for one in unlinked if one.kind == DomainKind.FREE),
        disposable=sum(one.people for one in unlinked if one.kind == DomainKind.DISPOSABLE),
        shown=tuple(of_companies[:MOST_SHOWN]),
    )
