"""Which addresses a website may have: public ones. Whoever writes a domain must never make us ask our own network."""

import ipaddress

from django.conf import settings

# Beyond what Python calls private: networks that lead elsewhere than they seem to, and what clouds keep for themselves.
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
        # Of Azure's machines to their host.
        "168.63.129.16/32",
        # IPv4 in other clothes: mapped, compatible, translated, 6to4, Teredo and NAT64's.
        *("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
        *("100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "5f00::/16", "3fff::/20"),
    )
)
# Of an IPv6 address, the half that says an IPv4 one stands behind it (ISATAP), whatever the network.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


def is_allowed(address: str) -> bool:
    """Tell whether a website may be asked at an address (text of an IPv4 or IPv6 one)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if settings.WEBSITES_LOOPBACK_PORT and found in _LOOPBACK:
        return True
    if any(found.version == network.version and found in network for network in _REFUSED):
        return False
    if found.version == 6 and (int(found) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def allowed_port(scheme: str) -> int:
    """Return the one port a scheme is asked on."""
    return int(settings.WEBSITES_LOOPBACK_PORT) or {"http": 80, "https": 443}[scheme]
