"""What members do with themes: add, change, remove; their rules; how quickly interests fade."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.interests.models import LONGEST_HALF_LIFE_DAYS, InterestSetting, Theme, ThemeRule
from touchpoints.interests.rebuilding import rebuild
from touchpoints.models import Touchpoint

MOST_THEMES = 100
# Each different address that comes in is held against every rule.
MOST_RULES = 300
LONGEST_PATTERN = 300

# Says why a theme cannot go, in words; "" where nothing holds it.
Holder = Callable[[Organisation, Theme], str]
_holders: list[Holder] = []


def register_holder(holder: Holder) -> None:
    """Say what keeps a theme from being removed: a function (organisation, theme) that gives words, "" for nothing."""
    if holder not in _holders:
        _holders.append(holder)


def create_theme(organisation: Organisation, *, name: str, by: Actor | None, description: str = "") -> Theme:
    """Add a theme. Raises Invalid, and Conflict beyond MOST_THEMES."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Theme.objects.count() >= MOST_THEMES:
            raise Conflict(_("There are %(n)s themes already: let one stand for several.") % {"n": MOST_THEMES})
        theme = Theme(organisation=organisation)
        _set_theme(theme, name, description)
        theme.save()
        audit.record(organisation, by, "theme.create", theme, after=_told(theme))
    return theme


def update_theme(organisation: Organisation, *, theme_id: int, name: str, description: str, by: Actor | None) -> Theme:
    """Change what a theme is called. Raises NotFound, Invalid."""
    with transaction.atomic():
        theme = lock_theme(theme_id)
        before = _told(theme)
        _set_theme(theme, name, description)
        theme.save()
        audit.record(organisation, by, "theme.update", theme, before=before, after=_told(theme))
    return theme


def delete_theme(organisation: Organisation, *, theme_id: int, by: Actor | None) -> Theme:
    """Remove a theme with its rules, and everybody's interest in it. Raises NotFound, Conflict while it is used."""
    with transaction.atomic():
        theme = lock_theme(theme_id)
        reasons = [words for holder in _holders if (words := holder(organisation, theme))]
        if reasons:
            raise Conflict(" ".join(reasons))
        audit.record(organisation, by, "theme.delete", theme, before=_told(theme))
        theme.delete()
    return theme


def lock_theme(theme_id: int) -> Theme:
    """Return a theme, to be changed by nobody else until the transaction ends. Raises NotFound."""
    theme: Theme | None = Theme.objects.select_for_update(of=("self",)).filter(pk=theme_id).first()
    if theme is None:
        raise NotFound
    return theme


def _set_theme(theme: Theme, name: str, description: str) -> None:
    theme.name, theme.description = " ".join(name.split()), " ".join(description.split())
    fields = {}
    if not theme.name or len(theme.name) > 80 or not is_storable(theme.name):
        fields["name"] = _("A theme has a name of at most 80 characters.")
    elif Theme.objects.filter(name__iexact=theme.name).exclude(pk=theme.pk).exists():
        fields["name"] = _("There is a theme of this name already.")
    if len(theme.description) > 300 or not is_storable(theme.description):
        fields["description"] = _("This is too long, or holds characters that cannot be stored.")
    if fields:
        raise Invalid(fields=fields)


# --- Rules -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleInput:
    """A rule as somebody gives it: an address (patterns of site and page), or a touchpoint."""

    patterns: Mapping[str, str] = field(default_factory=dict)
    touchpoint_id: int | None = None


def add_rule(organisation: Organisation, *, theme_id: int, values: RuleInput, by: Actor | None) -> ThemeRule:
    """Let acts at an address or a touchpoint be of a theme, past ones too, which a worker looks through.

    Raises NotFound, Invalid, and Conflict where the theme has the same rule already or there are too many.
    """
    with transaction.atomic():
        theme = lock_theme(theme_id)
        rule = ThemeRule(organisation=organisation, theme=theme, created_by=by if isinstance(by, User) else None)
        _set_rule(rule, values)
        if ThemeRule.objects.count() >= MOST_RULES:
            raise Conflict(_("There are %(n)s rules already: let one do for several.") % {"n": MOST_RULES})
        rule.save()
        audit.record(organisation, by, "theme.rule", theme, after=_told_rule(rule))
        rebuild(organisation, by=by if isinstance(by, User) else None)
    return rule


def remove_rule(organisation: Organisation, *, rule_id: int, by: Actor | None) -> ThemeRule:
    """Remove a rule; past acts it gave the theme lose it. Raises NotFound."""
    with transaction.atomic():
        rule: ThemeRule | None = (
            ThemeRule.objects.select_for_update(of=("self",))
            .select_related("theme", "touchpoint")
            .filter(pk=rule_id)
            .first()
        )
        if rule is None:
            raise NotFound
        audit.record(organisation, by, "theme.rule", rule.theme, before=_told_rule(rule))
        rule.delete()
        rebuild(organisation, by=by if isinstance(by, User) else None)
    return rule


def _set_rule(rule: ThemeRule, values: RuleInput) -> None:
    patterns = {name: text.strip() for name, text in values.patterns.items() if text.strip()}
    if values.touchpoint_id is not None:
        touchpoint = Touchpoint.objects.filter(pk=values.touchpoint_id, archived_at=None).first()
        if touchpoint is None:
            raise Invalid(fields={"touchpoint": _("Choose a touchpoint of the inventory.")})
        if patterns:
            raise Invalid(_("A rule asks for an address or for a touchpoint, not for both."))
        rule.touchpoint, rule.patterns = touchpoint, {}
    else:
        _check_patterns(patterns)
        rule.touchpoint, rule.patterns = None, patterns
    same = ThemeRule.objects.filter(theme=rule.theme, touchpoint=rule.touchpoint, patterns=rule.patterns)
    if same.exists():
        raise Conflict(_("“%(name)s” has this rule already.") % {"name": rule.theme.name})


def _check_patterns(patterns: Mapping[str, str]) -> None:
    if not patterns or not patterns.keys() <= {"host", "path"}:
        raise Invalid(fields={"address": _("Write an address, such as www.acme.fr/produits/*, or /produits/*.")})
    if any(len(text) > LONGEST_PATTERN or not is_storable(text) for text in patterns.values()):
        raise Invalid(fields={"address": _("This is too long, or holds characters that cannot be stored.")})
    if not any(text.strip("/*") for text in patterns.values()) and patterns.get("path") != "/":
        raise Invalid(fields={"address": _("This would take every page: ask for more.")})


# --- Fading ------------------------------------------------------------------------------------------


def set_half_life(organisation: Organisation, *, days: int, by: Actor | None) -> None:
    """Say after how many days half of an act's weight is left; everybody's interests are worked out anew.

    Raises Invalid.
    """
    if not 1 <= days <= LONGEST_HALF_LIFE_DAYS:
        raise Invalid(fields={"half_life_days": _("From 1 to %(n)s days.") % {"n": LONGEST_HALF_LIFE_DAYS}})
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        setting = InterestSetting.objects.filter(organisation=organisation).first()
        setting = setting or InterestSetting(organisation=organisation)
        before = setting.half_life_days
        if before == days:
            return
        setting.half_life_days = days
        setting.save()
        audit.record(
            organisation,
            by,
            "interests.half_life",
            None,
            before={"half_life_days": before},
            after={"half_life_days": days},
        )
        rebuild(organisation, by=by if isinstance(by, User) else None)


def _told(theme: Theme) -> dict[str, Any]:
    return {"name": theme.name, "description": theme.description}


def _told_rule(rule: ThemeRule) -> dict[str, Any]:
    return {"touchpoint": rule.touchpoint.name} if rule.touchpoint else dict(rule.patterns)
