"""New companies asked about by rule: noted with their making, asked by a worker, so many a day."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from contacts.arrivals import Came
from contacts.models import Company
from enrichment.answering import QUEUE as ASK_QUEUE
from enrichment.automatic.models import Arrival, AutomaticRule
from enrichment.merging import question_for
from enrichment.models import Lookup
from enrichment.partners.models import PARTNER_FILE
from enrichment.providers.registry import DEFAULT
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.wakeups import horizon, settle, wake

QUEUE = "arrive"
# Companies in one transaction.
BATCH = 500
# When a new day's questions begin, past midnight.
MORNING = time(0, 5)


def note_arrivals(organisation: Organisation, company_ids: Sequence[int], came: Came) -> None:
    """Note new companies, where the organisation wants them known. One query where it does not, four where it does."""
    rule = AutomaticRule.objects.filter(organisation=organisation).first()
    if rule is None or not rule.wants(came):
        return
    Arrival.objects.bulk_create(
        (Arrival(organisation=organisation, company_id=pk, came=came) for pk in company_ids), batch_size=2000
    )
    wake(organisation.pk, QUEUE)


def ask_about_arrivals(organisation: Organisation) -> int:
    """Turn noted companies into questions, as many as today's budget allows; return how many were.

    Each batch is one transaction: killed anywhere, no company is asked about twice or forgotten. The rest waits for the
    next morning. Whoever cannot be asked about, or is no longer wanted, is forgotten and costs nothing.
    """
    asked = 0
    with organisation_scope(organisation.pk):
        below = horizon()
        while True:
            with transaction.atomic():
                done, has_more, is_spent = _ask_batch(organisation)
                asked += done
                if not has_more or is_spent:
                    settle(organisation.pk, QUEUE, below=below)
                    if has_more:
                        wake(organisation.pk, QUEUE, due_at=next_morning(organisation))
                    return asked


def next_morning(organisation: Organisation) -> datetime:
    """Return when the organisation's next day of questions begins."""
    zone = ZoneInfo(organisation.time_zone)
    tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, zone)


def today_of(organisation: Organisation) -> date:
    """Return the organisation's day."""
    return timezone.now().astimezone(ZoneInfo(organisation.time_zone)).date()


def count_waiting(organisation: Organisation) -> int:
    """Return how many new companies wait to be asked about. One query."""
    return Arrival.objects.filter(organisation=organisation).count()


def _ask_batch(organisation: Organisation) -> tuple[int, bool, bool]:
    """Ask about one batch; return of how many, whether any are left, and whether today's budget is spent."""
    rule = AutomaticRule.objects.select_for_update().filter(organisation=organisation).first()
    if rule is None:
        Arrival.objects.all().delete()
        return 0, False, False
    today = today_of(organisation)
    used = rule.used if rule.used_on == today else 0
    left = max(rule.calls_per_day - used, 0)
    arrivals = list(Arrival.objects.select_for_update().order_by("pk")[:BATCH])
    wanted = [one for one in arrivals if rule.wants(one.came)]
    known = _askable([one.company_id for one in wanted])
    # Those beyond the budget stay, and so do those after them.
    taken: list[int] = []
    ask: list[Company] = []
    for one in arrivals:
        if one in wanted and one.company_id in known:
            if len(ask) == left:
                break
            ask.append(known[one.company_id])
        taken.append(one.pk)
    if ask:
        Lookup.objects.bulk_create(
            Lookup(
                organisation=organisation,
                company=company,
                provider=DEFAULT,
                question=question.to_json() if (question := question_for(company)) else {},
            )
            for company in ask
        )
        rule.used_on, rule.used = today, used + len(ask)
        rule.save(update_fields=["used_on", "used"])
        wake(organisation.pk, ASK_QUEUE)
    Arrival.objects.filter(pk__in=taken).delete()
    return len(ask), Arrival.objects.exists(), len(ask) == left and len(taken) < len(arrivals)


def _askable(company_ids: list[int]) -> dict[int, Company]:
    """Return those of these companies that can be asked about and were not, by their ids. Two queries.

    Whoever brings a company in may ask at once, as those do that are made for the domains of people.
    """
    asked = Lookup.objects.filter(company_id__in=company_ids).exclude(provider=PARTNER_FILE)
    companies = Company.objects.filter(pk__in=company_ids).exclude(pk__in=asked.values("company_id"))
    return {one.pk: one for one in companies if question_for(one) is not None}
