"""Reads of the pages of runs."""

from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.bulk.actions import get_action
from contacts.bulk.models import BulkRun
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.work.errors import NotFound

# Of each reason, so many are named.
NAMED = 20


@dataclass(frozen=True)
class LeftOut:
    """Contacts that an action left out: why, how many, and some of them."""

    reason: str
    number: int
    contacts: list[Contact]


def list_runs(organisation: Organisation) -> QuerySet[BulkRun]:
    """Return what was done to many contacts, to be ordered and paged."""
    return BulkRun.objects.filter(organisation=organisation).select_related("created_by", "job")


def get_run(organisation: Organisation, run_id: int) -> BulkRun:
    """Return a run with its jobs, or raise NotFound."""
    found = list_runs(organisation).select_related("undo_job").filter(pk=run_id)
    run: BulkRun | None = found.first()
    if run is None:
        raise NotFound
    return run


def list_left_out(run: BulkRun) -> list[LeftOut]:
    """Return who was left out, by reason. Two queries."""
    if not run.skipped:
        return []
    action = get_action(run.action)
    named: dict[str, list[int]] = {code: [] for code in run.skipped}
    for skipped in run.chunks.exclude(skipped={}).order_by("number").values_list("skipped", flat=True)[:50]:
        for code, ids in skipped.items():
            named[code] += ids[: NAMED - len(named[code])]
    contacts = Contact.objects.in_bulk([contact_id for ids in named.values() for contact_id in ids])
    return [
        LeftOut(action.reason(code), number, [contacts[one] for one in named[code] if one in contacts])
        for code, number in sorted(run.skipped.items(), key=lambda item: -item[1])
    ]
