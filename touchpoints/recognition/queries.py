"""Reads of recognition: the rules in their order, what has no touchpoint, and which one something would get."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.sql import fetch
from touchpoints.kinds import name_of
from touchpoints.models import InteractionKind
from touchpoints.recognition.facts import FACTS, PROPERTY
from touchpoints.recognition.models import RecognitionRule

# How far back a page looks: interactions from the end of the log, whoever acted.
LATEST = 10_000
MOST_GROUPS = 30
# What a group of interactions without a touchpoint is told by, the most telling first.
_TELLING = ("form", "scenario", "path", "utm_campaign")


@dataclass(frozen=True)
class Homeless:
    """Interactions of one sort that have no touchpoint."""

    kind: str
    kind_name: str
    facts: Mapping[str, str]
    number: int
    contacts: int
    last_at: datetime

    @property
    def patterns(self) -> dict[str, str]:
        """The rule that would take them: its site with its page, else what tells them best."""
        telling = next((name for name in _TELLING if self.facts.get(name)), None)
        if telling is None:
            return {}
        host = {"host": self.facts["host"]} if telling == "path" and self.facts.get("host") else {}
        return {**host, telling: self.facts[telling]}

    @property
    def words(self) -> str:
        """What they have in common, beside their kind."""
        return describe((), self.patterns, {}) if self.patterns else ""


@dataclass(frozen=True)
class WithoutHome:
    """What lately had no touchpoint: the largest groups, and how many there are of how many."""

    groups: Sequence[Homeless] = ()
    looked_at: int = 0
    number: int = 0
    group_count: int = 0

    @property
    def percent(self) -> int:
        """The share without a touchpoint, 0-100; something is never shown as nothing, nor all but something as all."""
        if not self.number:
            return 0
        return min(max(round(100 * self.number / self.looked_at), 1), 99 if self.number < self.looked_at else 100)


@dataclass(frozen=True)
class Fitting:
    """How many of the latest interactions a rule fits."""

    looked_at: int
    number: int
    without: int
    contacts: int


@dataclass(frozen=True)
class Tried:
    """What one interaction would become: the rule that takes it, or None; and how its facts were read."""

    rule: RecognitionRule | None
    facts: Mapping[str, str] = field(default_factory=dict)


def list_rules(organisation: Organisation, *, touchpoint_id: int | None = None) -> list[RecognitionRule]:
    """Return the rules in the order they are tried, with their touchpoints; of one touchpoint, if asked. One query."""
    rules: QuerySet[RecognitionRule] = RecognitionRule.objects.filter(organisation=organisation)
    if touchpoint_id is not None:
        rules = rules.filter(touchpoint=touchpoint_id)
    return list(rules.select_related("touchpoint").order_by("position", "pk"))


def get_rule(organisation: Organisation, rule_id: int) -> RecognitionRule:
    """Return a rule with its touchpoint; raise NotFound. One query."""
    rule = RecognitionRule.objects.filter(organisation=organisation, pk=rule_id).select_related("touchpoint").first()
    if rule is None:
        raise NotFound
    return rule


def list_homeless(organisation: Organisation, kinds: Mapping[str, InteractionKind]) -> WithoutHome:
    """Return what had no touchpoint among the LATEST interactions that people did. One query."""
    params = {"organisation_id": organisation.pk, "latest": LATEST, "most": MOST_GROUPS}
    rows = fetch("touchpoints/list_homeless", params)
    groups = [
        Homeless(
            kind=row[0],
            kind_name=name_of(kinds.get(row[0], row[0])),
            facts=dict(zip(("host", "path", "utm_campaign", "form", "scenario"), row[1:6], strict=True)),
            number=row[6],
            contacts=row[7],
            last_at=row[8],
        )
        for row in rows
        if row[0] is not None
    ]
    return WithoutHome(groups, *rows[0][9:12])


def count_fitting(organisation: Organisation, kinds: Sequence[str], patterns: Mapping[str, str]) -> Fitting:
    """Return how many of the LATEST interactions a rule would fit, whatever other rules say. One query."""
    params = {
        "organisation_id": organisation.pk,
        "latest": LATEST,
        "kinds": list(kinds),
        "patterns": json.dumps(dict(patterns)),
    }
    return Fitting(*fetch("touchpoints/count_fitting", params)[0])


def try_rules(organisation: Organisation, *, kind: str, properties: Mapping[str, Any]) -> Tried:
    """Return which rule an interaction of this kind with these properties would be taken by. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT touchpoints_facts(given.properties),"
            " (SELECT rule_id FROM touchpoints_recognise(%s, %s, given.properties))"
            " FROM (SELECT %s::jsonb AS properties) AS given",
            [organisation.pk, kind, json.dumps(dict(properties))],
        )
        facts, rule_id = cursor.fetchone()
    read = facts if isinstance(facts, dict) else json.loads(facts)
    rule = get_rule(organisation, rule_id) if rule_id is not None else None
    return Tried(rule, {name: value for name, value in read.items() if value})


def describe(kinds: Sequence[str], patterns: Mapping[str, str], known: Mapping[str, InteractionKind]) -> str:
    """Say what a rule asks for: “Page viewed or Form sent, on the page /tarifs*”."""
    parts = []
    if kinds:
        names = [_("“%(kind)s”") % {"kind": name_of(known.get(kind, kind))} for kind in kinds]
        parts.append(get_text_list(names, _("or")))
    for name, pattern in sorted(patterns.items(), key=lambda one: _place(one[0])):
        if name in FACTS:
            parts.append(str(FACTS[name].sentence) % {"pattern": pattern})
        else:
            parts.append(
                _("with %(property)s = %(pattern)s") % {"property": name.removeprefix(PROPERTY), "pattern": pattern}
            )
    return ", ".join(parts)


def _place(name: str) -> int:
    return list(FACTS).index(name) if name in FACTS else len(FACTS)
