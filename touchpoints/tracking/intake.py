"""Where browsers send what happens on a site: checked, kept and answered at once; a worker reads it afterwards."""

import hmac
import ipaddress
import json
import time
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from prm.work.texts import make_storable
from prm.work.wakeups import send
from touchpoints.tracking.agents import LONGEST_AGENT
from touchpoints.tracking.reading import Beacon, host_of

log = structlog.get_logger()

QUEUE = "track"
# A hit of each site in so many seconds, in each process, notes that work is due and tells a worker; the worker looks
# once more a little later (collecting.LOOK_AGAIN), for those that came in between.
TELL_SECONDS = 1.0
MOST_TOLD = 10_000
_told_at: dict[str, float] = {}

TAKEN, UNKNOWN, GONE = "taken", "unknown", "gone"


def accept(beacon: Beacon, *, host: str, address: str, agent: str, is_prefetch: bool, says_no: bool) -> str:
    """Keep a beacon; return TAKEN, UNKNOWN or GONE. One statement, which is the whole transaction.

    `says_no`: the browser asks not to be followed (Global Privacy Control, Do Not Track), whatever the script says.
    """
    browser = None if says_no else beacon.browser
    now = time.monotonic()
    wakes = now - _told_at.get(beacon.key, 0.0) >= TELL_SECONDS
    is_known = browser is not None and not beacon.is_audience
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, organisation FROM tracking_accept(%s, %s, %s, %s, %s, %s::inet, %s, %s, %s::jsonb, %s)",
            [
                beacon.key,
                host,
                browser,
                browser_key(browser) if browser else "",
                beacon.is_audience,
                (address if is_known else cut_address(address)) or None,
                make_storable(agent)[:LONGEST_AGENT],
                is_prefetch,
                json.dumps(beacon.events),
                wakes,
            ],
        )
        outcome, organisation_id = cursor.fetchone()
    if wakes and organisation_id is not None:
        if len(_told_at) > MOST_TOLD:
            _told_at.clear()
        _told_at[beacon.key] = now
        send(organisation_id, QUEUE)
    return str(outcome)


def wake_waiting() -> None:
    """Note that work is due for every organisation whose beacons wait for more than a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tracking_wake_waiting()")


def browser_key(browser: UUID) -> str:
    """Return the keyed hash by which a browser is told after its owner was erased."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"tracking.browser:{browser}".encode(), "sha256").hex()


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from, "" for none: past as many proxies as are trusted."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if trusted:
        chain = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
        address = chain[-min(trusted, len(chain))] if chain else address
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return ""


def cut_address(address: str) -> str:
    """Return an address without what tells one line from the next: its last byte, or all behind the first six."""
    if not address:
        return ""
    network = ipaddress.ip_network(f"{address}/{24 if '.' in address else 48}", strict=False)
    return str(network.network_address)


def host_behind(request: HttpRequest) -> str:
    """Return the host of the page a request comes from; "" where the browser says none."""
    return host_of(request.headers.get("Origin") or request.headers.get("Referer", ""))
