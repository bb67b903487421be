"""Reads of interests: of one person with their reasons, of a visitor, the themes with their rules, and a tester."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.web.figures import ago, duration
from prm.work.errors import NotFound
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch
from touchpoints.interests.keeping import HALF_LIFE, weighing
from touchpoints.interests.models import Theme, ThemeRule
from touchpoints.kinds import name_of
from touchpoints.models import Interaction, InteractionKind
from touchpoints.recognition.queries import describe
from touchpoints.tracking.models import Visitor

# How far back the form of a rule looks: interactions from the end of the log.
LATEST = 20_000
# Themes of a person that are explained, and acts of each.
MOST_THEMES, MOST_REASONS = 5, 3


@dataclass(frozen=True)
class Weighed:
    """One theme of a person: how interested they are, 0-100, and when they last did something of it."""

    theme: Theme
    weight: float
    last_at: datetime
    reasons: Sequence["Reason"] = ()

    @property
    def percent(self) -> int:
        """The weight in whole points, never more than it is: what conditions compare with."""
        return int(self.weight)


@dataclass(frozen=True)
class Reason:
    """One act that speaks for an interest, in words, and its part of the theme, 0-1."""

    words: str
    at: datetime
    share: float


@dataclass(frozen=True)
class ThemeLine:
    """A theme of the list with how much is of it."""

    theme: Theme
    rules: Sequence[tuple[ThemeRule, str]] = ()
    contents: int = 0
    # People interested now by at least INTERESTED points.
    people: int = 0


# From how many points on somebody counts as interested, where one figure has to do.
INTERESTED = 20
# Their number by theme, to be remembered by.
INTERESTED_FIGURES = "interests-people"


def list_interests(organisation: Organisation, contact_id: int) -> list[Weighed]:
    """Return what a contact is interested in, most of all first. Two queries."""
    rows = _weigh_kept(organisation, contact_id)
    themes = Theme.objects.in_bulk([row[0] for row in rows])
    return [Weighed(themes[row[0]], row[1], row[2]) for row in rows if row[0] in themes]


def weights_of_contact(organisation: Organisation, contact_id: int) -> dict[int, float]:
    """Return {theme: weight} of a contact, 0-100, the heaviest first. One query."""
    return {row[0]: row[1] for row in _weigh_kept(organisation, contact_id)}


def weights_of_visitor(organisation: Organisation, visitor: Visitor) -> dict[int, float]:
    """Return {theme: weight} of a visitor, by what they did; of one who is a contact, by all of that. One query."""
    if visitor.contact_id is not None:
        return weights_of_contact(organisation, visitor.contact_id)
    weighed = weighing("a.visitor_uid", "a.visitor_uid = %(visitor)s AND a.contact_id IS NULL")
    params: dict[str, Any] = {"organisation_id": organisation.pk, "visitor": visitor.uid, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT w.theme_id, interests_weight(w.level, w.as_of, {HALF_LIFE}, %(now)s) AS weight"
            f" FROM ({weighed}) w ORDER BY weight DESC, w.theme_id",
            params,
        )
        return {row[0]: float(row[1]) for row in cursor.fetchall()}


def _weigh_kept(organisation: Organisation, contact_id: int) -> list[tuple[int, float, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.theme_id, interests_weight(t.level, t.as_of, {HALF_LIFE}, %(now)s) AS weight, t.as_of"
            " FROM interests_interest t WHERE t.organisation_id = %(organisation_id)s AND t.contact_id = %(contact_id)s"
            " ORDER BY weight DESC, t.theme_id",
            {"organisation_id": organisation.pk, "contact_id": contact_id, "now": timezone.now()},
        )
        return [(row[0], float(row[1]), row[2]) for row in cursor.fetchall()]


def explain_interests(organisation: Organisation, contact: Contact) -> list[Weighed]:
    """Return a contact's strongest themes with the acts that weigh most in each. Five queries."""
    found = list_interests(organisation, contact.pk)[:MOST_THEMES]
    if not found:
        return []
    heaviest = _list_heaviest(organisation, contact, [one.theme.pk for one in found])
    ids = [interaction_id for _theme, interaction_id, _at, _share in heaviest]
    dates = [at for _theme, _id, at, _share in heaviest]
    rows = Interaction.objects.filter(organisation=organisation, pk__in=ids, occurred_at__in=dates)
    acts = {row.pk: row for row in rows.select_related("touchpoint")}
    kinds = {kind.code: kind for kind in InteractionKind.objects.all()}
    reasons: dict[int, list[Reason]] = {}
    for theme_id, interaction_id, at, share in heaviest:
        if interaction_id in acts:
            reasons.setdefault(theme_id, []).append(Reason(_told(acts[interaction_id], kinds), at, share))
    return [Weighed(one.theme, one.weight, one.last_at, reasons.get(one.theme.pk, ())) for one in found]


def _list_heaviest(
    organisation: Organisation, contact: Contact, theme_ids: Sequence[int]
) -> list[tuple[int, int, datetime, float]]:
    """Return (theme, interaction, when, part) of the acts that weigh most now, by theme."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT theme_id, interaction_id, occurred_at, part FROM ("
            " SELECT a.*, a.now_points / nullif(sum(a.now_points) OVER (PARTITION BY a.theme_id), 0) AS part,"
            " row_number() OVER (PARTITION BY a.theme_id ORDER BY a.now_points DESC, a.interaction_id DESC) AS place"
            " FROM (SELECT t.theme_id, t.interaction_id, t.occurred_at, t.points * exp(-least("
            f"ln(2) * extract(epoch FROM %(now)s - t.occurred_at)::float8 / 86400 / ({HALF_LIFE})::float8, 600))"
            " AS now_points FROM interests_themedact t WHERE t.organisation_id = %(organisation_id)s"
            " AND t.contact_id = %(contact_id)s AND t.theme_id = ANY (%(themes)s)) a) b"
            " WHERE place <= %(most)s ORDER BY theme_id, place",
            {
                "now": timezone.now(),
                "organisation_id": organisation.pk,
                "contact_id": contact.pk,
                "themes": list(theme_ids),
                "most": MOST_REASONS,
            },
        )
        return [(row[0], row[1], row[2], float(row[3] or 0)) for row in cursor.fetchall()]


def _told(row: Interaction, kinds: Mapping[str, InteractionKind]) -> str:
    """Say an act in one line: “Page viewed, /tarifs, 3 min”."""
    properties: dict[str, Any] = row.properties if isinstance(row.properties, dict) else {}
    seconds = properties.get("seconds")
    parts = [
        name_of(kinds.get(row.kind, row.kind)),
        str(properties.get("title") or properties.get("url") or properties.get("path") or properties.get("form") or "")[
            :120
        ],
        str(row.touchpoint) if row.touchpoint and not properties.get("title") else "",
        duration(seconds) if isinstance(seconds, int | float) and seconds > 0 else "",
        ago(row.occurred_at),
    ]
    return ", ".join(part for part in parts if part)


# --- Themes and their rules --------------------------------------------------------------------------


def list_themes(organisation: Organisation) -> list[Theme]:
    """Return the themes by name. One query."""
    return list(Theme.objects.filter(organisation=organisation).order_by("name", "pk"))


def get_theme(organisation: Organisation, theme_id: int) -> Theme:
    """Return a theme; raise NotFound. One query."""
    theme: Theme | None = Theme.objects.filter(organisation=organisation, pk=theme_id).first()
    if theme is None:
        raise NotFound
    return theme


def list_rules(organisation: Organisation, theme: Theme | None = None) -> list[tuple[ThemeRule, str]]:
    """Return rules with what they say, those of addresses first; of one theme, if asked. One query."""
    rules = ThemeRule.objects.filter(organisation=organisation)
    if theme is not None:
        rules = rules.filter(theme=theme)
    found = rules.select_related("touchpoint").order_by("touchpoint__name", "pk")
    told = [(rule, rule_words(rule)) for rule in found]
    return sorted(told, key=lambda one: (one[0].touchpoint_id is not None, one[1]))


def rule_words(rule: ThemeRule) -> str:
    """Say what a rule takes."""
    if rule.touchpoint is not None:
        return _("at the touchpoint “%(name)s”") % {"name": rule.touchpoint.name}
    return describe((), rule.patterns, {})


def list_lines(organisation: Organisation, people: Mapping[int, int]) -> list[ThemeLine]:
    """Return the themes with their rules, contents and `people` (get_interested). Two queries."""
    themes = Theme.objects.filter(organisation=organisation).order_by("name", "pk")
    counted = themes.annotate(number=Count("contents", filter=Q(contents__archived_at=None)))
    rules: dict[int, list[tuple[ThemeRule, str]]] = {}
    for rule, words in list_rules(organisation):
        rules.setdefault(rule.theme_id, []).append((rule, words))
    return [ThemeLine(one, rules.get(one.pk, []), one.number, people.get(one.pk, 0)) for one in counted]


def list_contents_of(theme: Theme) -> list[tuple[int, str]]:
    """Return (id, title) of the contents in use that are of a theme. One query."""
    return list(theme.contents.filter(archived_at=None).order_by("title", "pk").values_list("pk", "title"))


def get_interested(organisation: Organisation) -> Remembered[Mapping[int, int]]:
    """Return how many contacts are interested in each theme by at least INTERESTED points now. One query."""
    return remembered(organisation, INTERESTED_FIGURES, lambda: count_interested(organisation))


def count_interested(organisation: Organisation) -> Mapping[int, int]:
    """Work out what `get_interested` remembers. Reads interests_interest_theme alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.theme_id, count(*) FROM interests_interest t WHERE t.organisation_id = %(organisation_id)s"
            f" AND interests_weight(t.level, t.as_of, {HALF_LIFE}, %(now)s) >= %(least)s GROUP BY t.theme_id",
            {"organisation_id": organisation.pk, "now": timezone.now(), "least": INTERESTED},
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Tried:
    """What themes an address has, each with the rules that say so; and how it was read."""

    themes: Mapping[Theme, Sequence[str]] = field(default_factory=dict)
    contents: Sequence[tuple[str, Theme]] = ()
    read: str = ""


def try_address(organisation: Organisation, url: str) -> Tried:
    """Return which themes the view of a page would be of. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given.facts, (SELECT coalesce(array_agg(r.id), '{}') FROM interests_themerule r"
            " WHERE r.organisation_id = %s AND r.patterns <> '{}' AND touchpoints_fits(r.patterns, given.facts, '{}')),"
            " (SELECT coalesce(array_agg(c.id), '{}') FROM contents_content c WHERE c.organisation_id = %s"
            " AND c.page_path <> '' AND c.page_host = given.facts ->> 'host' AND c.page_path = given.facts ->> 'path')"
            " FROM (SELECT touchpoints_facts(%s::jsonb) AS facts) AS given",
            [organisation.pk, organisation.pk, json.dumps({"url": url} if "://" in url else {"path": url})],
        )
        facts, rule_ids, content_ids = cursor.fetchone()
    facts = facts if isinstance(facts, dict) else json.loads(facts)
    themes: dict[Theme, list[str]] = {}
    for rule in ThemeRule.objects.filter(pk__in=rule_ids).select_related("theme", "touchpoint").order_by("theme__name"):
        themes.setdefault(rule.theme, []).append(rule_words(rule))
    read = {name: facts[name] for name in ("host", "path") if facts.get(name)}
    by_content = Theme.objects.filter(contents__in=content_ids).annotate(title=Max("contents__title"))
    return Tried(themes, [(one.title, one) for one in by_content], describe((), read, {}))


@dataclass(frozen=True)
class Fitting:
    """How many of the latest interactions a rule would take, and how many of those have a theme already."""

    looked_at: int
    number: int
    themed: int
    people: int


def count_fitting(organisation: Organisation, *, patterns: Mapping[str, str], touchpoint_id: int | None) -> Fitting:
    """Return what a rule would take of the LATEST interactions. One query."""
    params = {
        "organisation_id": organisation.pk,
        "latest": LATEST,
        "patterns": json.dumps(dict(patterns)),
        "touchpoint_id": touchpoint_id,
    }
    return Fitting(*fetch("touchpoints/count_themed_fitting", params)[0])
