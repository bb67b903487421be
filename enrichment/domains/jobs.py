"""People without a company: the job that gives all of them one by their domain, then asks who the new ones are."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from enrichment import services
from enrichment.bulk import Selection, Which
from enrichment.domains.kinds import DomainKind
from enrichment.domains.linking import CHUNK, Linked, link_people, list_unlinked
from enrichment.domains.unlinking import BATCH, find_linked, remove_stand_ins, unlink_people
from enrichment.models import Lookup
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job

KIND, UNDO = "link_domains", "unlink_domains"


def link_of(job: Job) -> str:
    """Return what marks the people a job gave a company."""
    return f"job-{job.pk}"


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
            some = domains[start : start + CHUNK]
            linked = link_people(run.organisation, domains=some, contact_ids=None, by=by, link=link_of(run.job))
            _keep(run, linked)
        done = int(run.job.result["people"])
        run.advance(done=done)
    made = run.job.result.get("made", [])
    if made and not run.job.result.get("asked"):
        with transaction.atomic():
            # Those that were asked about by rule meanwhile are not asked about twice.
            selection = Selection(Which.CHOSEN, tuple(made), is_due_only=True)
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
        link = f"contact-{contact_id}"
        linked = link_people(organisation, domains=domains, contact_ids=[contact_id], by=by, link=link)
        if not linked.contact_ids:
            raise Invalid(_("This contact’s address does not lead to a company."))
        contact.refresh_from_db(fields=["company"])
        company = contact.company
        if company is None or company.pk not in linked.made:
            return None
        return services.request_lookup(organisation, company=company, by=by)


def can_be_undone(job: Job | None) -> bool:
    """Tell whether a job gave anybody a company, is over, and was not undone."""
    return (
        job is not None
        and job.kind == KIND
        and job.is_over
        and bool(job.result.get("people"))
        and ("undo" not in job.result)
    )


def request_unlinking(organisation: Organisation, *, job_id: int, by: User) -> Job:
    """Take all people out of the company a job gave them, as a job with progress. Raises NotFound, Conflict."""
    with transaction.atomic():
        linking = Job.objects.select_for_update().filter(pk=job_id).first()
        if linking is None:
            raise NotFound
        if not can_be_undone(linking):
            raise Conflict(_("There is nothing to put back: this goes on, or was undone."))
        params = {"link": link_of(linking), "made": linking.result.get("made", [])}
        job = start_job(
            organisation, kind=UNDO, title=_("Undoing the companies of e-mail domains"), params=params, by=by
        )
        Job.objects.filter(pk=linking.pk).update(result={**linking.result, "undo": job.pk})
    return job


def run_unlinking(run: JobRun) -> None:
    """Take people out of their companies, a batch at a time; who is out is not found again, so it goes on by itself."""
    link, made = run.job.params["link"], run.job.params["made"]
    ids = find_linked(run.organisation, link)
    done = run.job.done
    run.advance(done=done, total=done + len(ids))
    people = int(run.job.result.get("people", 0))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            some = ids[start : start + BATCH]
            people += unlink_people(run.organisation, link=link, contact_ids=some, by=run.job.created_by)
            done += len(some)
            Job.objects.filter(pk=run.job.pk).update(result={"people": people}, done=done)
        run.advance(done=done)
    removed = int(run.job.result.get("companies", 0))
    for start in range(0, len(made), BATCH):
        removed += remove_stand_ins(run.organisation, made[start : start + BATCH])
    run.result.update({"people": people, "companies": removed})


def unlink_contact(organisation: Organisation, *, contact_id: int, by: User) -> None:
    """Take one contact out of the company its domain gave it. Raises NotFound; Conflict where it is no longer that."""
    with transaction.atomic():
        contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
        if contact is None:
            raise NotFound
        company_id = contact.company_id
        if not unlink_people(organisation, link=f"contact-{contact_id}", contact_ids=[contact_id], by=by):
            raise Conflict(_("The contact’s company was changed since."))
        if company_id is not None:
            remove_stand_ins(organisation, [company_id])
