"""Doubles: looking at everybody, and at those who changed."""

import resource

from django.db import connection

from benchmarks.timing import Result, seconds
from contacts.doubles.finding import find_changed, start_find
from contacts.doubles.models import Pair
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs

CHANGED = 1000
# One in so many contacts gets a double: the name of the one before it, in the same company, and another address.
DOUBLES = 50
# Ten minutes for a million, as seconds for one contact.
GOAL = 600 / 1_000_000


def measure_doubles(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Look at everybody of a base where 2 % are doubles; then at a thousand who changed."""
    with organisation_scope(organisation.pk):
        floor = seconds(_scan)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_contact c SET first_name = b.first_name, last_name = b.last_name,"
                " company_id = b.company_id, phone = b.phone FROM contacts_contact b"
                " WHERE c.organisation_id = %s AND b.organisation_id = c.organisation_id AND b.id = c.id - 1"
                " AND c.id %% %s = 0",
                [organisation.pk, DOUBLES],
            )
        start_find(organisation, by=None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = seconds(lambda: run_jobs(organisation))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    with organisation_scope(organisation.pk):
        pairs = Pair.objects.count()
        note = f"seconds, goal: ten minutes for a million; {pairs:,} pairs, memory +{grown} MB"
        looked = Result("doubles, everybody", size, took, floor, took, GOAL * size, note=note)
        ids = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:CHANGED])
        Contact.objects.filter(pk__in=ids).update(phone="")
        again = seconds(lambda: find_changed(organisation))
        changed = Result("doubles, 1,000 changed", size, again, floor, again, 2.0, note="seconds, goal: below 2")
    return [looked, changed]


def _scan() -> None:
    Contact.objects.filter(job_title="nobody").count()
