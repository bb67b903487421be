"""Observing the touchpoints: everybody's ways to a conversion, and all models over them."""

from benchmarks.timing import Result, owner, seconds
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import JobRun
from prm.work.models import Job
from touchpoints.attribution.models import Goal, Observation
from touchpoints.attribution.running import run_observation, start_observation

# Three minutes for a million, as seconds for one contact; fixed costs are those of a small base.
GOAL = 180 / 1_000_000
LEAST_GOAL = 1.0
# One in so many contacts became an MQL, spread over ten months.
CONVERTED = 30


def measure_observing(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Observe a base of which one in thirty converted, against a scan of its people."""
    with owner(owner_url) as plain:
        plain.execute(
            "INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, at)"
            " SELECT organisation_id, id, 'prospect', 'mql', 'rule', '{}', now() - (id %% 300) * interval '1 day'"
            " FROM contacts_contact WHERE organisation_id = %s AND id %% %s = 0",
            [organisation.pk, CONVERTED],
        )
    with organisation_scope(organisation.pk):
        floor = seconds(lambda: Contact.objects.filter(job_title="nobody").count())
        job = start_observation(organisation, goal=Goal.MQL, by=None)
        run = JobRun(organisation, Job.objects.get(pk=job.pk))
        took = seconds(lambda: run_observation(run))
        Job.objects.filter(pk=job.pk).delete()
        found = Observation.objects.get(goal=Goal.MQL)
    people = f"{found.contacts:,} people with a way, {found.converted:,} converted"
    note = f"seconds, goal: three minutes for a million; {people}"
    return [Result("touchpoints, observed", size, took, floor, took, max(GOAL * size, LEAST_GOAL), note=note)]
