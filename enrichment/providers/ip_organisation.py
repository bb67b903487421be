"""The organisation behind an IP address, from files (.mmdb) that the operator of the installation supplies.

No network. Most companies surf through a carrier's network, so that most answers name the carrier: such an answer is
told apart and is weak. Only a network of an organisation's own says something, and even that is a guess.

Read by maxminddb, the reader beneath geoip2, which would bring an HTTP client for a service nobody calls here.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import maxminddb
import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, SourceState
from enrichment.providers.records import CompanyRecord
from enrichment.providers.values import text_of
from enrichment.turns import NOBODY, Caller, Pace
from prm.work.errors import Invalid

log = structlog.get_logger()

# How sure it is that whoever used the address belongs to the organisation: its own network, somebody else's.
OWN_SCORE, WEAK_SCORE = 0.6, 0.05
# What some files call the kind of a network's user, in our words.
_HOSTER_TYPES = frozenset({"hosting", "content_delivery_network", "search_engine_spider"})
_CARRIER_TYPES = frozenset({"residential", "cellular", "consumer_privacy_network", "dialup", "router", "traveler"})


class OwnerKind(StrEnum):
    """Whose network an address is of."""

    ORGANISATION = "organisation"
    CARRIER = "carrier"
    HOSTER = "hoster"


OWNER_WORDS: dict[OwnerKind, str | Promise] = {
    OwnerKind.ORGANISATION: gettext_lazy("network of its own"),
    OwnerKind.CARRIER: gettext_lazy("carrier"),
    OwnerKind.HOSTER: gettext_lazy("hoster"),
}


@dataclass(frozen=True)
class Owner:
    """Who an address belongs to, by the files. `number`: of the autonomous system; `domain`: that the file gives it."""

    ip: str
    organisation: str
    kind: OwnerKind
    network: str
    number: int | None = None
    domain: str = ""

    @property
    def is_weak(self) -> bool:
        """Tell whether it says nothing of the company somebody works for."""
        return self.kind != OwnerKind.ORGANISATION

    @property
    def words(self) -> str:
        """Say what kind of network it is."""
        return str(OWNER_WORDS[self.kind])


@dataclass(frozen=True)
class File:
    """One of the operator's files: what it holds and how old it is; `problem` in words where it cannot be read."""

    name: str
    type: str = ""
    built_at: datetime | None = None
    problem: str = ""


class IpOrganisation:
    """The provider."""

    name = "ip_organisation"
    source = "ip"
    title: str | Promise = gettext_lazy("Organisation behind an IP address")
    # Nobody counts.
    pace = Pace(1000.0)

    def ask(self, question: Question, *, patience: float = 0.0, caller: Caller = NOBODY) -> Outcome:
        """Name the organisation of an address; what is no public address is not found."""
        address = _public(question.ip)
        owner = _find(address) if address else None
        if owner is None:
            return NotFound()
        record = CompanyRecord("", name=owner.organisation, fetched_at=timezone.now().isoformat())
        return Found(record, score=WEAK_SCORE if owner.is_weak else OWN_SCORE)

    def who_is(self, ip: str) -> Owner | None:
        """Return who an address belongs to; None where the files do not say. Raises Invalid for what is no address."""
        text = ip.strip()
        try:
            ipaddress.ip_address(text)
        except ValueError as error:
            raise Invalid(fields={"ip": _("This is not an IP address.")}) from error
        address = _public(text)
        if address is None:
            raise Invalid(fields={"ip": _("This is an address of a private network: nobody outside knows whose.")})
        return _find(address)

    def list_files(self) -> list[File]:
        """Return the operator's files, also those that cannot be read."""
        return [_describe(path) for path in settings.IP_DATABASES]

    def state(self) -> SourceState:
        """Tell whether there is a file that can be read."""
        return SourceState(is_available=any(not one.problem for one in self.list_files()))


def _public(ip: str) -> str | None:
    """Return a public address in its one writing; that within an IPv6-mapped one."""
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address) if address.is_global and not address.is_multicast else None


def _find(ip: str) -> Owner | None:
    """Gather what all files say; the narrowest network counts."""
    said: dict[str, Any] = {}
    longest = -1
    for path in settings.IP_DATABASES:
        try:
            found, length = _open(path, _changed(path)).get_with_prefix_len(ip)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            log.warning("ip_database_unreadable", path=str(path), error=str(error))
            continue
        if isinstance(found, Mapping):
            longest = max(longest, length)
            said |= {key: value for key, value in _flat(found).items() if value not in (None, "")}
    organisation = _own_name(said)
    if not organisation:
        return None
    number = said.get("autonomous_system_number")
    return Owner(
        ip=ip,
        organisation=organisation,
        kind=_kind(said, organisation),
        network=str(ipaddress.ip_network(f"{ip}/{longest}", strict=False)),
        number=number if isinstance(number, int) else None,
        domain=text_of(said.get("domain")) or "",
    )


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's values; those of an Enterprise file stand under "traits"."""
    traits = found.get("traits")
    return {**found, **traits} if isinstance(traits, Mapping) else dict(found)


def _own_name(said: Mapping[str, Any]) -> str:
    for key in ("organization", "autonomous_system_organization", "isp"):
        name = text_of(said.get(key))
        if name:
            return name
    return ""


def _kind(said: Mapping[str, Any], organisation: str) -> OwnerKind:
    if said.get("user_type") in _HOSTER_TYPES or said.get("is_hosting_provider") is True:
        return OwnerKind.HOSTER
    if said.get("user_type") in _CARRIER_TYPES or said.get("connection_type") == "Cellular":
        return OwnerKind.CARRIER
    provider = text_of(said.get("isp")) or text_of(said.get("autonomous_system_organization")) or ""
    # A customer's name beside its provider's: the number is the provider's.
    number = said.get("autonomous_system_number") if organisation.casefold() in {provider.casefold(), ""} else None
    for kind, (numbers, words) in _networks().items():
        if number in numbers or _has_word(organisation, words):
            return kind
    return OwnerKind.ORGANISATION


def _has_word(name: str, words: tuple[str, ...]) -> bool:
    """Tell whether a name has one of these words; long ones may be part of another ("hostingworld")."""
    text = f" {name.casefold()} ".replace(",", " ").replace(".", " ").replace("-", " ")
    return any(f" {word} " in text or (len(word) > 4 and word in text) for word in words)


@cache
def _networks() -> dict[OwnerKind, tuple[frozenset[int], tuple[str, ...]]]:
    facts = tomllib.loads((Path(__file__).parent / "networks.toml").read_text(encoding="utf-8"))
    return {
        kind: (frozenset(facts[name]["numbers"]), tuple(facts[name]["words"]))
        for kind, name in ((OwnerKind.HOSTER, "hosters"), (OwnerKind.CARRIER, "carriers"))
    }


def _describe(path: str) -> File:
    name = Path(path).name
    try:
        metadata = _open(path, _changed(path)).metadata()
    except FileNotFoundError:
        return File(name, problem=_("The file is not there."))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError):
        return File(name, problem=_("The file cannot be read as an .mmdb file."))
    return File(name, metadata.database_type, datetime.fromtimestamp(metadata.build_epoch, tz=UTC))


def _changed(path: str) -> int:
    return Path(path).stat().st_mtime_ns


@lru_cache(maxsize=16)
def _open(path: str, _changed_at: int) -> maxminddb.Reader:
    """Return a reader, kept open until the file changes."""
    return maxminddb.open_database(path)
