"""The addresses of a host, asked of the name servers of this machine, within a bounded time."""

import ipaddress
from socket import AF_UNSPEC

import dns.exception
import dns.resolver
from django.conf import settings

RESOLVE_SECONDS = 4.0


class NoSuchHostError(Exception):
    """Nobody answers to this name: an answer, not a failure."""


class ResolvingError(Exception):
    """The name servers did not answer."""


def resolve(host: str) -> list[str]:
    """Return a host's addresses, IPv4 first; those of an address are itself. Raises NoSuchHostError, ResolvingError."""
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    try:
        answers = _resolver().resolve_name(host, family=AF_UNSPEC, lifetime=RESOLVE_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN) as error:
        raise NoSuchHostError(host) from error
    except (dns.exception.DNSException, OSError) as error:
        raise ResolvingError(host) from error
    found = sorted(set(answers.addresses()), key=lambda address: (":" in address, address))
    if not found:
        raise NoSuchHostError(host)
    return found


def _resolver() -> dns.resolver.Resolver:
    if not settings.WEBSITES_NAMESERVER:
        return dns.resolver.Resolver()
    server, _colon, port = settings.WEBSITES_NAMESERVER.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server], int(port)
    return resolver
