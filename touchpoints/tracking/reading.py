"""What a beacon says, checked before it is kept: nothing of a body is believed that does not have its shape."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from prm.work.texts import is_storable
from touchpoints.kinds import RESERVED
from touchpoints.recording import KIND_SHAPE

LARGEST_BODY = 32 * 1024
MOST_EVENTS = 50
MOST_PROPERTIES = 20
LONGEST_VALUE = 500
LONGEST_URL = 500
# A page left open over night still tells its time; what is older happened now, as far as we know.
OLDEST_MS = 24 * 3600 * 1000
LONGEST_SECONDS = 12 * 3600
KEY_SHAPE = re.compile(r"[A-Za-z0-9]{8,24}")
# An e-mail address in a path.
_ADDRESS_IN_PATH = re.compile(r"[^/]*(?:@|%40)[^/]*")
_NAME_SHAPE = re.compile(r"[a-zA-Z][\w-]{0,39}")

# What the script itself says of a page or a person; no kinds of interactions.
LEAVE, TRAP, CLICK, IDENTIFY = "leave", "trap", "click", "identify"
# What only this product says: who sent a form.
KNOWN = "known"
PAGE_VIEW = "page_view"
# What only other channels know: a page cannot claim it.
ELSEWHERE = RESERVED | {
    *("email_delivered", "email_opened", "email_clicked", "email_bounced", "unsubscribed"),
    KNOWN,
    *("form_sent", "survey_answer", "call", "meeting", "event"),
}
# Of an address's query, what is kept: the rest may name people.
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# What advertisers add to an address, and who they are.
_ADVERTISERS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", ""),
    "li_fat_id": ("linkedin", "cpc"),
    "ttclid": ("tiktok", "cpc"),
}


class UnreadableError(Exception):
    """This is no beacon."""


@dataclass(frozen=True)
class Beacon:
    """What one request of the script brings."""

    key: str
    browser: UUID | None
    is_audience: bool
    events: list[dict[str, Any]]


def read_body(body: bytes) -> dict[str, Any]:
    """Return what the script sent, unchecked; raise UnreadableError for what is no object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError from error
    if not isinstance(said, dict):
        raise UnreadableError
    return said


def read_beacon(said: dict[str, Any]) -> Beacon:
    """Return what a body says; events that cannot be read are left out. Raises UnreadableError."""
    if not isinstance(said.get("e"), list):
        raise UnreadableError
    key = said.get("k")
    if not isinstance(key, str) or not KEY_SHAPE.fullmatch(key):
        raise UnreadableError
    events = [event for one in said["e"][:MOST_EVENTS] if (event := _event(one)) is not None]
    if not events:
        raise UnreadableError
    return Beacon(key, read_browser(said.get("v")), said.get("m") == "a", events)


def read_browser(value: Any) -> UUID | None:
    """Return the number of a browser's cookie, None for none; raise UnreadableError for what is no number of ours."""
    if not value:
        return None
    try:
        found = UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        found = None
    # One that no script of ours made would let strangers choose names.
    if found is None or found.version != 4:
        raise UnreadableError
    return found


def _event(one: Any) -> dict[str, Any] | None:
    """Return {n: what, a: milliseconds ago, w: page's number, s: seconds, p: properties}, or None."""
    if not isinstance(one, dict):
        return None
    what = one.get("n")
    if not isinstance(what, str) or not KIND_SHAPE.fullmatch(what) or what in ELSEWHERE:
        return None
    event: dict[str, Any] = {"n": what, "a": _number(one.get("a"), OLDEST_MS)}
    if (view := _text(one.get("w"), 36)) is not None:
        event["w"] = view
    if what == LEAVE:
        event["s"] = _number(one.get("s"), LONGEST_SECONDS)
    given = one.get("p")
    properties = _properties(given) if isinstance(given, dict) else {}
    if what == PAGE_VIEW:
        page = read_page(properties)
        if page is None:
            return None
        properties = page
    elif what not in {LEAVE, TRAP, CLICK, IDENTIFY} and "url" in properties:
        properties["url"] = bare_url(str(properties["url"]))
    if properties:
        event["p"] = properties
    return event


def read_page(said: dict[str, Any]) -> dict[str, Any] | None:
    """Return a page view's properties: address and referrer without what may name people, campaign by name."""
    url = said.get("url")
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query[:2000], max_num_fields=100))
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    page: dict[str, Any] = {"url": bare_url(url)}
    if title := said.get("title"):
        page["title"] = str(title)
    if referrer := said.get("referrer"):
        page["referrer"] = bare_url(str(referrer))
    # Of a landing page (touchpoints.landing_pages): which of its variants it was.
    if variant := said.get("variant"):
        page["variant"] = str(variant)[:2]
    for name in _CAMPAIGN:
        if value := _text(query.get(name), 120):
            page[name] = value
    if "utm_source" not in page:
        for mark, (source, medium) in _ADVERTISERS.items():
            if mark in query:
                page["utm_source"] = source
                if medium:
                    page["utm_medium"] = medium
                break
    return page


def bare_url(url: str) -> str:
    """Return an address without user, query, fragment and e-mail addresses; "" for what is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    # The last is how an app on a phone says that it was one.
    if parts.scheme not in {"http", "https", "android-app"} or not parts.hostname:
        return ""
    path = _ADDRESS_IN_PATH.sub("…", parts.path) or "/"
    return f"{parts.scheme}://{parts.hostname}{port}{path}"[:LONGEST_URL]


def host_of(url: str) -> str:
    """Return the host of an address, without its port; "" for what is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _properties(given: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        if len(found) >= MOST_PROPERTIES:
            break
        if not isinstance(name, str) or not _NAME_SHAPE.fullmatch(name):
            continue
        if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < 1e15):
            found[name] = value
        elif (text := _text(value, 2000 if name in {"url", "referrer", "token"} else LONGEST_VALUE)) is not None:
            found[name] = text
    return found


def _text(value: Any, longest: int) -> str | None:
    if not isinstance(value, str) or not is_storable(value):
        return None
    text = " ".join(value.split())[:longest]
    return text or None


def _number(value: Any, most: int) -> int:
    """Return a count within bounds: clocks of browsers may say anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return 0
    return int(value)
