"""Reads for the MQL queue: who to call first, why, and how much time is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from prm.organisations.models import Organisation, User
from prm.work.errors import NotFound
from scoring.business_hours import business_time
from scoring.handing_over import FIRST_CONTACT_HOURS
from scoring.models import Handoff, HandoffStatus
from touchpoints.kinds import icon_of

# Rows of the queue that are shown; who is further down is called another day.
SHOWN = 50
SOON = timedelta(hours=1)

WAITING_ORDER = ("-total", "opened_at", "pk")


@dataclass(frozen=True)
class Counts:
    """How many handoffs stand where, for one member."""

    waiting: int
    mine: int
    late: int


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

    @property
    def is_late(self) -> bool:
        """Tell whether the promised delay is over."""
        return self.handoff.answered_at is None and self.handoff.due_at < timezone.now()

    @property
    def late_seconds(self) -> float:
        """Business seconds beyond the promise; 0 when sales has not opened since."""
        return max(-self.left_seconds, 0)

    @property
    def is_soon(self) -> bool:
        """Tell whether less than an hour is left."""
        return not self.is_late and self.left_seconds < SOON.total_seconds()

    @property
    def reasons(self) -> list[Reason]:
        """Why, as it was written down when the handoff was opened."""
        return [_reason(one) for one in self.handoff.evidence]


def count_handoffs(organisation: Organisation, user: User) -> Counts:
    """Count what waits, what this member has claimed, and what is late. One query."""
    open_ones = Handoff.objects.filter(organisation=organisation, status__in=["waiting", "claimed"])
    found: dict[str, Any] = open_ones.aggregate(
        waiting=Count("pk", filter=Q(status=HandoffStatus.WAITING)),
        mine=Count("pk", filter=Q(status=HandoffStatus.CLAIMED, claimed_by=user)),
        late=Count("pk", filter=Q(status=HandoffStatus.WAITING, due_at__lt=timezone.now())),
    )
    return Counts(**found)


def count_waiting(organisation: Organisation) -> int:
    """Count what waits to be claimed."""
    return Handoff.objects.filter(organisation=organisation, status=HandoffStatus.WAITING).count()


def list_waiting(organisation: Organisation) -> list[Lead]:
    """Return what waits, hottest first, then oldest. One query, on scoring_handoff_queue."""
    return _leads(organisation, _handoffs(organisation).filter(status=HandoffStatus.WAITING).order_by(*WAITING_ORDER))


def list_claimed(organisation: Organisation, user: User | None = None) -> list[Lead]:
    """Return what is claimed (by this member), the promise that ends first on top."""
    claimed = _handoffs(organisation).filter(status=HandoffStatus.CLAIMED)
    return _leads(organisation, (claimed if user is None else claimed.filter(claimed_by=user)).order_by("due_at", "pk"))


def list_first(organisation: Organisation, user: User, *, limit: int) -> tuple[list[Lead], list[Lead]]:
    """Return what this member has claimed, and so many of what waits, in their orders. One query."""
    mine = _handoffs(organisation).filter(status=HandoffStatus.CLAIMED, claimed_by=user).order_by("due_at", "pk")
    waiting = _handoffs(organisation).filter(status=HandoffStatus.WAITING).order_by(*WAITING_ORDER)
    leads = [_lead(organisation, handoff) for handoff in mine[:SHOWN].union(waiting[:limit], all=True)]
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


def get_lead(organisation: Organisation, handoff_id: int) -> Lead:
    """Return one handoff; raise NotFound."""
    handoff = _handoffs(organisation).filter(pk=handoff_id).first()
    if handoff is None:
        raise NotFound
    return _lead(organisation, handoff)


def find_open_for(organisation: Organisation, contact_id: int) -> list[Lead]:
    """Return a contact's handoffs, newest first."""
    return _leads(organisation, _handoffs(organisation).filter(contact_id=contact_id).order_by("-opened_at", "-pk"))


def _handoffs(organisation: Organisation) -> "QuerySet[Handoff]":
    return Handoff.objects.filter(organisation=organisation).select_related(
        "contact", "contact__company", "contact__standing", "claimed_by"
    )


def _leads(organisation: Organisation, handoffs: "QuerySet[Handoff]") -> list[Lead]:
    return [_lead(organisation, handoff) for handoff in handoffs[:SHOWN]]


def _lead(organisation: Organisation, handoff: Handoff) -> Lead:
    until = handoff.claimed_at if handoff.status != HandoffStatus.WAITING and handoff.claimed_at else timezone.now()
    left = business_time(until, handoff.due_at, ZoneInfo(organisation.time_zone)).total_seconds()
    share = round(100 * left / (FIRST_CONTACT_HOURS * 3600))
    return Lead(handoff, left, max(0, min(100, share)))


def _reason(one: dict[str, Any]) -> Reason:
    at = one.get("last_at")
    kind = str(one.get("kind") or "")
    return Reason(
        text=str(one.get("rule", "")),
        icon=icon_of(kind) if kind else "target",
        at=parse_datetime(at) if isinstance(at, str) else None,
        occurrences=int(one.get("occurrences") or 0),
    )
