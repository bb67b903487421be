"""The contract's clock: who is to be warned, what is late and what follows, and next steps that are due.

The queue "handoff" is woken for the moments at which something comes due; in closed hours nothing is warned of and
nothing is late, and the clock looks again when the team is back.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.wakeups import horizon, settle, wake
from scoring.handoffs.business_hours import next_open
from scoring.handoffs.claiming import release_locked
from scoring.handoffs.models import Breach, NoticeKind
from scoring.handoffs.noticing import AGAIN, News, list_reps, send_notices, write_notices
from scoring.handoffs.opening import CLOCK
from scoring.handoffs.terms import Terms, get_terms
from scoring.models import OPEN_STATUSES, Handoff, HandoffStatus

# Handoffs looked at in one transaction.
BATCH = 500


def watch_due(organisation: Organisation, *, at: datetime | None = None) -> None:
    """Warn, tell of what is late and of next steps, then send the e-mails. In the scope; done twice it does nothing."""
    below = horizon()
    now = at or timezone.now()
    terms = get_terms(organisation)
    while remind(organisation, now=now):
        pass
    opens = next_open(now, terms.calendar)
    if opens > now:
        wake(organisation.pk, CLOCK, due_at=opens)
    else:
        while warn(organisation, now=now):
            pass
        while note_breaches(organisation, terms, now=now):
            pass
    # Before the wake-up is taken off: whoever is killed while sending is woken again.
    if send_notices(organisation):
        wake(organisation.pk, CLOCK, due_at=timezone.now() + AGAIN)
    settle(organisation.pk, CLOCK, below=below)


@transaction.atomic
def warn(organisation: Organisation, *, now: datetime) -> int:
    """Tell whoever has a handoff that its call is due soon, and all reps how many wait; return how many."""
    due = _locked(Handoff.objects.filter(warn_at__lte=now, warned_at=None, due_at__gt=now))
    Handoff.objects.filter(pk__in=[one.pk for one in due]).update(warned_at=now)
    write_notices(organisation, _news(due, NoticeKind.WARNING))
    return len(due)


@transaction.atomic
def note_breaches(organisation: Organisation, terms: Terms, *, now: datetime) -> int:
    """Note what nobody called in time, tell who has to know, and give it back where the contract says so."""
    due = _locked(Handoff.objects.filter(due_at__lte=now, breached_at=None))
    Handoff.objects.filter(pk__in=[one.pk for one in due]).update(breached_at=now)
    news = _news(due, NoticeKind.BREACH)
    if terms.on_breach != Breach.NOTHING and terms.escalates_to_id:
        news += [News(terms.escalates_to_id, NoticeKind.BREACH, one.pk) for one in due]
    if terms.on_breach == Breach.RELEASE:
        for one in due:
            if one.status == HandoffStatus.CLAIMED:
                release_locked(organisation, one, "PRM")
    write_notices(organisation, list(dict.fromkeys(news)))
    return len(due)


@transaction.atomic
def remind(organisation: Organisation, *, now: datetime) -> int:
    """Tell reps of the next steps that are due, once each; return how many."""
    due = list(
        Handoff.objects.filter(next_step_at__lte=now, reminded_at=None, outcome="")
        .exclude(next_step="")
        .select_for_update(skip_locked=True)
        .order_by("pk")[:BATCH]
    )
    Handoff.objects.filter(pk__in=[one.pk for one in due]).update(reminded_at=now)
    news = [News(one.claimed_by_id, NoticeKind.REMINDER, one.pk) for one in due if one.claimed_by_id]
    write_notices(organisation, news)
    return len(due)


def _locked(found: "QuerySet[Handoff]") -> list[Handoff]:
    uncalled = found.filter(status__in=OPEN_STATUSES, called_at=None)
    return list(
        uncalled.select_for_update(skip_locked=True, of=("self",)).select_related("contact").order_by("pk")[:BATCH]
    )


def _news(due: list[Handoff], kind: NoticeKind) -> list[News]:
    """Return what is told of handoffs: to whoever has one of that one, to all reps how many wait."""
    news = [News(one.claimed_by_id, kind, one.pk) for one in due if one.claimed_by_id]
    waiting = sum(one.status == HandoffStatus.WAITING for one in due)
    return news + ([News(user_id, kind, None, waiting) for user_id in list_reps()] if waiting else [])
