"""What members say of touchpoints, and the values that follow from it.

A touchpoint's value is the median of what members say. Where nobody said anything it is what somebody, a file or a
program set (touchpoints.services). Perceived quality follows from surveys as soon as enough people answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Membership, Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.models import Touchpoint
from touchpoints.ratings.agreement import Spread
from touchpoints.ratings.checklists import Holds, items_of, least_answers, quality_of
from touchpoints.ratings.history import note_change
from touchpoints.ratings.models import RATED, Aspect, Rating
from touchpoints.services import create_touchpoint, lock_touchpoint


@dataclass(frozen=True)
class Said:
    """What a member says of one aspect: 1-5 (None: nothing any more), why, and the checklist it comes from."""

    value: int | None = None
    comment: str = ""
    # Where there are answers, the value follows from them.
    answers: Mapping[str, int] = field(default_factory=dict)


def rate_touchpoint(
    organisation: Organisation, *, touchpoint_id: int, said: Mapping[Aspect, Said], by: User
) -> Touchpoint:
    """Keep what a member says of a touchpoint; the aspects not named stay. All or nothing.

    Raises NotFound; Conflict for one that is archived; Invalid for what is no rating, and for perceived quality once
    surveys tell it.
    """
    with transaction.atomic():
        touchpoint = lock_touchpoint(touchpoint_id)
        if touchpoint.archived_at is not None:
            raise Conflict(_("It is archived: put it back to rate it."))
        _check(touchpoint, said)
        known = {one.aspect: one for one in Rating.objects.filter(touchpoint=touchpoint, rater=by)}
        for aspect, one in said.items():
            before = known.get(aspect)
            own = (before.value if before else None, _value(touchpoint, one))
            rating = before or Rating(organisation=organisation, touchpoint=touchpoint, rater=by, aspect=aspect)
            _keep(rating, one, own[1])
            settle(touchpoint, aspect, by=by, own=own)
            if own[0] != own[1]:
                audit.record(
                    organisation,
                    by,
                    "touchpoint.rate",
                    touchpoint,
                    before={aspect.value: own[0]},
                    after={aspect.value: own[1]},
                )
    return touchpoint


def add_rated_touchpoint(
    organisation: Organisation, *, values: Mapping[str, Any], said: Mapping[Aspect, Said], by: User
) -> Touchpoint:
    """Add a touchpoint together with what its first rater says of it. Raises Invalid."""
    with transaction.atomic():
        touchpoint = create_touchpoint(organisation, values=values, by=by)
        return rate_touchpoint(organisation, touchpoint_id=touchpoint.pk, said=said, by=by)


def remove_rating(organisation: Organisation, *, touchpoint_id: int, rating_id: int, by: User) -> Touchpoint:
    """Take out what somebody said who has left the organisation. Raises NotFound, Conflict for a member's."""
    with transaction.atomic():
        touchpoint = lock_touchpoint(touchpoint_id)
        rating = Rating.objects.select_related("rater").filter(touchpoint=touchpoint, pk=rating_id).first()
        if rating is None:
            raise NotFound
        if Membership.objects.filter(user_id=rating.rater_id).exists():
            raise Conflict(_("Only the member can take it back."))
        aspect, value = Aspect(rating.aspect), rating.value
        rating.delete()
        settle(touchpoint, aspect, by=by)
        audit.record(
            organisation,
            by,
            "touchpoint.unrate",
            touchpoint,
            before={aspect.value: value, "rater": str(rating.rater)},
            after={aspect.value: None},
        )
    return touchpoint


def settle(
    touchpoint: Touchpoint,
    aspect: Aspect,
    *,
    by: Actor | None,
    own: tuple[float | None, float | None] = (None, None),
) -> None:
    """Give a locked touchpoint the value that its members' ratings come to, and write the change down."""
    before: float | None = getattr(touchpoint, aspect.value)
    after = before
    if aspect != Aspect.PERCEIVED or not touchpoint.perceived_answers:
        values = list(Rating.objects.filter(touchpoint=touchpoint, aspect=aspect).values_list("value", flat=True))
        after = Spread(values).value
    if after != before:
        setattr(touchpoint, aspect.value, after)
        touchpoint.save(update_fields=[aspect.value, "updated_at"])
    note_change(touchpoint, aspect, by=by, value=(before, after), own=own)


def _check(touchpoint: Touchpoint, said: Mapping[Aspect, Said]) -> None:
    fields: dict[str, str] = {}
    items = items_of(touchpoint.channel)
    codes = {item.code for item in items}
    for aspect, one in said.items():
        if aspect not in RATED:
            raise ValueError(aspect)
        if one.value is not None and one.value not in range(1, 6):
            fields[aspect.value] = _("Choose 1 to 5.")
        if aspect == Aspect.PERCEIVED and touchpoint.perceived_answers:
            fields[aspect.value] = _("Perceived quality follows from what people answer in surveys.")
        if not is_storable(one.comment):
            fields[f"{aspect.value}_comment"] = _("This text holds characters that cannot be stored.")
        least = least_answers(items)
        if one.answers and len(one.answers) < least:
            words = {"n": least, "all": len(items)}
            fields["checklist"] = _("Answer at least %(n)s of the %(all)s statements.") % words
        if any(code not in codes or value not in Holds.values for code, value in one.answers.items()):
            fields["checklist"] = _("Choose one of the answers offered.")
    if fields:
        raise Invalid(fields=fields)


def _value(touchpoint: Touchpoint, said: Said) -> float | None:
    if said.answers:
        return quality_of(items_of(touchpoint.channel), said.answers)
    return None if said.value is None else float(said.value)


def _keep(rating: Rating, said: Said, value: float | None) -> None:
    """Write the member's own rating, or remove it."""
    if value is None:
        if rating.pk is not None:
            rating.delete()
        return
    given: dict[str, Any] = {"value": value, "answers": dict(said.answers), "comment": said.comment.strip()[:300]}
    if rating.pk is not None and all(getattr(rating, name) == one for name, one in given.items()):
        return
    for name, one in given.items():
        setattr(rating, name, one)
    rating.rated_at = timezone.now()
    rating.save()
