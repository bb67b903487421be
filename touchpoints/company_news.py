"""News of companies in the log: noted with everybody who works there, and told in words.

They are no person's act: their verdict is "register", their kinds never engage and never activate. Rules of scoring,
scenarios and conditions may ask about them all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts import company_news as news
from contacts.codes.words import headcount_words, naf_words
from contacts.company_news import CompanyNews
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.web.figures import day, figure
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record


def record_news(organisation: Organisation, told: Sequence[CompanyNews]) -> None:
    """Note news of companies with each of their contacts, once. One query, and the log's own statements."""
    found = Contact.objects.filter(company_id__in={one.company_id for one in told}).order_by("pk")
    people: dict[int | None, list[int]] = {}
    for company_id, contact_id in found.values_list("company_id", "pk"):
        people.setdefault(company_id, []).append(contact_id)
    record(
        organisation,
        [
            NewInteraction(
                one.kind,
                contact_id=contact_id,
                verdict=Verdict.REGISTER,
                occurred_at=one.at,
                key=f"{one.key}:{contact_id}",
                properties=one.properties,
            )
            for one in told
            for contact_id in people.get(one.company_id, ())
        ],
    )


def news_words(kind: str, properties: Mapping[str, Any]) -> str:
    """Say what changed in one line."""
    was, now = str(properties.get("from") or ""), str(properties.get("to") or "")
    if kind in {news.GROWN, news.SHRUNK}:
        was, now = headcount_words(was), headcount_words(now)
    elif kind == news.ACTIVITY:
        was, now = naf_words(was), naf_words(now)
    elif kind == news.DIRECTORS:
        return _directors_words(properties)
    elif kind == news.CLOSED:
        closed_on = parse_date(str(properties.get("closed_on") or ""))
        return _("On %(day)s") % {"day": day(closed_on, year=True)} if closed_on else ""
    return _("From %(old)s to %(new)s") % {"old": was, "new": now} if was and now else now


def _directors_words(properties: Mapping[str, Any]) -> str:
    came, left = (int(properties.get(name) or 0) for name in ("arrived", "left"))
    roles = properties.get("roles")
    parts = []
    if came:
        parts.append(ngettext("%(n)s new director", "%(n)s new directors", came) % {"n": figure(came)})
    if isinstance(roles, list) and roles:
        parts.append(", ".join(map(str, roles)))
    if left:
        parts.append(ngettext("%(n)s left", "%(n)s left", left) % {"n": figure(left)})
    return ", ".join(parts)
