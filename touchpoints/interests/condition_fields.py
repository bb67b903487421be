"""Interests in conditions: for each theme, how interested somebody is, 0 to 100, as of the moment it is asked.

Interests are kept as of the last act and fade by themselves; a condition knows when one will have faded below what it
asks for, so that segments are left at that moment without a sweep over everybody.
"""

from functools import partial

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from contacts.condition_fields import PEOPLE, SUBJECT
from prm.conditions.fields import Apart, Field, FieldType, Source, register_source
from touchpoints.interests.models import USUAL_HALF_LIFE_DAYS, InterestSetting, Theme

PREFIX = "interest."
# From a weight to a lower one: half-lives between the points behind both (interests_weight).
_FALLS = (
    "make_interval(secs => 86400.0 * {half_life}"
    " * ln(ln(1 - least({{value}}, 99.999999) / 100) / ln(1 - {{to}} / 100)) / ln(2))"
)


def register_fields() -> None:
    """Let conditions over people, and rules of fit, ask what somebody is interested in."""
    register_source(PEOPLE, Source(PREFIX, partial(_load, is_apart=True)))
    register_source(SUBJECT, Source(PREFIX, partial(_load, is_apart=False)))


def _load(*, is_apart: bool) -> list[Field]:
    """Return a field for each theme of the organisation in scope. One query."""
    half_life = Subquery(InterestSetting.objects.values("half_life_days")[:1])
    themes = Theme.objects.annotate(half_life=Coalesce(half_life, USUAL_HALF_LIFE_DAYS)).order_by("name", "pk")
    return [_field(theme, theme.half_life, is_apart=is_apart) for theme in themes]


def _field(theme: Theme, half_life: int, *, is_apart: bool) -> Field:
    weight = f"interests_weight(x.level, x.as_of, {half_life}, {{now}})"
    of_theme = f"x.theme_id = {int(theme.pk)}"
    # Read as a set for segments; one by one where a score is made of it.
    apart = Apart(
        f"interests_interest x WHERE x.organisation_id = %(organisation_id)s AND {of_theme}", "x.contact_id", weight
    )
    one_by_one = (
        f"(SELECT {weight} FROM interests_interest x"
        f" WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id AND {of_theme})"
    )
    return Field(
        f"{PREFIX}{theme.pk}",
        _("interest in “%(theme)s” (0 to 100)") % {"theme": theme.name},
        FieldType.NUMBER,
        "c.id" if is_apart else one_by_one,
        _("Interests"),
        apart=apart if is_apart else None,
        falls=_FALLS.format(half_life=half_life),
        is_exhaustive=True,
    )
