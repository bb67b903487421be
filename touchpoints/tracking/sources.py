"""What brought a visitor, by name: campaign, search engine, AI assistant, social network, e-mail or another site."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from touchpoints.tracking.models import SourceKind
from touchpoints.tracking.reading import host_of

# What campaigns call their medium, and what that is here; other media are campaigns.
_MEDIA = {
    "email": SourceKind.MAIL,
    "e-mail": SourceKind.MAIL,
    "newsletter": SourceKind.MAIL,
    "organic": SourceKind.SEARCH,
    "referral": SourceKind.SITE,
}


@dataclass(frozen=True)
class Source:
    """Where a visit comes from. `name` is "" for a direct one."""

    kind: str
    name: str = ""
    medium: str = ""
    campaign: str = ""


# What follows the name of a house that has one site a country: google.fr, google.co.uk.
_COUNTRY = re.compile(r"com|(?:com?\.)?[a-z]{2}")

DIRECT = Source(SourceKind.DIRECT)


def name_source(page: Mapping[str, Any], own_hosts: Iterable[str]) -> Source:
    """Return what a page view's campaign or referring page says; pages of the site itself are no source."""
    told = str(page.get("utm_source") or page.get("utm_campaign") or "")
    found = _of_host(host_of(str(page.get("referrer", ""))), own_hosts)
    if not told:
        return found
    medium = str(page.get("utm_medium", ""))
    kind = _MEDIA.get(medium.lower(), SourceKind.CAMPAIGN)
    # ChatGPT and others mark their links as if they were campaigns.
    marked = _named(told.lower().removeprefix("www."))
    if marked is not None and marked.kind == SourceKind.AI and not page.get("utm_campaign"):
        return marked
    return Source(kind, told, medium, str(page.get("utm_campaign", "")))


def _of_host(host: str, own_hosts: Iterable[str]) -> Source:
    if not host or any(host == own or host.endswith(f".{own}") for own in own_hosts):
        return DIRECT
    return _named(host) or Source(SourceKind.SITE, host.removeprefix("www."))


def _named(host: str) -> Source | None:
    """Return the known source of a host, by the longest of its own names."""
    names = _known()
    parts = host.split(".")
    for start in range(len(parts)):
        found = names.get(".".join(parts[start:]))
        if found is None and _COUNTRY.fullmatch(".".join(parts[start + 1 :])):
            found = names.get(f"{parts[start]}.")
        if found is not None:
            return found
    return None


@cache
def _known() -> dict[str, Source]:
    text = Path(__file__).with_name("referrers.toml").read_text(encoding="utf-8")
    return {
        host: Source(SourceKind(kind), name)
        for kind, by_name in tomllib.loads(text).items()
        for name, hosts in by_name.items()
        for host in hosts
    }
