"""Starting a simulation."""

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import start_job, stop_job
from prm.work.models import Job
from scoring.models import ModelVersion, VersionStatus
from scoring.simulation.models import Simulation
from scoring.simulation.running import JOB_KIND
from scoring.versions import find_problems, fingerprint_of


def start_simulation(organisation: Organisation, *, by: Actor) -> Simulation:
    """Let a worker try the draft on everybody; one that still runs on an older state of it is stopped.

    The same draft that is being simulated already gives the run under way. Raises Conflict without a draft, Invalid
    for one that could not be published.
    """
    with transaction.atomic():
        draft = ModelVersion.objects.select_for_update(of=("self",)).filter(status=VersionStatus.DRAFT).first()
        if draft is None:
            raise Conflict(_("There is no draft to simulate."))
        if problems := find_problems(draft):
            raise Invalid(_("This draft cannot be simulated yet."), fields=problems)
        fingerprint = fingerprint_of(draft)
        newest = find_newest(draft)
        if newest and newest.job and not newest.job.is_over:
            if newest.fingerprint == fingerprint:
                return newest
            stop_job(organisation, job_id=newest.job.pk)
        person = by if isinstance(by, User) else None
        simulation = Simulation.objects.create(
            organisation=organisation, version=draft, fingerprint=fingerprint, created_by=person
        )
        title = _("Simulating draft %(version)s") % {"version": draft}
        simulation.job = start_job(
            organisation, kind=JOB_KIND, title=title, params={"simulation": simulation.pk}, by=person
        )
        simulation.save(update_fields=["job"])
        audit.record(organisation, by, "scoring_model.simulate", draft, after={"number": draft.number})
    return simulation


def find_newest(version: ModelVersion) -> Simulation | None:
    """Return the newest simulation of a version. One query."""
    found: Simulation | None = (
        Simulation.objects.filter(version=version).select_related("job").order_by("-created_at", "-pk").first()
    )
    return found


def is_done(simulation: Simulation) -> bool:
    """Tell whether everything was worked out."""
    return "backtest" in simulation.result


def find_job(simulation: Simulation) -> Job | None:
    """Return the job while the simulation is not complete."""
    return None if is_done(simulation) else simulation.job
