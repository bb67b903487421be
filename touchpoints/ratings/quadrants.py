"""What importance and quality together say of a touchpoint: its quadrant, and whether it irritates."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from touchpoints.models import Touchpoint

# The middle of the scale of 1 to 5; on the line counts as high.
MIDDLE = 3
# An irritant: this bad (at most) where it matters this much (at least).
IRRITANT_QUALITY = 2
IRRITANT_IMPORTANCE = 4


class Quadrant(models.TextChoices):
    """What to do with a touchpoint."""

    FIX_FIRST = "fix_first", _("Fix first")
    PROTECT = "protect", _("Protect")
    IMPROVE_LATER = "improve_later", _("Improve later")
    LEAVE = "leave", _("Leave")


def quadrant(importance: float | None, quality: float | None) -> Quadrant | None:
    """Return the quadrant of two ratings, 1-5; None while one of them is missing."""
    if importance is None or quality is None:
        return None
    if importance >= MIDDLE:
        return Quadrant.PROTECT if quality >= MIDDLE else Quadrant.FIX_FIRST
    return Quadrant.LEAVE if quality >= MIDDLE else Quadrant.IMPROVE_LATER


def is_irritant(importance: float | None, quality: float | None) -> bool:
    """Tell whether something that matters is done badly."""
    return (
        importance is not None
        and quality is not None
        and importance >= IRRITANT_IMPORTANCE
        and quality <= IRRITANT_QUALITY
    )


def quadrant_of(touchpoint: Touchpoint) -> Quadrant | None:
    """Return the quadrant of a touchpoint, None while it is not rated."""
    return quadrant(touchpoint.importance, touchpoint.quality)


def irritates(touchpoint: Touchpoint) -> bool:
    """Tell whether a touchpoint is an irritant."""
    return is_irritant(touchpoint.importance, touchpoint.quality)
