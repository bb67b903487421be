"""Perceived quality follows from answers: worked out when some came, and each day as old ones leave the window."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.sql import fetch
from prm.work.wakeups import horizon, settle, wake
from touchpoints.actions.effects import LEAST_ANSWERS
from touchpoints.models import Touchpoint
from touchpoints.ratings import services as rating
from touchpoints.ratings.history import note_change
from touchpoints.ratings.models import Aspect
from touchpoints.surveys.answering import QUEUE
from touchpoints.surveys.figures import WINDOW_DAYS


def settle_due(organisation: Organisation) -> None:
    """Do what was woken for, and come back in a day as long as there are answers. In the scope, by a worker."""
    below = horizon()
    with transaction.atomic():
        settle(organisation.pk, QUEUE, below=below)
        if settle_perceived(organisation):
            wake(organisation.pk, QUEUE, due_at=timezone.now() + timedelta(days=1))


def settle_perceived(organisation: Organisation) -> bool:
    """Give each touchpoint the quality its answers of WINDOW_DAYS come to; return whether there are any.

    With fewer than LEAST_ANSWERS it is what members estimate.
    """
    since = timezone.now() - timedelta(days=WINDOW_DAYS)
    rows = fetch("touchpoints/count_answers", {"organisation_id": organisation.pk, "since": since})
    told = {row[0]: (int(row[1]), round(float(row[2]), 1)) for row in rows if row[1] >= LEAST_ANSWERS}
    with transaction.atomic():
        known = Touchpoint.objects.filter(organisation=organisation, perceived_answers__gt=0)
        ids = {*told, *known.values_list("pk", flat=True)}
        for touchpoint in Touchpoint.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            _settle(touchpoint, *told.get(touchpoint.pk, (0, 0.0)))
    return bool(rows)


def _settle(touchpoint: Touchpoint, answers: int, value: float) -> None:
    if not answers:
        touchpoint.perceived_answers = 0
        touchpoint.save(update_fields=["perceived_answers", "updated_at"])
        rating.settle(touchpoint, Aspect.PERCEIVED, by=None)
        return
    before = touchpoint.perceived_quality
    if (before, touchpoint.perceived_answers) == (value, answers):
        return
    touchpoint.perceived_quality, touchpoint.perceived_answers = value, answers
    touchpoint.save(update_fields=["perceived_quality", "perceived_answers", "updated_at"])
    note_change(touchpoint, Aspect.PERCEIVED, by=None, value=(before, value))
