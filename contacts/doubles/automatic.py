"""Certain doubles merged without asking, where an organisation wants it: same name, company and telephone."""

from django.db.models import QuerySet

from contacts.doubles.merging import merge_contacts
from contacts.doubles.models import Merge, Pair, PairStatus, Watch
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import DomainError

# Pairs taken in one go; the next ones are found the same way.
BATCH = 200
CERTAIN = ["name_company", "phone"]


def set_automatic(organisation: Organisation, *, merges_certain: bool, by: Actor | None) -> Watch:
    """Switch the merging of certain doubles on or off."""
    watch, _is_new = Watch.objects.get_or_create(organisation=organisation)
    before = {"merges_certain": watch.merges_certain}
    watch.merges_certain = merges_certain
    watch.save(update_fields=["merges_certain"])
    audit.record(organisation, by, "watch.change", watch, before=before, after={"merges_certain": merges_certain})
    return watch


def merge_certain(organisation: Organisation) -> int:
    """Merge the pairs that are certain, if the organisation wants it; return how many. A transaction for each.

    Never two known addresses, nor what somebody took apart: such a pair is not open any more.
    """
    if not Watch.objects.filter(organisation=organisation, merges_certain=True).exists():
        return 0
    count, last = 0, 0
    while pairs := list(_certain(last)[:BATCH]):
        for pair in pairs:
            count += _merge(organisation, pair)
        last = pairs[-1].pk
    return count


def _certain(after: int) -> "QuerySet[Pair]":
    open_pairs = Pair.objects.filter(status=PairStatus.OPEN, reasons__contains=CERTAIN, pk__gt=after)
    return open_pairs.exclude(low__email__isnull=False, high__email__isnull=False).order_by("pk")


def _merge(organisation: Organisation, pair: Pair) -> int:
    try:
        merge: Merge = merge_contacts(organisation, contact_ids=[pair.low_id, pair.high_id], by=None, is_automatic=True)
    except DomainError:
        # Merged or changed meanwhile: people will see it in the queue if it still is one.
        return 0
    return len(merge.merged_ids)
