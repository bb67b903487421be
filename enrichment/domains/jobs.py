"""People without a company: the job that gives all of them one by their domain, then asks who the new ones are."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from enrichment import services
from enrichment.bulk import Selection, Which
from enrichment.domains.kinds import DomainKind
from enrichment.domains.linking import CHUNK, Linked, link_people, list_unlinked
from enrichment.models import Lookup
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid, NotFound
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job

KIND = "link_domains"


def request_linking(organisation: Organisation, *, by: User) -> Job:
    """Give every contact without a company that of its domain, as a job with progress."""
    return start_job(organisation, kind=KIND, title=_("Companies of e-mail domains"), by=by)


def run_linking(run: JobRun) -> None:
    """Link domain by domain. Who is linked is not found again, so it goes on from what is committed."""
    domains = [one for one in list_unlinked(run.organisation) if one.kind == DomainKind.COMPANY]
    done = int(run.job.result.get("people", 0))
    total = done + sum(one.people for one in domains)
    run.advance(done=done, total=total)
    for start in range(0, len(domains), CHUNK):
        with transaction.atomic():
            by = run.job.created_by
            linked = link_people(run.organisation, domains=domains[start : start + CHUNK], contact_ids=None, by=by)
            _keep(run, linked)
        done = int(run.job.result["people"])
        run.advance(done=done)
    made = run.job.result.get("made", [])
    if made and not run.job.result.get("asked"):
        with transaction.atomic():
            selection = Selection(Which.CHOSEN, tuple(made))
            services.request_bulk(run.organisation, selection=selection, by=run.job.created_by)
            run.job.result = {**run.job.result, "asked": True}
            Job.objects.filter(pk=run.job.pk).update(result=run.job.result)


def _keep(run: JobRun, linked: Linked) -> None:
    before: dict[str, Any] = run.job.result
    run.job.result = {
        **before,
        "people": int(before.get("people", 0)) + len(linked.contact_ids),
        "known": int(before.get("known", 0)) + len(linked.known),
        "made": [*before.get("made", []), *sorted(linked.made)],
    }
    Job.objects.filter(pk=run.job.pk).update(result=run.job.result)


def link_contact(organisation: Organisation, *, contact_id: int, by: User) -> Lookup | None:
    """Give one contact the company of its domain; return the question about it, where it is a new one.

    Raises NotFound, and Invalid for a contact that has a company or writes from nobody's domain.
    """
    with transaction.atomic():
        contact = Contact.objects.filter(pk=contact_id).first()
        if contact is None:
            raise NotFound
        domains = list_unlinked(organisation, [contact_id])
        linked = link_people(organisation, domains=domains, contact_ids=[contact_id], by=by)
        if not linked.contact_ids:
            raise Invalid(_("This contact’s address does not lead to a company."))
        contact.refresh_from_db(fields=["company"])
        company = contact.company
        if company is None or company.pk not in linked.made:
            return None
        return services.request_lookup(organisation, company=company, by=by)
