"""Many contacts at once, and one for good: tags on a third of the base, the list by tag, a person's file, erasing."""

import statistics

from django.db import connection

from benchmarks.pages import measure_addresses, sign_in
from benchmarks.timing import Result, seconds
from contacts.bulk.selecting import Selection
from contacts.bulk.services import start_run, start_undo
from contacts.models import Contact
from contacts.rights.access import hand_out
from contacts.rights.erasing import erase_contact
from contacts.tagging.models import Tag
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs

PEOPLE = 7
# The third of the base that came from the site.
SELECTION = Selection(query={"source": "site"})


def measure_many(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Tag a third of the base and take it back, against bare rows of the same; open the list by tag."""
    from benchmarks.running import settle  # noqa: PLC0415  (which lists the measures)

    by = User.objects.get(email=f"admin-{size}@bench.example")
    with organisation_scope(organisation.pk):
        run = start_run(organisation, action="tag", selection=SELECTION, values={"tag": "Salon"}, by=by)
    took = seconds(lambda: run_jobs(organisation))
    with organisation_scope(organisation.pk):
        run.refresh_from_db()
        tag = Tag.objects.get(name="Salon")
        floor = seconds(lambda: _bare_rows(organisation))
        note = f"{run.done:,} tagged, {run.done / took:,.0f} a second; floor: bare rows in a table without index"
    results = [Result("bulk, tagged", size, took, floor, took / floor, 40.0, note=note)]
    settle()
    base = f"/o/{organisation.slug}/contacts/?tag={tag.pk}"
    # Who came from the site is no prospect in this world: nobody is as asked.
    pages = {"contact list, tagged": [base], "contact list, nobody": [f"{base}&sort=name&stage=prospect"]}
    results += measure_addresses(sign_in(size), size, pages)
    with organisation_scope(organisation.pk):
        start_undo(organisation, run_id=run.pk, by=by)
    undone = seconds(lambda: run_jobs(organisation))
    results.append(Result("bulk, undone", size, undone, took, undone / took, 2.0, note="against the tagging"))
    return results


def _bare_rows(organisation: Organisation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bare ON COMMIT DROP AS SELECT organisation_id, id, 1 AS tag_id, now() AS at"
            " FROM contacts_contact WHERE organisation_id = %s AND source = 'site'",
            [organisation.pk],
        )


def measure_rights(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Hand out and erase a few people, one at a time."""
    by = User.objects.get(email=f"admin-{size}@bench.example")
    with organisation_scope(organisation.pk):
        ids = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:PEOPLE])
        files = [seconds(lambda pk=pk: hand_out(organisation, contact_id=pk, by=by)) for pk in ids]  # type: ignore[misc]
        gone = [seconds(lambda pk=pk: erase_contact(organisation, contact_id=pk, by=by)) for pk in ids]  # type: ignore[misc]
    return [
        _worst("access file of one person", size, files),
        _worst("one person erased", size, gone),
    ]


def _worst(name: str, size: int, times: list[float]) -> Result:
    note = f"worst of {len(times)}, median {statistics.median(times) * 1000:.0f} ms (goal: below 2 s)"
    return Result(name, size, max(times), 1.0, max(times), 2.0, note=note)
