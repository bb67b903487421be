"""What the demo organisation's team says of its touchpoints: once, more than a year ago, and again since."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from prm.organisations.models import Organisation, User
from steering.demo import words
from touchpoints.models import Touchpoint
from touchpoints.ratings.models import RATED, Aspect, Rating, RatingChange
from touchpoints.ratings.services import Said, rate_touchpoint

# When the inventory was made, and when the team looked at it again.
MAPPED_DAYS, AGAIN_DAYS = 430, 45


def rate_touchpoints(
    organisation: Organisation, touchpoints: Mapping[str, Touchpoint], team: Mapping[str, User]
) -> None:
    """Let three people rate, with the dates they did."""
    now = timezone.now()
    mapped = now - timedelta(days=MAPPED_DAYS)
    Touchpoint.objects.update(created_at=mapped)
    marketer, admin, sales = (team[email] for email in (words.MARKETER, words.ADMIN, words.SALES))
    for code, values in words.RATED_FIRST.items():
        _rate(organisation, touchpoints[code], marketer, *values)
    RatingChange.objects.update(at=mapped + timedelta(days=9))
    for place, (code, values) in enumerate(words.RATINGS.items()):
        since = RatingChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        _rate(organisation, touchpoints[code], marketer, *values)
        _rate(organisation, touchpoints[code], admin, values[0])
        if code in words.SALES_SAY:
            importance, why = words.SALES_SAY[code]
            _rate(organisation, touchpoints[code], sales, importance, why=why)
        at = now - timedelta(days=AGAIN_DAYS - place)
        RatingChange.objects.filter(pk__gt=since).update(at=at)
        Rating.objects.filter(touchpoint=touchpoints[code]).update(rated_at=at)


def _rate(organisation: Organisation, touchpoint: Touchpoint, by: User, *values: int, why: str = "") -> None:
    said = {aspect: Said(value) for aspect, value in zip(RATED, values, strict=False)}
    said[Aspect.IMPORTANCE] = Said(values[0], why)
    rate_touchpoint(organisation, touchpoint_id=touchpoint.pk, said=said, by=by)
