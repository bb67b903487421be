"""How much each organisation asks of a source on a day, and what it may."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from enrichment.models import SourceUse
from enrichment.turns import Caller


def count_call(source: str, caller: Caller) -> None:
    """Count one request of an organisation; nothing for nobody. Two statements at most, in the caller's scope."""
    if not caller.organisation_id:
        return
    today = timezone.localdate()
    mine = SourceUse.objects.filter(source=source, used_on=today)
    if not mine.update(calls=F("calls") + 1):
        use = SourceUse(organisation_id=caller.organisation_id, source=source, used_on=today)
        SourceUse.objects.bulk_create([use], ignore_conflicts=True)
        mine.update(calls=F("calls") + 1)


def seconds_over_allowance(source: str, caller: Caller) -> float | None:
    """Return the seconds until tomorrow for an organisation whose questions of today are used up, else None.

    People are let through beyond it: it is there so that one organisation's jobs never eat up the day of all.
    """
    allowance = settings.ENRICHMENT_CALLS_PER_DAY
    if not allowance or not caller.is_bulk:
        return None
    uses = SourceUse.objects.filter(source=source, used_on=timezone.localdate(), calls__gte=allowance)
    if not uses.exists():
        return None
    tomorrow = datetime.combine(timezone.localdate() + timedelta(days=1), time(), timezone.get_current_timezone())
    return (tomorrow - timezone.now()).total_seconds()
