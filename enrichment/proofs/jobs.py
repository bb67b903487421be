"""Accepting many proposals as a job, and taking such a job back as another."""

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Company
from enrichment.proofs.accepting import accept_proposals
from enrichment.proofs.models import ProposalStatus, Revision
from enrichment.proofs.queries import last_proposal_id, list_proposals
from enrichment.proofs.undoing import undo_revisions
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job

ACCEPT, UNDO = "accept_proposals", "undo_proposals"
# Companies in one transaction: about a third of a second.
CHUNK = 200


def start_accepting(
    organisation: Organisation, *, ids: tuple[int, ...] = (), field: str = "", source: str = "", by: User
) -> Job:
    """Accept these proposals, or all that wait of a field and a source, as a job. Later ones are not meant."""
    params = {"ids": list(ids), "field": field, "source": source, "upto": last_proposal_id(organisation)}
    with transaction.atomic():
        job = start_job(organisation, kind=ACCEPT, title=_("Accepting proposals"), params=params, by=by)
        after = {"selected": len(ids)} if ids else {"field": field, "source": source}
        audit.record(organisation, by, "company.proposals_accept", job, after=after)
    return job


def start_undoing(organisation: Organisation, *, job_id: int, by: User) -> Job:
    """Take back what accepting many wrote. Raises NotFound; Conflict where nothing does, or it goes on."""
    with transaction.atomic():
        accepting = Job.objects.select_for_update().filter(pk=job_id).first()
        if accepting is None:
            raise NotFound
        if (
            accepting.kind != ACCEPT
            or not accepting.is_over
            or not Revision.objects.filter(job=accepting, undone_at=None).exists()
        ):
            raise Conflict(_("There is nothing to put back: this goes on, or was undone."))
        params = {"job": accepting.pk}
        job = start_job(organisation, kind=UNDO, title=_("Undoing accepted proposals"), params=params, by=by)
        audit.record(organisation, by, "company.proposals_undo", job)
    return job


def run_accepting(run: JobRun) -> None:
    """Accept what the job is about, a chunk at a time; what was accepted leaves the list, so it goes on by itself."""
    params = run.job.params
    found = list_proposals(
        run.organisation, status=ProposalStatus.OPEN, field=params.get("field", ""), source=params.get("source", "")
    ).filter(pk__lte=params["upto"])
    if params.get("ids"):
        found = found.filter(pk__in=params["ids"])
    after, done = int(run.job.result.get("after", 0)), int(run.job.result.get("accepted", 0))
    seen = run.job.done
    run.advance(done=seen, total=seen + found.filter(pk__gt=after).count())
    while ids := list(found.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            accepted = accept_proposals(
                run.organisation, proposal_ids=ids, by=run.job.created_by, job_id=run.job.pk, waiting_only=True
            )
            after, done, seen = ids[-1], done + accepted.done, seen + len(ids)
            Job.objects.filter(pk=run.job.pk).update(result={"after": after, "accepted": done}, done=seen)
        run.advance(done=seen)
    run.result["accepted"] = done


def run_undoing(run: JobRun) -> None:
    """Take back the revisions of the job, the latest first, a chunk at a time; what was changed since stays."""
    found = Revision.objects.filter(job_id=run.job.params["job"], undone_at=None)
    before, put_back = run.job.result.get("before"), int(run.job.result.get("restored", 0))
    seen = run.job.done
    left = found if before is None else found.filter(pk__lt=before)
    run.advance(done=seen, total=seen + left.count())
    while ids := list(left.order_by("-pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            put_back += _undo_chunk(run, ids)
            before, seen = ids[-1], seen + len(ids)
            Job.objects.filter(pk=run.job.pk).update(result={"before": before, "restored": put_back}, done=seen)
        left = found.filter(pk__lt=before)
        run.advance(done=seen)
    run.result["restored"] = put_back


def _undo_chunk(run: JobRun, ids: list[int]) -> int:
    """Undo revisions, latest first; of a company that stands twice in them, one after the other."""
    of_companies = Revision.objects.filter(pk__in=ids).values("company")
    companies = {one.pk: one for one in Company.objects.select_for_update().filter(pk__in=of_companies).order_by("pk")}
    waiting = list(Revision.objects.select_for_update().filter(pk__in=ids).order_by("-pk"))
    count = 0
    while waiting:
        now: dict[int, Revision] = {}
        later: list[Revision] = []
        for revision in waiting:
            if revision.company_id in now:
                later.append(revision)
            else:
                revision.company = companies[revision.company_id]
                now[revision.company_id] = revision
        count += len(undo_revisions(run.organisation, list(now.values()), by=run.job.created_by))
        waiting = later
    return count
