"""What scoring shows on a contact's page: why this score."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from prm.organisations.access import OrgRequest
from prm.web.charts.square import Scale, Square, SquarePoint
from prm.web.figures import figure, ratio
from scoring.explanations import explain_contact, find_cooling
from scoring.models import Axis, ModelVersion
from scoring.scores import Contribution, Explanation
from touchpoints.models import Interaction

# Former places on the square, from the tier changes in the log.
TRAIL = 6


@dataclass(frozen=True)
class Line:
    """One rule in the panel: what is left of what it gave, and why it is not more."""

    contribution: Contribution
    left_percent: float
    raw_percent: float
    remark: str


def why_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load why a contact has its score; hidden where nothing is published."""
    explained = explain_contact(request.organisation, contact)
    if explained is None:
        return None
    found, version = explained
    return {
        "found": found,
        "version": version,
        "acts": [_line(one, found) for one in found.contributions if one.rule.axis == Axis.INTENT],
        "traits": [one for one in found.contributions if one.rule.axis == Axis.FIT],
        "cooling": find_cooling(found, version),
        "chart": _square(contact, found, version),
    }


def _line(one: Contribution, found: Explanation) -> Line:
    widest = max((abs(other.raw) for other in found.contributions if other.rule.axis == Axis.INTENT), default=1) or 1
    return Line(one, 100 * abs(one.points) / widest, 100 * abs(one.raw) / widest, _remark(one))


def _remark(one: Contribution) -> str:
    """Say what the cap, the half-life or the window take away."""
    parts = []
    if one.rule.once_a_day:
        parts.append(_("counts once a day"))
    if one.is_capped and one.rule.cap is not None:
        parts.append(_("cap of %(n)s points reached") % {"n": figure(one.rule.cap)})
    if one.is_decayed and one.rule.half_life_days:
        parts.append(
            _("time has left %(share)s (half-life %(n)s days)")
            % {"share": ratio(one.decayed / one.raw, 0), "n": figure(one.rule.half_life_days)}
        )
    if one.rule.window_days:
        parts.append(_("only the last %(n)s days") % {"n": one.rule.window_days})
    return ", ".join(parts)


def _square(contact: Contact, found: Explanation, version: ModelVersion) -> Square:
    scale = Scale(version.warm_from, version.hot_from, version.minimum_fit)
    rows = Interaction.objects.filter(
        organisation=contact.organisation_id, contact_id=contact.pk, kind="tier_changed"
    ).order_by("-occurred_at", "-pk")[:TRAIL]
    path = [
        SquarePoint(float(row.properties["fit"]), float(row.properties["intent"]))
        for row in reversed(rows)
        if isinstance(row.properties.get("fit"), int | float) and isinstance(row.properties.get("intent"), int | float)
    ]
    return Square(f"square-{contact.pk}", SquarePoint(found.fit, found.intent), scale, path)
