"""What tests of scoring start from: contacts, rules, a published model, a log."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from contacts.models import Contact, Stage
from prm.organisations.models import Organisation
from scoring.models import ModelVersion, Rule, VersionStatus
from tests.scoring.reference import Act
from touchpoints.models import Touchpoint


def add_contact(organisation: Organisation, email: str = "camille@example.com", **values: Any) -> Contact:
    values.setdefault("stage", Stage.PROSPECT)
    return Contact.objects.create(organisation=organisation, email=email, **values)


def add_touchpoint(organisation: Organisation, code: str = "pricing") -> Touchpoint:
    return Touchpoint.objects.create(organisation=organisation, code=code, name=code.title(), channel="website")


def publish(organisation: Organisation, *rules: Rule, number: int = 1, **values: Any) -> ModelVersion:
    """Store these rules as the published version; the one before is archived."""
    ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).update(status=VersionStatus.ARCHIVED)
    version = ModelVersion.objects.create(
        organisation=organisation,
        number=number,
        status=VersionStatus.PUBLISHED,
        published_at=timezone.now(),
        **values,
    )
    for position, rule in enumerate(rules):
        rule.organisation, rule.version, rule.position = organisation, version, position
    Rule.objects.bulk_create(rules)
    return version


def behaviour(kind: str, points: float, **values: Any) -> Rule:
    values.setdefault("name", f"{kind} {points:g}")
    return Rule(axis="intent", kind=kind, points=points, **values)


def profile(points: float, wanted: str, **values: Any) -> Rule:
    condition = {"field": "job_title", "op": "contains", "value": wanted}
    return Rule(axis="fit", name=f"{wanted} {points:g}", points=points, condition=condition, **values)


def add_log(organisation: Organisation, contact: Contact, acts: Sequence[Act]) -> None:
    """Write acts as they are, without waking anybody."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO touchpoints_interaction"
            " (organisation_id, contact_id, touchpoint_id, kind, verdict, occurred_at, properties)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                [
                    organisation.pk,
                    contact.pk,
                    act.touchpoint_id,
                    act.kind,
                    act.verdict,
                    act.at,
                    json.dumps(act.properties),
                ]
                for act in acts
            ],
        )


def standing(contact: Contact) -> tuple[float, float, float, int]:
    row = Contact.objects.select_related("standing").get(pk=contact.pk).standing
    return row.intent, row.fit, row.total, row.tier


NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
