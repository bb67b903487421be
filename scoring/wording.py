"""Rules in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm.conditions.fields import Vocabulary
from prm.conditions.sentences import sentence
from prm.web.figures import figure
from scoring.models import Axis, Rule
from scoring.vocabulary import interaction_vocabulary, profile_vocabulary
from touchpoints.kinds import icon_of, name_of
from touchpoints.models import InteractionKind


@dataclass
class Words:
    """What it takes to say the rules of a version. Two queries, whatever the number of rules."""

    kinds: Mapping[str, InteractionKind] = field(
        default_factory=lambda: {kind.code: kind for kind in InteractionKind.objects.all()}
    )
    acts: Vocabulary = field(default_factory=interaction_vocabulary)

    @cached_property
    def touchpoints(self) -> Mapping[int, str]:
        """The names of touchpoints by id."""
        asked = self.acts.fields["touchpoint"]
        return {pk: str(name) for code, name in asked.choices() for pk in (asked.encode(code) if asked.encode else ())}

    def kind(self, code: str) -> str:
        """Return the name of a kind."""
        return name_of(self.kinds.get(code, code))

    def sentence(self, rule: Rule) -> str:
        """Return what a rule counts, in one line."""
        if rule.axis == Axis.FIT:
            return sentence(rule.condition, profile_vocabulary())
        parts = [self.kind(rule.kind)]
        if rule.touchpoint_id is not None:
            parts.append(_("touchpoint “%(name)s”") % {"name": self.touchpoints.get(rule.touchpoint_id, "?")})
        if rule.property_condition:
            parts.append(sentence(rule.property_condition, self.acts))
        return ", ".join(parts)

    def limits(self, rule: Rule) -> str:
        """Return how a rule's points are held in, in one line."""
        parts = []
        if rule.once_a_day:
            parts.append(_("once a day"))
        if rule.window_days:
            days = ngettext("the last %(n)s day only", "the last %(n)s days only", rule.window_days)
            parts.append(days % {"n": figure(rule.window_days)})
        return ", ".join(parts)

    def icon(self, rule: Rule) -> str:
        """Return the icon of what a rule counts."""
        return icon_of(rule.kind) if rule.axis == Axis.INTENT else "target"
