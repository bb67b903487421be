"""Until when a value may be taken as it is: how fast each kind of fact grows old. Pure."""

from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_datetime

# INSEE counts heads once a year; a company moves or closes on any day. None: such a value does not age.
FRESH_DAYS: dict[str, int | None] = {
    "siren": None,
    "founded_on": None,
    "is_closed": 90,
    "partial_diffusion": 90,
    "siret": 180,
    "address": 180,
    "postcode": 180,
    "city": 180,
    "department": 180,
    # Of people: they change their place of work every few years.
    "email": 365,
    "phone": 365,
    "job_title": 365,
}
USUAL_DAYS = 365


def fresh_days(name: str) -> int | None:
    """Return how long a field's value stays fresh; None: for ever."""
    return FRESH_DAYS.get(name, USUAL_DAYS)


def fresh_until(name: str, at: datetime | str | None) -> datetime | None:
    """Return until when a value told at this moment is fresh; None when it does not age, or nobody knows its age."""
    moment = parse_datetime(at) if isinstance(at, str) else at
    days = fresh_days(name)
    if moment is None or days is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) + timedelta(days=days)
