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
    job = Job.objects.filter(kind=jobs.KIND).order_by("-created_at").first()
    # What a job changed is counted anew.
    name = f"enrichment.domains-{job.pk}-{job.status}" if job else "enrichment.domains"
    figures = remembered(request.organisation, name, lambda: _count(request.organisation))
    context = {
        "figures": figures.value,
        "counted_at": figures.at if figures.is_old else None,
        "more": figures.value.domains - len(figures.value.shown),
        "job": job,
        "has_websites": has_websites(),
    }
    return render(request, "enrichment/domain_list.html", context)


@require_POST
@requires(Right.ENRICHMENT_RUN)
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
    if lookup is None:
        messages.success(request, _("The contact is at a company of the base now."))
    else:
        messages.success(request, _("The company is known by its domain; its website is asked who publishes it."))
    return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))


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
