"""Reads for the MQL queue: who to call first, why, and how much time is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Max, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from prm.organisations.models import Organisation, User
from prm.work.errors import NotFound
from scoring.handoffs.business_hours import business_time
from scoring.handoffs.models import Entry
from scoring.handoffs.terms import Terms, find_terms
from scoring.handoffs.wording import Told, told
from scoring.models import Handoff, HandoffStatus
from touchpoints.kinds import icon_of

# Rows of the queue that are shown; who is further down is called another day.
SHOWN = 50
SOON = timedelta(hours=1)
# Lines of a handoff's ledger that are shown.
ENTRIES = 100

WAITING_ORDER = ("-total", "opened_at", "pk")
# What somebody works on: claimed, or accepted and not over.
WORKED = Q(status__in=[HandoffStatus.CLAIMED, HandoffStatus.ACCEPTED], outcome="")


@dataclass(frozen=True)
class Counts:
    """How many handoffs stand where, for one member."""

    waiting: int
    mine: int
    late: int
    # Tells whether anything was claimed, given back, opened or answered since: two alike mean no.
    stamp: str


@dataclass(frozen=True)
class Reason:
    """One line of why somebody is hot."""

    text: str
    icon: str
    at: datetime | None
    occurrences: int


@dataclass(frozen=True)
class Lead:
    """A handoff with its clock. Business seconds; negative once it is late."""

    handoff: Handoff
    left_seconds: float
    share_left_percent: int
    promised_hours: float = 0

    @property
    def is_late(self) -> bool:
        """Tell whether the promised delay is over, and nobody called or answered."""
        one = self.handoff
        return one.called_at is None and one.answered_at is None and one.due_at < timezone.now()

    @property
    def late_seconds(self) -> float:
        """Business seconds beyond the promise; 0 when sales has not opened since."""
        return max(-self.left_seconds, 0)

    @property
    def is_soon(self) -> bool:
        """Tell whether less than an hour is left."""
        return not self.is_late and self.left_seconds < SOON.total_seconds()

    @property
    def is_worked(self) -> bool:
        """Tell whether somebody works on it."""
        is_taken = self.handoff.status in {HandoffStatus.CLAIMED, HandoffStatus.ACCEPTED}
        return is_taken and not self.handoff.outcome

    @property
    def holder(self) -> str:
        """Tell, for programs, where it stands and with whom."""
        one = self.handoff
        return f"{one.status}-{one.outcome}-{one.claimed_by_id or one.claimed_by_label}"

    @property
    def is_snoozed(self) -> bool:
        """Tell whether it is put off."""
        until = self.handoff.snoozed_until
        return until is not None and until > timezone.now()

    @property
    def is_step_due(self) -> bool:
        """Tell whether the next step is to be done now."""
        at = self.handoff.next_step_at
        return bool(self.handoff.next_step) and at is not None and at <= timezone.now()

    @property
    def reasons(self) -> list[Reason]:
        """Why, as it was written down when the handoff was opened."""
        return [_reason(one) for one in self.handoff.evidence]


def count_handoffs(organisation: Organisation, user: User) -> Counts:
    """Count what waits, what this member works on, and what is late. One query over what is not over."""
    found: dict[str, Any] = Handoff.objects.filter(
        Q(status=HandoffStatus.WAITING) | WORKED, organisation=organisation
    ).aggregate(
        waiting=Count("pk", filter=Q(status=HandoffStatus.WAITING)),
        mine=Count("pk", filter=WORKED & Q(claimed_by=user)),
        late=Count("pk", filter=Q(status=HandoffStatus.WAITING, due_at__lt=timezone.now())),
        claimed=Count("pk", filter=Q(status=HandoffStatus.CLAIMED)),
        last_opened=Max("opened_at"),
        last_claimed=Max("claimed_at"),
        last_answered=Max("answered_at"),
    )
    moments = [found.pop(name) for name in ("last_opened", "last_claimed", "last_answered")]
    counts = [found["waiting"], found["mine"], found.pop("claimed")]
    stamp = "-".join([*map(str, counts), *(f"{one.timestamp():.6f}" if one else "" for one in moments)])
    return Counts(**found, stamp=stamp)


def count_waiting(organisation: Organisation) -> int:
    """Count what waits to be claimed."""
    return Handoff.objects.filter(organisation=organisation, status=HandoffStatus.WAITING).count()


def list_waiting(organisation: Organisation) -> list[Lead]:
    """Return what waits, hottest first, then oldest. One query, on scoring_handoff_queue."""
    return _leads(organisation, _handoffs(organisation).filter(status=HandoffStatus.WAITING).order_by(*WAITING_ORDER))


def list_worked(organisation: Organisation, user: User | None = None) -> list[Lead]:
    """Return what is worked on (by this member): what is to be done first on top, what is put off below."""
    worked = _handoffs(organisation).filter(WORKED)
    ordered = (worked if user is None else worked.filter(claimed_by=user)).order_by(*_work_order(), "pk")
    return _leads(organisation, ordered)


def list_first(organisation: Organisation, user: User, *, limit: int) -> tuple[list[Lead], list[Lead]]:
    """Return what this member has claimed, and so many of what waits, in their orders. One query."""
    mine = _handoffs(organisation).filter(status=HandoffStatus.CLAIMED, claimed_by=user).order_by("due_at", "pk")
    waiting = _handoffs(organisation).filter(status=HandoffStatus.WAITING).order_by(*WAITING_ORDER)
    terms = find_terms(organisation)
    leads = [_lead(terms, handoff) for handoff in mine[:SHOWN].union(waiting[:limit], all=True)]
    return (
        sorted(
            (lead for lead in leads if lead.handoff.status == HandoffStatus.CLAIMED),
            key=lambda lead: (lead.handoff.due_at, lead.handoff.pk),
        ),
        sorted(
            (lead for lead in leads if lead.handoff.status == HandoffStatus.WAITING),
            key=lambda lead: (-lead.handoff.total, lead.handoff.opened_at, lead.handoff.pk),
        ),
    )


def list_answered(organisation: Organisation) -> list[Lead]:
    """Return what was answered, newest first."""
    answered = _handoffs(organisation).filter(status__in=["accepted", "rejected", "recycled"])
    return _leads(organisation, answered.order_by("-answered_at", "-pk"))


def list_entries(handoff: Handoff) -> list[Told]:
    """Return what was done with a handoff in words, the newest first. One query, on handoffs_entry_of."""
    return [told(entry) for entry in Entry.objects.filter(handoff=handoff).order_by("-at", "-pk")[:ENTRIES]]


def get_lead(organisation: Organisation, handoff_id: int) -> Lead:
    """Return one handoff; raise NotFound."""
    handoff = _handoffs(organisation).filter(pk=handoff_id).first()
    if handoff is None:
        raise NotFound
    return _lead(find_terms(organisation), handoff)


def find_open_for(organisation: Organisation, contact_id: int) -> list[Lead]:
    """Return a contact's handoffs, newest first."""
    return _leads(organisation, _handoffs(organisation).filter(contact_id=contact_id).order_by("-opened_at", "-pk"))


def _handoffs(organisation: Organisation) -> "QuerySet[Handoff]":
    return Handoff.objects.filter(organisation=organisation).select_related(
        "contact", "contact__company", "contact__standing", "claimed_by"
    )


def _work_order() -> tuple[OrderBy, Coalesce]:
    put_off = Case(
        When(snoozed_until__gt=timezone.now(), then=F("snoozed_until")),
        default=Value(None),
        output_field=DateTimeField(),
    )
    return put_off.asc(nulls_first=True), Coalesce("next_step_at", "due_at")


def _leads(organisation: Organisation, handoffs: "QuerySet[Handoff]") -> list[Lead]:
    terms = find_terms(organisation)
    return [_lead(terms, handoff) for handoff in handoffs[:SHOWN]]


def _lead(terms: Terms, handoff: Handoff) -> Lead:
    until = handoff.called_at or handoff.answered_at or timezone.now()
    left = business_time(until, handoff.due_at, terms.calendar).total_seconds()
    promised = business_time(handoff.opened_at, handoff.due_at, terms.calendar).total_seconds()
    share = round(100 * left / promised) if promised else 0
    return Lead(handoff, left, max(0, min(100, share)), round(promised / 3600, 1))


def _reason(one: dict[str, Any]) -> Reason:
    at = one.get("last_at")
    kind = str(one.get("kind") or "")
    return Reason(
        text=str(one.get("rule", "")),
        icon=icon_of(kind) if kind else "target",
        at=parse_datetime(at) if isinstance(at, str) else None,
        occurrences=int(one.get("occurrences") or 0),
    )
