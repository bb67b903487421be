"""What pages ask: which of their places show something else, and what.

Without consent nothing is looked up about who asks: only what this request itself says counts. The answer holds HTML
and a token, and never a word of why.
"""

import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from prm.organisations.scope import organisation_scope
from prm.work.sql import run
from touchpoints.slots.choosing import Looker, choose
from touchpoints.slots.facts import facts_of
from touchpoints.slots.plans import plan_of
from touchpoints.slots.tokens import Exposure, make_token
from touchpoints.tracking.agents import is_bot_agent
from touchpoints.tracking.intake import address_of, host_behind
from touchpoints.tracking.reading import KEY_SHAPE, UnreadableError, host_of, read_browser, read_page
from touchpoints.tracking.throttling import is_too_much

# Places of one page; the others keep what the site has there.
MOST_SLOTS = 20
SLOT_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,40}")
# What is noted of a site's asking, so often at most in each process; rows of one organisation.
NOTE_SECONDS = 60.0
MOST_NOTED = 10_000
MOST_ASKS = 300
_noted_at: dict[tuple[int, str, str], float] = {}


@dataclass(frozen=True)
class Asked:
    """What the database says of a site's key and a browser."""

    organisation_id: int
    site_id: int
    hosts: list[str]
    mode: str
    stamp: int
    visitor_id: int | None
    contact_id: int | None


def answer(request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
    """Answer {key: {"h": HTML, "x": token}} for the places of a page; three statements and one for the scope's end.

    404 for what is no site's, or for a page of a host that is none of its own, without saying which.
    """
    site_key, names = said.get("k"), said.get("s")
    if not isinstance(site_key, str) or not KEY_SHAPE.fullmatch(site_key) or not isinstance(names, list):
        return HttpResponse(status=400)
    try:
        browser = read_browser(said.get("v"))
    except UnreadableError:
        return HttpResponse(status=400)
    if is_too_much(site_key, address_of(request)):
        return HttpResponse(status=429)
    says_no = request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"
    host = host_behind(request)
    is_audience = said.get("m") == "a"
    asked = find_site(site_key, None if says_no else browser, is_audience=is_audience)
    if asked is None or not _is_own(host, asked.hosts):
        return HttpResponse(status=404)
    if says_no or (is_audience and asked.mode != "audience"):
        browser = None
    keys = list(dict.fromkeys(one for one in names if isinstance(one, str) and SLOT_SHAPE.fullmatch(one)))
    agent = request.headers.get("User-Agent", "")
    # Search engines read the site's own content.
    is_asked = bool(keys) and not is_bot_agent(agent)
    found = _choose(asked, keys[:MOST_SLOTS], browser, said, host) if is_asked else {}
    response = JsonResponse(found)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "")
    response.headers["Vary"] = "Origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def find_site(key: str, browser: UUID | None, *, is_audience: bool = False) -> Asked | None:
    """Return what a site's key stands for, with whose browser this is; None for no site. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM slots_find(%s, %s, %s)", [key, browser, is_audience])
        row = cursor.fetchone()
    return Asked(*row) if row is not None and row[0] is not None else None


def _choose(asked: Asked, keys: list[str], browser: UUID | None, said: dict[str, Any], host: str) -> dict[str, Any]:
    url, referrer, language = (said.get(name) for name in ("u", "r", "l"))
    page = read_page({"url": url, "referrer": referrer if isinstance(referrer, str) else ""}) or {}
    if not _is_own(host_of(str(page.get("url", ""))), asked.hosts):
        page = {}
    begins = browser is not None and asked.visitor_id is None
    facts = facts_of(page, language if isinstance(language, str) else "", asked.hosts, begins=begins)
    looker = Looker(
        asked.organisation_id,
        facts,
        browser,
        asked.visitor_id if browser is not None else None,
        asked.contact_id if browser is not None else None,
    )
    with organisation_scope(asked.organisation_id):
        shown = choose(plan_of(asked.organisation_id, asked.stamp), keys, looker)
        _note(asked, keys, host)
    answers: dict[str, Any] = {}
    for key, one in shown.items():
        exposure = Exposure(key, one.slot.version, one.variant.variant.key, one.is_control)
        answers[key] = {"x": make_token(asked.organisation_id, browser, exposure)}
        if one.html:
            answers[key]["h"] = one.html
    return answers


def _note(asked: Asked, keys: list[str], host: str) -> None:
    """Keep that a site asks for these places; not with every request."""
    now = time.monotonic()
    due = [key for key in keys if now - _noted_at.get((asked.site_id, key, host), -NOTE_SECONDS) >= NOTE_SECONDS]
    if not due:
        return
    if len(_noted_at) > MOST_NOTED:
        _noted_at.clear()
    _noted_at.update({(asked.site_id, key, host): now for key in due})
    params = {
        "organisation_id": asked.organisation_id,
        "site_id": asked.site_id,
        "keys": due,
        "host": host[:253],
        "most": MOST_ASKS,
    }
    with transaction.atomic():
        run("touchpoints/note_slot_asks", params)
        run("touchpoints/forget_slot_asks", params)


def forget_notes() -> None:
    """Let the next request be noted at once."""
    _noted_at.clear()


def _is_own(host: str, hosts: list[str]) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in hosts)
