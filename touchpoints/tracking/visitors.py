"""Which visitor a browser is: found, begun, or refused because its owner was erased."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from prm.organisations.models import Organisation
from touchpoints.tracking.identity import hold_contacts
from touchpoints.tracking.intake import browser_key
from touchpoints.tracking.models import Visitor


def hold_visitors(organisation: Organisation) -> None:
    """Let one at a time begin, join or divide visitors of an organisation, until the transaction ends."""
    _lock(organisation, "pg_advisory_xact_lock")


def try_hold_visitors(organisation: Organisation) -> bool:
    """Take the same lock if it is free; return whether it was."""
    return _lock(organisation, "pg_try_advisory_xact_lock") is not False


def _lock(organisation: Organisation, function: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('tracking.visitors'), %s)", [organisation.pk % 2**31])
        return cursor.fetchone()[0]


class Visitors:
    """The visitors of some browsers, locked; those who begin are kept in the order they came."""

    def __init__(self, organisation: Organisation, browsers: Iterable[UUID], contact_ids: set[int]) -> None:
        """Lock the visitors of these browsers, and before them their contacts and `contact_ids`. Four queries."""
        self.organisation = organisation
        wanted = set(browsers)
        rows = Visitor.objects.filter(organisation=organisation, browser__in=wanted)
        known = {pk for pk in rows.values_list("contact_id", flat=True) if pk is not None}
        self.contact_ids = hold_contacts(organisation, known | contact_ids)
        self._of: dict[UUID, list[Visitor]] = defaultdict(list)
        for visitor in rows.select_for_update(of=("self",)).order_by("browser", "since", "pk"):
            if visitor.browser is not None:
                self._of[visitor.browser].append(visitor)
        keys = {browser_key(one): one for one in wanted - self._of.keys()}
        gone = Visitor.objects.filter(organisation=organisation, browser=None, browser_key__in=list(keys))
        self.gone: set[UUID] = {keys[key] for key in gone.values_list("browser_key", flat=True)} if keys else set()
        self.begun: list[Visitor] = []

    def find(self, browser: UUID, at: datetime) -> Visitor | None:
        """Return whose browser it was at a moment: the one who began last before it, else the first."""
        known = self._of.get(browser, [])
        return next((one for one in reversed(known) if one.since <= at), known[0] if known else None)

    def latest(self, browser: UUID) -> Visitor | None:
        """Return whose browser it is now."""
        known = self._of.get(browser)
        return known[-1] if known else None

    def begin(self, browser: UUID, at: datetime, *, is_audience: bool = False, site_id: int | None = None) -> Visitor:
        """Begin a visitor, not stored yet: whatever a browser sends from now on is theirs."""
        visitor = Visitor(
            organisation=self.organisation,
            uid=uuid4(),
            browser=browser,
            browser_key=browser_key(browser),
            since=at,
            first_at=at,
            last_at=at,
            is_audience=is_audience,
            site_id=site_id,
        )
        self._of[browser].append(visitor)
        self.begun.append(visitor)
        return visitor

    def everybody(self) -> list[Visitor]:
        """Return all of them, those who began now included."""
        return [one for known in self._of.values() for one in known]
