"""What somebody read and did lately on the sites, for whoever is about to call them."""

from dataclasses import dataclass
from datetime import datetime

from prm.organisations.models import Organisation
from prm.work.sql import fetch
from touchpoints.kinds import icon_of

DAYS = 90
SHOWN = 5


@dataclass(frozen=True)
class Read:
    """One thing they read, how often, and when last."""

    title: str
    icon: str
    times: int
    last_at: datetime


def list_read(organisation: Organisation, contact_id: int) -> list[Read]:
    """Return the pages and documents of the last three months they came back to, most often first. One statement."""
    rows = fetch(
        "scoring/list_read",
        {"organisation_id": organisation.pk, "contact_id": contact_id, "days": DAYS, "most": SHOWN},
    )
    return [Read(title, icon_of(kind), times, last_at) for title, kind, times, last_at in rows]
