"""Reads of ratings: what each member says of a touchpoint, who did not say anything yet, and how that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from prm.organisations.models import Membership, Organisation, User
from prm.organisations.rights import Right, may
from touchpoints.models import Touchpoint
from touchpoints.ratings.agreement import Spread
from touchpoints.ratings.models import RATED, Aspect, Rating, RatingChange

# The newest changes of a touchpoint that its page tells of.
MOST_CHANGES = 100


@dataclass(frozen=True)
class Opinions:
    """What is said of one aspect of a touchpoint."""

    aspect: Aspect
    value: float | None
    ratings: Sequence[Rating]
    own: Rating | None
    # Members who may rate and did not.
    missing: Sequence[User]
    # Of the touchpoint's value, newest first.
    changes: Sequence[RatingChange]
    # People of whom surveys know it; what members say does not count then.
    answers: int
    # Ids of people who are members no longer.
    gone: frozenset[int]

    @cached_property
    def spread(self) -> Spread:
        """What the members' ratings come to."""
        return Spread([one.value for one in self.ratings])

    @property
    def is_measured(self) -> bool:
        """Tell whether surveys say it."""
        return self.answers > 0

    @property
    def set_by(self) -> RatingChange | None:
        """Who set a value that no member's rating stands behind; None where nobody knows."""
        return self.changes[0] if self.changes and not self.ratings and self.value is not None else None

    @property
    def since(self) -> RatingChange | None:
        """The change that made it what it is."""
        return self.changes[0] if self.changes else None


def list_opinions(organisation: Organisation, touchpoint: Touchpoint, *, of: User) -> list[Opinions]:
    """Return what members say of each aspect of a touchpoint; `of` is whose own ratings they are. Three queries."""
    ratings = list(
        Rating.objects.filter(organisation=organisation, touchpoint=touchpoint)
        .select_related("rater")
        .order_by("value", "rated_at", "pk")
    )
    raters = list_raters(organisation)
    changes = RatingChange.objects.filter(organisation=organisation, touchpoint=touchpoint).select_related("by")
    told = list(changes.order_by("-at", "-pk")[:MOST_CHANGES])
    members = {one.pk for one in raters}
    found = []
    for aspect in RATED:
        own = [one for one in ratings if one.aspect == aspect]
        said = {one.rater_id for one in own}
        found.append(
            Opinions(
                aspect,
                getattr(touchpoint, aspect.value),
                own,
                next((one for one in own if one.rater_id == of.pk), None),
                [one for one in raters if one.pk not in said],
                [one for one in told if one.aspect == aspect and one.before != one.after],
                touchpoint.perceived_answers if aspect == Aspect.PERCEIVED else 0,
                frozenset(said - members),
            )
        )
    return found


def list_raters(organisation: Organisation) -> list[User]:
    """Return the members who may rate, by name. One query."""
    members = Membership.objects.filter(organisation=organisation).select_related("user")
    raters = [one.user for one in members if may(one.role, Right.TOUCHPOINTS_RATE)]
    return sorted(raters, key=lambda user: str(user).casefold())


def find_own(organisation: Organisation, touchpoint: Touchpoint, rater: User) -> dict[Aspect, Rating]:
    """Return what one member says of a touchpoint, by aspect. One query."""
    found = Rating.objects.filter(organisation=organisation, touchpoint=touchpoint, rater=rater)
    return {Aspect(one.aspect): one for one in found}


def list_own_importance(organisation: Organisation, rater: User) -> dict[int, float]:
    """Return what one member says of the importance of each touchpoint, by id. One query."""
    found = Rating.objects.filter(organisation=organisation, rater=rater, aspect=Aspect.IMPORTANCE)
    return dict(found.values_list("touchpoint_id", "value"))
