"""A person's timeline: the log's rows in words, newest first, grouped by day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.web.figures import duration, figure, long_day
from prm.web.pagination import Page, paginate
from touchpoints.kinds import NEWS, icon_of
from touchpoints.models import Interaction, InteractionKind
from touchpoints.wording import (
    MOST_VALUES,
    Detail,
    is_number,
    list_details,
    name_act,
    one_line,
    page_of,
    remark_on,
    summarise,
)

PAGE_SIZE = 20
ORDER = ("-occurred_at", "-id")


class Group(models.TextChoices):
    """What a reader can narrow a timeline to."""

    ALL = "", pgettext_lazy("interactions", "All")
    SITE = "site", gettext_lazy("Site")
    EMAIL = "email", gettext_lazy("E-mails")
    TALK = "talk", gettext_lazy("Calls and meetings")


KINDS_OF = {
    Group.SITE: (
        *("page_view", "site_search", "outgoing_click", "basket", "funnel"),
        *("form_sent", "download", "trial", "account", "newsletter", "purchase"),
    ),
    Group.EMAIL: ("email_delivered", "email_opened", "email_clicked", "email_bounced", "unsubscribed"),
    Group.TALK: ("call", "meeting", "event", "webinar"),
}


@dataclass(frozen=True)
class Entry:
    """One interaction for people."""

    interaction: Interaction
    name: str
    icon: str
    # What a member wrote of it; what happened in one line; the values given, such as the fields of a form.
    # May be empty.
    note: str
    summary: str
    details: tuple[Detail, ...]
    # Said beside it: who acted, when it was no person.
    remark: str


@dataclass(frozen=True)
class Day:
    """The entries of one day; `is_continued` when the page before already began it."""

    day: date
    label: str
    is_continued: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Timeline:
    """One page of a timeline."""

    group: str
    days: tuple[Day, ...]
    next_cursor: str | None
    # Day of the last entry, for the page after it.
    last_day: str
    # It holds all that is known to have happened.
    is_whole: bool
    # Of several people: each entry says whose it is.
    names_people: bool = False

    @property
    def number(self) -> int:
        """How many entries it holds."""
        return sum(len(one.entries) for one in self.days)


def list_contact_interactions(
    organisation: Organisation, *, contact_id: int, group: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Interaction]:
    """Return a page of what happened with a contact, newest first; raises Invalid for a damaged cursor.

    One query, on touchpoints_interaction_contact in every partition.
    """
    return paginate(_of(organisation, contact_id, group).select_related("touchpoint"), ORDER, cursor=cursor, size=size)


def count_contact_interactions(organisation: Organisation, *, contact_id: int, group: str = "") -> int:
    """Return how much is known to have happened with a contact."""
    return _of(organisation, contact_id, group).count()


def get_timeline(
    organisation: Organisation, *, contact_id: int, group: str = "", cursor: str | None = None, after_day: str = ""
) -> Timeline:
    """Return a page of the timeline in words. Two queries. `after_day` is `last_day` of the page before."""
    group = group if group in Group.values else Group.ALL
    page = list_contact_interactions(organisation, contact_id=contact_id, group=group, cursor=cursor)
    return _told(page, group, after_day, is_first=not cursor)


def get_company_timeline(
    organisation: Organisation, *, company_id: int, group: str = "", cursor: str | None = None, after_day: str = ""
) -> Timeline:
    """Return a page of what happened with everybody of a company, in words and with their names. Two queries.

    Cost: the acts of its people, found by touchpoints_interaction_contact and put in order.
    """
    group = group if group in Group.values else Group.ALL
    people = Contact.objects.filter(organisation=organisation, company_id=company_id).values("pk")
    found = Interaction.objects.filter(organisation=organisation, contact_id__in=people)
    rows = _of_group(found, group).select_related("touchpoint", "contact")
    return _told(
        paginate(rows, ORDER, cursor=cursor, size=PAGE_SIZE), group, after_day, is_first=not cursor, names_people=True
    )


def _told(
    page: Page[Interaction], group: str, after_day: str, *, is_first: bool, names_people: bool = False
) -> Timeline:
    """Put a page into words, by day. One query."""
    codes = {row.kind for row in page.items}
    kinds = {kind.code: kind for kind in InteractionKind.objects.filter(code__in=codes)}
    rows = _each_news_once(page.items) if names_people else page.items
    entries = fold_visits([entry_of(row, kinds) for row in rows])
    days = tuple(
        Day(day, _day_label(day), day.isoformat() == after_day, tuple(grouped))
        for day, grouped in groupby(entries, key=lambda one: timezone.localtime(one.interaction.occurred_at).date())
    )
    return Timeline(
        group=group,
        days=days,
        next_cursor=page.next_cursor,
        last_day=days[-1].day.isoformat() if days else "",
        is_whole=not group and is_first and page.next_cursor is None,
        names_people=names_people,
    )


def _each_news_once(rows: Sequence[Interaction]) -> Iterable[Interaction]:
    """Yield rows of several people; what changed at their company is noted with each of them, and told once."""
    told: set[tuple[str, Any]] = set()
    for row in rows:
        if row.kind not in NEWS:
            yield row
        elif (row.kind, row.occurred_at) not in told:
            told.add((row.kind, row.occurred_at))
            yield row


def fold_visits(entries: Sequence[Entry]) -> list[Entry]:
    """Make one entry of the pages of each visit on one day, where its latest page stands; other acts stand alone."""
    pages: dict[tuple[Any, date], list[Entry]] = {}
    for entry in entries:
        if (visit := _visit_of(entry)) is not None:
            pages.setdefault(visit, []).append(entry)
    folded: list[Entry] = []
    seen: set[tuple[Any, ...]] = set()
    for entry in entries:
        if _is_seen_again(entry, seen):
            continue
        visit = _visit_of(entry)
        together = pages.get(visit, []) if visit is not None else []
        if len(together) < 2:
            folded.append(entry)
        elif entry is together[0]:
            folded.append(_told_as_visit(together))
    return folded


def _is_seen_again(entry: Entry, seen: set[tuple[Any, ...]]) -> bool:
    """Tell whether a slot showed the same in the same visit already."""
    row = entry.interaction
    if row.kind != "slot_shown" or not isinstance(row.properties, dict):
        return False
    key = tuple(str(row.properties.get(name)) for name in ("visit", "slot", "version", "variant"))
    is_again = key in seen
    seen.add(key)
    return is_again


def _visit_of(entry: Entry) -> tuple[Any, date] | None:
    row = entry.interaction
    visit = row.properties.get("visit") if row.kind == "page_view" and isinstance(row.properties, dict) else None
    return (visit, timezone.localtime(row.occurred_at).date()) if isinstance(visit, int | str) else None


def _told_as_visit(pages: Sequence[Entry]) -> Entry:
    """Put the pages of a visit, newest first, into one entry: the pages as they were read, how long, from where."""
    rows = [one.interaction for one in reversed(pages)]
    seconds = sum(row.properties["seconds"] for row in rows if is_number(row.properties.get("seconds")))
    source = next((one_line(row.properties["source"]) for row in rows if row.properties.get("source")), "")
    parts = [
        ngettext("%(figure)s page", "%(figure)s pages", len(rows)) % {"figure": figure(len(rows))},
        duration(seconds) if seconds else "",
        _("from %(source)s") % {"source": source} if source else "",
    ]
    return Entry(
        interaction=pages[0].interaction,
        name=_("Visit of the website"),
        icon="globe",
        note="",
        summary=", ".join(filter(None, parts)),
        details=tuple(
            Detail(f"{timezone.localtime(row.occurred_at):%H:%M}", page_of(row.properties))
            for row in rows[:MOST_VALUES]
        ),
        remark=pages[0].remark,
    )


def list_latest(
    organisation: Organisation, *, touchpoint_id: int, kinds: Mapping[str, InteractionKind], limit: int = 12
) -> list[Entry]:
    """Return the last interactions at a touchpoint in words, with their contacts, newest first. One query."""
    found = Interaction.objects.filter(organisation=organisation, touchpoint_id=touchpoint_id)
    rows = list(found.select_related("contact").order_by(*ORDER)[:limit])
    return [entry_of(row, kinds) for row in rows]


def entry_of(row: Interaction, kinds: Mapping[str, InteractionKind]) -> Entry:
    """Put one interaction into words."""
    properties: dict[str, Any] = row.properties if isinstance(row.properties, dict) else {}
    return Entry(
        interaction=row,
        name=name_act(row.kind, kinds, properties),
        icon=icon_of(row.kind),
        note=one_line(properties.get("note")),
        summary=summarise(row.kind, properties),
        details=list_details(row.kind, properties),
        remark=remark_on(row.verdict),
    )


def _of(organisation: Organisation, contact_id: int, group: str) -> "QuerySet[Interaction]":
    return _of_group(Interaction.objects.filter(organisation=organisation, contact_id=contact_id), group)


def _of_group(found: "QuerySet[Interaction]", group: str) -> "QuerySet[Interaction]":
    return found.filter(kind__in=KINDS_OF[Group(group)]) if group else found


def _day_label(day: date) -> str:
    today = timezone.localdate()
    if day == today:
        return _("Today, %(day)s") % {"day": long_day(day)}
    if (today - day).days == 1:
        return _("Yesterday, %(day)s") % {"day": long_day(day)}
    return long_day(day) if day.year == today.year else f"{long_day(day)} {day.year}"
