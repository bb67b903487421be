"""What knowing something weighs: said by people, worked out for everybody by a worker."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from contacts.fields.models import CustomField, Weight
from contacts.fields.values import PREFIX, lock_definitions
from contacts.models import Contact
from contacts.qualification import (
    MOST_WEIGHT,
    Weighing,
    profiles_changed,
    recompute_between,
    weighing_of,
)
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job, JobStatus
from prm.work.sql import fetch

KIND = "qualification"
# Contacts in one transaction of the worker.
CHUNK = 20_000
BANDS = 10


def set_weights(organisation: Organisation, *, weights: Mapping[str, int], by: Actor) -> Job | None:
    """Keep weights by code, those left out as they are, and let a worker work everybody out anew.

    Returns the job; None where nothing changed. Raises Invalid for what is no thing or no weight from 0 to 10, and
    where nothing would weigh anything.
    """
    with transaction.atomic():
        lock_definitions(organisation)
        before = {one.known.code: one.weight for one in weighing_of(organisation).things}
        if errors := _errors_of(weights, before):
            raise Invalid(fields=errors)
        after = {**before, **weights}
        if not any(after.values()):
            raise Invalid(_("Give at least one thing a weight: else nobody can be told from anybody."))
        changed = {code: weight for code, weight in after.items() if weight != before[code]}
        if not changed:
            return None
        Weight.objects.bulk_create(
            (Weight(organisation=organisation, code=code, weight=weight) for code, weight in changed.items()),
            update_conflicts=True,
            unique_fields=["organisation", "code"],
            update_fields=["weight"],
        )
        told = {code: before[code] for code in changed}
        audit.record(organisation, by, "qualification.weigh", before=told, after=changed)
        return start_recompute(organisation, by)


def start_recompute(organisation: Organisation, by: Actor | None) -> Job:
    """Let a worker work out everybody's degree; one that has not begun yet is enough."""
    jobs = Job.objects.select_for_update(skip_locked=True).filter(kind=KIND, status=JobStatus.WAITING, done=0)
    waiting = jobs.first()
    if waiting is not None:
        return waiting
    person = by if isinstance(by, User) else None
    return start_job(organisation, kind=KIND, title=_("Degree of qualification of everybody"), by=person)


def weighed_field_changed(organisation: Organisation, field: CustomField, by: Actor) -> None:
    """Work everybody out anew where a field with a weight was archived or restored."""
    code = f"{'company.' if field.subject == 'company' else ''}{PREFIX}{field.key}"
    if Weight.objects.filter(code=code, weight__gt=0).exists():
        start_recompute(organisation, by)


def run_recompute(run: JobRun) -> None:
    """Work out everybody's degree as a job, by the weights of the moment; goes on where a run before it ended."""
    total = Contact.objects.filter(organisation=run.organisation).count()
    run.advance(done=run.job.done, total=total)
    after, changed = int(run.job.params.get("after", 0)), int(run.job.params.get("changed", 0))
    while (upto := _end_of_chunk(run.organisation, after)) is not None:
        with transaction.atomic():
            changed += recompute_between(run.organisation, after=after, upto=upto)
            Job.objects.filter(pk=run.job.pk).update(params={"after": upto, "changed": changed})
        after = upto
        run.advance(done=min(total, run.job.done + CHUNK))
    profiles_changed(run.organisation)
    run.advance(done=total)
    run.result.update(changed=changed)


def find_recompute(_organisation: Organisation) -> Job | None:
    """Return the last working out."""
    return Job.objects.filter(kind=KIND).order_by("-created_at", "-pk").first()


@dataclass(frozen=True)
class Coverage:
    """One thing and of how many it is known."""

    code: str
    label: str
    number: int


@dataclass(frozen=True)
class Report:
    """How well people are known: how many of each tenth of the degree, the mean, and what is known of how many."""

    total: int
    mean: float
    # Ten numbers: from 0 to below 10 %, ... from 90 % on.
    bands: list[int]
    things: list[Coverage]


def measure(organisation: Organisation) -> Report:
    """Count how well everybody is known. One pass over the contacts with their companies."""
    things = weighing_of(organisation).things
    bands = [
        f"count(*) FILTER (WHERE least(c.qualification_percent / 10, {BANDS - 1}) = {band})" for band in range(BANDS)
    ]
    known = [f"count(*) FILTER (WHERE {one.known.sql})" for one in things]
    row = fetch(
        "contacts/measure_qualification", {"organisation_id": organisation.pk}, measures=", ".join([*bands, *known])
    )[0]
    total, mean, *numbers = row
    return Report(
        total=int(total),
        mean=float(mean or 0),
        bands=[int(number) for number in numbers[:BANDS]],
        things=[
            Coverage(one.known.code, str(one.known.label), int(number))
            for one, number in zip(things, numbers[BANDS:], strict=True)
        ],
    )


def shares_of(weighing: Weighing) -> list[dict[str, object]]:
    """Return each thing with its weight and its share of the degree in percent, as the API and the page show them."""
    return [
        {
            "code": one.known.code,
            "label": str(one.known.label),
            "weight": one.weight,
            "share": weighing.share_of(one.weight),
        }
        for one in weighing.things
    ]


def _errors_of(weights: Mapping[str, int], known: Mapping[str, int]) -> dict[str, str]:
    errors = {}
    for code, weight in weights.items():
        if code not in known:
            errors[code] = _("There is no such thing to weigh.")
        elif not 0 <= weight <= MOST_WEIGHT:
            errors[code] = _("A weight is a whole number from 0 to %(n)s.") % {"n": MOST_WEIGHT}
    return errors


def _end_of_chunk(organisation: Organisation, after: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM contacts_contact WHERE organisation_id = %s AND id > %s"
            " ORDER BY id LIMIT %s) x",
            [organisation.pk, after, CHUNK],
        )
        found: int | None = cursor.fetchone()[0]
    return found
