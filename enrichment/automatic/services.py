"""What an organisation wants asked without anybody asking."""

from dataclasses import asdict, dataclass

from django.db import transaction

from contacts.segments.models import Segment
from enrichment.automatic import arrivals, refreshing
from enrichment.automatic.models import USUAL_CALLS, USUAL_DAYS, AutomaticRule
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.wakeups import wake


@dataclass(frozen=True)
class Wish:
    """What a rule says."""

    on_hand: bool = False
    on_import: bool = False
    on_program: bool = False
    calls_per_day: int = USUAL_CALLS
    calls_per_night: int = 0
    fresh_days: int = USUAL_DAYS
    segment_ids: tuple[int, ...] = ()


def get_rule(organisation: Organisation) -> AutomaticRule:
    """Return the rule; one that was never made asks nothing and is not stored. One query."""
    found: AutomaticRule | None = (
        AutomaticRule.objects.filter(organisation=organisation).select_related("last_job").first()
    )
    return found or AutomaticRule(organisation=organisation)


def set_rule(organisation: Organisation, wish: Wish, *, by: User) -> AutomaticRule:
    """Say what is asked by itself; segments that are no longer there are left out.

    Companies that wait and are no longer wanted are forgotten by the worker, who is woken.
    """
    with transaction.atomic():
        rule, _is_new = AutomaticRule.objects.select_for_update().get_or_create(organisation=organisation)
        before = {name: getattr(rule, name) for name in asdict(wish)}
        there = Segment.objects.filter(organisation=organisation, pk__in=wish.segment_ids, archived_at=None)
        after = {**asdict(wish), "segment_ids": sorted(there.values_list("pk", flat=True))}
        for name, value in after.items():
            setattr(rule, name, value)
        rule.save(update_fields=list(after))
        audit.record(organisation, by, "enrichment.automatic", rule, before=before, after=after)
        wake(organisation.pk, arrivals.QUEUE)
        if rule.calls_per_night:
            refreshing.wake_nightly(organisation)
    return rule
