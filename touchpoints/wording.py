"""What an interaction says, in words: its name, one line, the details below it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from contacts.models import Tier
from prm.web.figures import duration, figure, points
from touchpoints.company_news import news_words
from touchpoints.kinds import INTERNAL, NEWS, RESERVED, name_of
from touchpoints.models import InteractionKind, Verdict

# Of a form or any other act, so many values are shown, each cut at so many characters.
MOST_VALUES = 12
LONGEST_VALUE = 280


@dataclass(frozen=True)
class Detail:
    """One value of an interaction: what it is, in words where known, and its text."""

    label: str
    value: str


# What apps above say of the events they record, and what they call them; each gives "" where it has nothing to say.
_words: dict[str, Callable[[Mapping[str, Any]], str]] = {}
_names: dict[str, Callable[[Mapping[str, Any]], str]] = {}


def register_words(kind: str, words: Callable[[Mapping[str, Any]], str]) -> None:
    """Say how the properties of a kind are told; called from AppConfig.ready."""
    _words[kind] = words


def register_names(kind: str, name: Callable[[Mapping[str, Any]], str]) -> None:
    """Say what an event of a kind is called, by its properties; called from AppConfig.ready."""
    _names[kind] = name


def name_act(kind: str, kinds: Mapping[str, InteractionKind], properties: Mapping[str, Any]) -> str:
    """Say what an interaction is called: by its properties where an app says so, else by its kind."""
    named = _names[kind](properties) if kind in _names else ""
    return named or name_of(kinds.get(kind, kind))


def remark_on(verdict: str) -> str:
    """Say of an interaction that counts for nothing why; "" of any other."""
    return {
        Verdict.BOT: _("robot, counts for nothing"),
        Verdict.SUSPECT: _("doubtful, counts for nothing"),
    }.get(Verdict(verdict), "")


def summarise(kind: str, properties: Mapping[str, Any]) -> str:
    """Tell what is known of an interaction in one line."""
    if kind in _words:
        return _words[kind](properties)
    if kind in NEWS:
        return news_words(kind, properties)
    if kind in {"segment_entered", "segment_left"}:
        return _quoted(properties.get("segment"))
    if kind in INTERNAL:
        return ", ".join(filter(None, (_tier_words(properties), _points_words(properties))))
    parts = [
        _page_words(properties) if kind == "page_view" or not properties.get("url") else "",
        _quoted(properties.get("subject") or properties.get("title")),
        one_line(properties.get("url") or properties.get("link")) if kind != "page_view" else "",
        _time_words(properties),
        one_line(properties.get("words") or properties.get("reason")) if kind == "email_bounced" else "",
        _("Noted by %(person)s") % {"person": one_line(properties["noted_by"])} if properties.get("noted_by") else "",
    ]
    return ", ".join(part for part in parts if part)


# Of these the line above tells everything.
TOLD_WHOLE = frozenset({"email_bounced", "survey_answer"})
# Told in the line above, or of use to programs alone.
TOLD = frozenset(
    {
        *(
            "note",
            "noted_by",
            "path",
            "page",
            "url",
            "link",
            "subject",
            "title",
            "seconds",
            "duration_seconds",
            "minutes",
        ),
        *("fields", "delivery", "step", "scenario_id", "enrolment", "message_id", "form_id", "submission"),
        *("handoff", "entry", "outcome", "due_at"),
        *("content", "theme"),
        *("visit", "view", "utm_source", "utm_medium", "utm_term", "utm_content"),
    }
)


def list_details(kind: str, properties: Mapping[str, Any]) -> tuple[Detail, ...]:
    """Return the fields of a form, then whatever else came along, but for what the line tells."""
    return () if kind in RESERVED or kind in TOLD_WHOLE else tuple(_details(properties))


def _details(properties: Mapping[str, Any]) -> Iterable[Detail]:
    fields = properties.get("fields")
    given: dict[str, Any] = dict(fields) if isinstance(fields, dict) else {}
    given |= {key: value for key, value in properties.items() if key not in TOLD}
    for key, value in list(given.items())[:MOST_VALUES]:
        text = one_line(value)
        if text:
            yield Detail(_label(key), text)


def _label(key: str) -> str:
    known = {
        "email": _("E-mail"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "phone": _("Telephone"),
        "company": _("Company"),
        "job_title": _("Job title"),
        "message": _("Message"),
        "campaign": _("Campaign"),
        "utm_campaign": _("Campaign"),
        "utm_source": _("Source"),
        "source": _("Source"),
        "referrer": _("Comes from"),
        "form": _("Form"),
        "landing_page": _("Landing page"),
        "variant": _("Variant"),
        "document": _("Document"),
        "scenario": _("Scenario"),
        "amount": _("Amount"),
        "visits": _("Visits"),
        "pages": _("Pages"),
        "device": _("Device"),
        "words": _("Words"),
    }
    return known.get(key) or str(key).replace("_", " ").replace("-", " ").strip().capitalize()


def page_of(properties: Mapping[str, Any]) -> str:
    """Return the path of a page, as people read it."""
    said = one_line(properties.get("path") or properties.get("page"))
    url = properties.get("url")
    if said or not isinstance(url, str):
        return said
    try:
        return one_line(unquote(urlsplit(url).path) or url)
    except ValueError:
        return one_line(url)


def _page_words(properties: Mapping[str, Any]) -> str:
    path = page_of(properties)
    return _("Page %(path)s") % {"path": path} if path else ""


def _time_words(properties: Mapping[str, Any]) -> str:
    minutes, seconds = properties.get("minutes"), properties.get("duration_seconds", properties.get("seconds"))
    if is_number(seconds):
        return duration(seconds)
    return duration(60 * minutes) if is_number(minutes) else ""


def _points_words(properties: Mapping[str, Any]) -> str:
    return points(properties["total"]) if is_number(properties.get("total")) else ""


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value that came along is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tier_words(properties: Mapping[str, Any]) -> str:
    old, new = _tier(properties.get("from")), _tier(properties.get("to"))
    if old and new:
        return _("From %(old)s to %(new)s") % {"old": old, "new": new}
    return new


def _tier(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value in Tier.values:
        return str(Tier(value).label).lower()
    codes = {tier.code: str(tier.label).lower() for tier in Tier}
    return codes.get(str(value), "")


def _quoted(value: Any) -> str:
    text = one_line(value)
    return _("“%(text)s”") % {"text": text} if text else ""


def one_line(value: Any) -> str:
    """Write a value of any shape in one line."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return figure(value, 2)
    if isinstance(value, list | tuple):
        text = ", ".join(filter(None, (one_line(one) for one in value[:MOST_VALUES])))
    elif isinstance(value, dict):
        pairs = list(value.items())[:MOST_VALUES]
        text = ", ".join(f"{_label(str(key))} {one_line(one)}".strip() for key, one in pairs)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
