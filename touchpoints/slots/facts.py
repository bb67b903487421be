"""What a variant's condition may ask: of this visit, of the entry point, and of the person, where one is known.

One language for all of it: the facts of a request are one row, joined from the left with the visitor, the visit under
way and the person, so that the house's own compiler serves here as well. Of somebody who is not known nothing is known:
"is" never holds of them, "is not" does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from contacts.condition_fields import PEOPLE
from contacts.segments.models import Segment
from prm.conditions.fields import Choices, Field, FieldType, Vocabulary, remembering, vocabulary
from touchpoints.condition_fields import list_touchpoints, touchpoint_ids
from touchpoints.tracking.collecting import PAUSE
from touchpoints.tracking.models import SourceKind
from touchpoints.tracking.sources import DIRECT, Source, name_source

# Who somebody is by name is no reason to show them something else, and would single them out.
_HIDDEN = frozenset({"email", "phone", "last_name", "search"})
_VISIT, _ENTRY = _("This visit"), _("Entry point")
_LANGUAGES = (("fr", "Français"), ("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("it", "Italiano"))

# f: the request; v: the visitor; w: the visit under way; e: how it began; c, co, s: the person, as everywhere.
FROM = """
FROM (SELECT
    %(organisation_id)s::bigint AS organisation_id, %(fact_url)s::text AS url, %(fact_path)s::text AS path,
    %(fact_referrer)s::text AS referrer, %(fact_language)s::text AS language, %(fact_kind)s::text AS kind,
    %(fact_source)s::text AS source, %(fact_medium)s::text AS medium, %(fact_campaign)s::text AS campaign,
    %(fact_content)s::text AS content, %(fact_term)s::text AS term, %(fact_begins)s::boolean AS begins
) f
LEFT JOIN tracking_visitor v ON v.organisation_id = f.organisation_id AND v.id = %(visitor_id)s
LEFT JOIN LATERAL (
    SELECT t.* FROM tracking_visit t
    WHERE t.organisation_id = f.organisation_id AND t.visitor_id = v.id
      AND t.last_at > %(now)s::timestamptz - %(pause)s::interval
    ORDER BY t.last_at DESC LIMIT 1
) w ON TRUE
LEFT JOIN contacts_contact c ON c.organisation_id = f.organisation_id AND c.id = %(contact_id)s AND c.stage <> ''
LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id
LEFT JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id
LEFT JOIN LATERAL (
    SELECT x.* FROM tracking_visitor x
    WHERE x.organisation_id = f.organisation_id AND (x.id = v.id OR x.contact_id = c.id)
    ORDER BY x.first_at, x.id LIMIT 1
) e ON TRUE
"""


@dataclass(frozen=True)
class Facts:
    """What one request tells by itself."""

    url: str = ""
    referrer: str = ""
    language: str = ""
    source: Source = DIRECT
    content: str = ""
    term: str = ""
    # The browser may be told from others, and nothing of it is stored yet: this is how it begins.
    begins: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of FROM that a request brings."""
        return {
            "fact_url": self.url,
            "fact_path": urlsplit(self.url).path if self.url else "",
            "fact_referrer": self.referrer,
            "fact_language": self.language,
            "fact_kind": str(self.source.kind),
            "fact_source": self.source.name,
            "fact_medium": self.source.medium,
            "fact_campaign": self.source.campaign,
            "fact_content": self.content,
            "fact_term": self.term,
            "fact_begins": self.begins,
            # Whoever comes back within so long goes on with the visit under way.
            "pause": PAUSE,
        }


def facts_of(page: Mapping[str, Any], language: str, own_hosts: list[str], *, begins: bool) -> Facts:
    """Return the facts of a page as tracking.reading.read_page has it."""
    return Facts(
        url=str(page.get("url", "")),
        referrer=str(page.get("referrer", "")),
        language=language[:2].lower() if language[:2].isalpha() else "",
        source=name_source(page, own_hosts),
        content=str(page.get("utm_content", "")),
        term=str(page.get("utm_term", "")),
        begins=begins,
    )


def slot_vocabulary() -> Vocabulary:
    """Return all that a variant may ask, to be kept for one page or one plan: it asks for choices once."""
    people = vocabulary(PEOPLE)
    own = {one.name: one for one in (*_visit(), *_entry(), SEGMENT)}
    others = {name: one for name, one in people.fields.items() if name not in own and name not in _HIDDEN}
    return remembering(Vocabulary({**own, **others}, people.properties, people.sources))


def _of_visit(column: str) -> str:
    """Return what this request says of its source, else the visit it goes on with."""
    return f"CASE WHEN f.kind <> 'direct' THEN f.{column} ELSE COALESCE(w.{column}, f.{column}) END"


def _of_entry(column: str, now: str) -> str:
    """Return how it began; a browser that begins with this request begins so."""
    return f"COALESCE(e.{column}, CASE WHEN f.begins THEN f.{now} END)"


def _visit() -> list[Field]:
    def text(name: str, label: Any, sql: str) -> Field:
        return Field(f"visit.{name}", label, FieldType.TEXT, sql, _VISIT)

    return [
        text("campaign", _("campaign (utm_campaign)"), _of_visit("campaign")),
        Field("visit.kind", _("what it comes from"), FieldType.CHOICE, _of_visit("kind"), _VISIT, _kinds),
        text("source", _("source by name (utm_source, or the referring site)"), _of_visit("source")),
        text("medium", _("medium (utm_medium)"), _of_visit("medium")),
        text("content", _("utm_content"), "f.content"),
        text("term", _("utm_term"), "f.term"),
        text("path", _("path of the page"), "f.path"),
        text("url", _("address of the page"), "f.url"),
        text("landing", _("first page of the visit"), "COALESCE(NULLIF(w.landing_url, ''), f.url)"),
        text("referrer", _("address of the referring page"), "f.referrer"),
        Field(
            "visit.language",
            _("language of the browser"),
            FieldType.CHOICE,
            "f.language",
            _VISIT,
            _languages,
            is_open=True,
        ),
        Field(
            "visit.returning",
            _("has been here before"),
            FieldType.BOOLEAN,
            "COALESCE(v.visit_count > CASE WHEN w.id IS NULL THEN 0 ELSE 1 END, FALSE)",
            _VISIT,
            is_exhaustive=True,
        ),
        Field("visit.count", _("number of visits"), FieldType.NUMBER, "COALESCE(v.visit_count, 0)", _VISIT),
        Field(
            "visit.known", _("is a known person"), FieldType.BOOLEAN, "(c.id IS NOT NULL)", _VISIT, is_exhaustive=True
        ),
    ]


def _entry() -> list[Field]:
    def text(name: str, label: Any, column: str, now: str) -> Field:
        return Field(f"entry.{name}", label, FieldType.TEXT, _of_entry(column, now), _ENTRY)

    return [
        Field(
            "entry.touchpoint",
            _("touchpoint they began with"),
            FieldType.CHOICE,
            "e.entry_touchpoint_id",
            _ENTRY,
            list_touchpoints,
            touchpoint_ids,
            "bigint",
        ),
        Field(
            "entry.kind",
            _("what they first came from"),
            FieldType.CHOICE,
            _of_entry("entry_kind", "kind"),
            _ENTRY,
            _kinds,
        ),
        text("source", _("source they first came from"), "entry_source", "source"),
        text("campaign", _("campaign they first came from"), "entry_campaign", "campaign"),
        text("url", _("page they first saw"), "entry_url", "url"),
    ]


def _kinds() -> Choices:
    return SourceKind.choices


def _languages() -> Choices:
    return _LANGUAGES


def _segments() -> Choices:
    found = Segment.objects.filter(archived_at=None).order_by("name").values_list("pk", "name")
    return [(str(pk), name) for pk, name in found]


_MEMBER = (
    "EXISTS (SELECT 1 FROM segments_segmentmember z WHERE z.organisation_id = c.organisation_id"
    " AND z.contact_id = c.id AND z.left_at IS NULL{which})"
)
SEGMENT = Field(
    "segment",
    _("segment"),
    FieldType.CHOICES,
    _MEMBER.format(which=" AND z.segment_id = ANY ({codes})"),
    _("Qualification"),
    _segments,
    encode=lambda code: [int(code)],
    cast="bigint",
    is_any=_MEMBER.format(which=""),
)
