"""How ratings came to be what they are: changes written down, and read as of a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.sql import fetch
from touchpoints.models import Touchpoint
from touchpoints.ratings.models import Aspect, RatingChange

# "A year ago".
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Values:
    """A touchpoint's ratings at a moment, 1-5; None: not rated, or nobody knows."""

    importance: float | None = None
    objective_quality: float | None = None
    perceived_quality: float | None = None
    observed: float | None = None

    @property
    def quality(self) -> float | None:
        """Mean of the qualities that were rated."""
        rated = [value for value in (self.objective_quality, self.perceived_quality) if value is not None]
        return sum(rated) / len(rated) if rated else None


def note_change(
    touchpoint: Touchpoint,
    aspect: Aspect,
    *,
    by: Actor | None,
    value: tuple[float | None, float | None],
    own: tuple[float | None, float | None] = (None, None),
    at: datetime | None = None,
) -> None:
    """Write down that a value, or what a member says, went from one to another; what did not change is not written."""
    if value[0] == value[1] and own[0] == own[1]:
        return
    RatingChange.objects.create(
        organisation_id=touchpoint.organisation_id,
        touchpoint=touchpoint,
        aspect=aspect,
        at=at or timezone.now(),
        by=by if isinstance(by, User) else None,
        by_label=(str(by) if by else "PRM")[:160],
        before=value[0],
        after=value[1],
        own_before=own[0],
        own_after=own[1],
    )


def read_values(organisation: Organisation, at: datetime) -> Mapping[int, Values]:
    """Return the ratings of all touchpoints at a moment, by id; what was not there is left out. One statement."""
    found: dict[int, dict[str, float | None]] = {}
    for touchpoint_id, aspect, value in fetch(
        "touchpoints/read_ratings", {"organisation_id": organisation.pk, "at": at}
    ):
        found.setdefault(touchpoint_id, {})[aspect] = value
    return {touchpoint_id: Values(**values) for touchpoint_id, values in found.items()}
