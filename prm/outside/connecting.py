"""A connection to one address of a host that was looked up and found public: a name that answers otherwise a moment
later changes nothing."""

import ssl
from functools import cache
from urllib.parse import SplitResult, quote, urlsplit

import requests.utils
from urllib3.connection import HTTPConnection, HTTPSConnection

from prm.outside.addresses import allowed_port, is_allowed
from prm.outside.resolving import NoSuchHostError, resolve

LONGEST_URL = 600


class ForbiddenAddressError(Exception):
    """Nothing we may ask: another scheme or port, no such host, or an address that is not public. `why` is a code."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def split_address(url: str, *, longest: int = LONGEST_URL) -> SplitResult:
    """Return the parts of an address we may ask; refuse other schemes and ports, and names with a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddressError("bad_address") from error
    if len(url) > longest or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ForbiddenAddressError("bad_address")
    if port not in {None, allowed_port(parts.scheme)}:
        raise ForbiddenAddressError("bad_address")
    return parts


def addresses_of(parts: SplitResult) -> list[str]:
    """Return the addresses of a host, all of them public. Raises ForbiddenAddressError, ResolvingError."""
    try:
        addresses = resolve(ascii_host(parts))
    except (NoSuchHostError, UnicodeError) as error:
        raise ForbiddenAddressError("no_site") from error
    if not all(is_allowed(address) for address in addresses):
        raise ForbiddenAddressError("private_site")
    return addresses


def open_connection(parts: SplitResult, address: str, seconds: float) -> HTTPConnection:
    """Return a connection to this address, not yet made; TLS is held against the host's name."""
    port = allowed_port(parts.scheme)
    if parts.scheme == "http":
        return HTTPConnection(address, port, timeout=seconds)
    return HTTPSConnection(address, port, timeout=seconds, server_hostname=ascii_host(parts), ssl_context=_trust())


def cut(connection: HTTPConnection) -> None:
    """End a connection whatever it waits for."""
    if connection.sock is not None:
        try:
            connection.sock.shutdown(2)
        except OSError:
            # It ended by itself in this moment.
            return


def target_of(parts: SplitResult) -> str:
    """Return path and query as they go over the wire."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}?{query}" if query else path


def host_header(parts: SplitResult) -> str:
    """Return the host as the header names it."""
    host, port = ascii_host(parts), allowed_port(parts.scheme)
    return host if port == {"http": 80, "https": 443}[parts.scheme] else f"{host}:{port}"


def ascii_host(parts: SplitResult) -> str:
    """Return the host in IDNA; UnicodeError where that cannot be."""
    return (parts.hostname or "").encode("idna").decode()


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH)
