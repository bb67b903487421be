"""The scoring model that is measured: 40 behaviour rules, 20 of them with property conditions, and 4 profile rules.

Most decay, all but a few have a cap, some count once a day or only within a window. Page views, the most frequent
kind, are asked for by fourteen rules; the other kinds by one to four each.
"""

from typing import Any

from django.utils import timezone

from prm.organisations.models import Organisation
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from touchpoints.models import Touchpoint

PATHS = ("/tarifs", "/cas", "/blog", "/demo", "/produit/alliages", "/produit/controle", "/recrutement")


def _is(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


_LONG = _is("seconds", "gte", 60)
CONDITIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("page_view", _is("path", "is", path)) for path in PATHS),
    ("page_view", _is("path", "starts_with", "/produit")),
    ("page_view", {"all": [_is("path", "contains", "tarif"), _LONG]}),
    ("page_view", {"any": [_is("path", "is", "/demo"), _is("path", "is", "/cas")]}),
    ("page_view", _is("source", "in", ["newsletter", "linkedin"])),
    ("page_view", {"not": _is("path", "starts_with", "/recrutement")}),
    ("form_sent", _is("source", "is", "linkedin")),
    ("form_sent", _is("path", "is", "/demo")),
    ("download", _is("path", "contains", "produit")),
    ("download", _LONG),
    ("webinar", _is("seconds", "gt", 30)),
    ("webinar", _is("source", "is", "salon")),
    ("email_clicked", _is("path", "is", "/tarifs")),
    ("email_clicked", _is("source", "is", "newsletter")),
)
# Those of the pricing page's touchpoint, then those of every kind there is.
PLACED = ("page_view", "form_sent", "download", "email_clicked")
PLAIN = (
    "page_view", "form_sent", "email_opened", "email_clicked", "email_bounced", "unsubscribed", "newsletter",
    "download", "webinar", "event", "trial", "account", "call", "meeting", "survey_answer", "purchase",
)  # fmt: skip
FIT: tuple[dict[str, Any], ...] = (
    _is("job_title", "contains", "direct"),
    _is("job_title", "contains", "achet"),
    _is("company.headcount_band", "in", ["12", "21"]),
    _is("email_domain", "in", ["gmail.com", "orange.fr"]),
)


def publish_benchmark_model(organisation: Organisation) -> None:
    """Publish the measured model as the organisation's next version. The scope is open."""
    current = ModelVersion.objects.filter(status=VersionStatus.PUBLISHED)
    number = max(current.values_list("number", flat=True), default=0) + 1
    current.update(status=VersionStatus.ARCHIVED)
    version = ModelVersion.objects.create(
        organisation=organisation,
        number=number,
        status=VersionStatus.PUBLISHED,
        warm_from=40,
        hot_from=90,
        minimum_fit=0,
        published_at=timezone.now(),
    )
    asked = [*CONDITIONS, *((kind, {}) for kind in (*PLACED, *PLAIN))]
    rules = [_behaviour(place, kind, condition) for place, (kind, condition) in enumerate(asked)]
    pricing = Touchpoint.objects.get(code="pricing")
    for rule in rules[len(CONDITIONS) : len(CONDITIONS) + len(PLACED)]:
        rule.touchpoint = pricing
    rules += [
        Rule(axis=Axis.FIT, name=f"Fit {place}", points=5.0 + place, condition=condition)
        for place, condition in enumerate(FIT)
    ]
    for place, rule in enumerate(rules):
        rule.organisation, rule.version, rule.position = organisation, version, place
    Rule.objects.bulk_create(rules)


def _behaviour(place: int, kind: str, condition: dict[str, Any]) -> Rule:
    return Rule(
        axis=Axis.INTENT,
        name=f"Rule {place}",
        kind=kind,
        points=1.0 + place % 7,
        property_condition=condition,
        cap=None if place % 9 == 8 else 10.0 + place % 3,
        half_life_days=None if place % 5 == 4 else 14.0 + place,
        window_days=90 if place % 6 == 5 else None,
        once_a_day=place % 8 == 3,
    )
