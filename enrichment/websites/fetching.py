"""One request to a stranger's website: to a public address that was looked up here, in bounded time and size.

The name is resolved once, each of its addresses must be public, and the connection goes to one of those: a name that
answers otherwise a moment later changes nothing. Redirects are handed back, to be looked at like any other address.
"""

import codecs
import http.client
import re
import threading
import time
from dataclasses import dataclass
from email.message import Message
from urllib.parse import SplitResult, urljoin

import urllib3
from django.conf import settings

from enrichment.providers.line import version
from enrichment.providers.outcomes import Reason
from prm.outside import connecting
from prm.outside.connecting import ForbiddenAddressError
from prm.outside.resolving import ResolvingError

CONNECT_SECONDS = 4.0
# Between two pieces of an answer.
SILENCE_SECONDS = 6.0
PAGE_BYTES = 1024 * 1024
LONGEST_URL = 600
# The name robots.txt files know us by.
AGENT = "PRM"
_READ_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", ""})
# Charsets of text; some others of Python's take time without measure.
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-?8859-?\d{1,2}|windows-125\d|cp125\d|latin-?\d|macintosh"
)
_META_CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)


class FetchError(Exception):
    """No answer that can be used."""


class NoSiteError(FetchError):
    """There is no such site for us: no host of that name, an address that is not public, another port or scheme."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class FetchFailedError(FetchError):
    """The site did not answer; it may at another time."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True)
class Answer:
    """What a site sent back: `location` of a redirect, `text` of a page that can be read, else ""."""

    url: str
    status: int
    text: str = ""
    location: str = ""
    retry_after: str = ""


def fetch(url: str, *, deadline: float, most_bytes: int = PAGE_BYTES) -> Answer:
    """Ask for one page, until `deadline` (of time.monotonic) at most; what is beyond `most_bytes` is left unread.

    Raises NoSiteError for what may not be asked, FetchFailedError for what did not answer.
    """
    parts = split_address(url)
    addresses = _addresses_of(parts)
    failure: FetchError = FetchFailedError(Reason.UNREACHABLE)
    for address in addresses[:2]:
        try:
            return _exchange(url, parts, address, deadline, most_bytes)
        except FetchFailedError as error:
            failure = error
            if error.reason != Reason.UNREACHABLE or time.monotonic() >= deadline:
                break
    raise failure


def follow(answer: Answer) -> str:
    """Return where a redirect leads."""
    try:
        return urljoin(answer.url, answer.location)
    except ValueError as error:
        raise NoSiteError("bad_address") from error


def split_address(url: str) -> SplitResult:
    """Return the parts of an address we may ask; refuse other schemes and ports, and names with a password."""
    try:
        return connecting.split_address(url)
    except ForbiddenAddressError as error:
        raise NoSiteError(error.why) from error


def _addresses_of(parts: SplitResult) -> list[str]:
    try:
        return connecting.addresses_of(parts)
    except ForbiddenAddressError as error:
        raise NoSiteError(error.why) from error
    except ResolvingError as error:
        raise FetchFailedError(Reason.UNREACHABLE) from error


def _exchange(url: str, parts: SplitResult, address: str, deadline: float, most_bytes: int) -> Answer:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailedError(Reason.TIMEOUT)
    connection = connecting.open_connection(parts, address, min(left, CONNECT_SECONDS))
    # Reading has a limit for each piece; this one is for all of them together, headers included.
    watch = threading.Timer(left, connecting.cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        connection.timeout = min(left, SILENCE_SECONDS)
        connection.request("GET", connecting.target_of(parts), headers=_headers(parts), preload_content=False)
        with connection.getresponse() as response:
            return _understand(url, response, deadline, most_bytes)
    except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
        raise FetchFailedError(Reason.TIMEOUT) from error
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        is_late = time.monotonic() >= deadline
        raise FetchFailedError(Reason.TIMEOUT if is_late else Reason.UNREACHABLE) from error
    finally:
        watch.cancel()
        connection.close()


def _headers(parts: SplitResult) -> dict[str, str]:
    return {
        "Host": connecting.host_header(parts),
        "User-Agent": f"{AGENT}/{version()} (+{settings.BASE_URL})",
        "Accept": "text/html, application/xhtml+xml, text/plain;q=0.5",
        "Accept-Language": "fr, en;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


def _understand(url: str, response: urllib3.HTTPResponse, deadline: float, most_bytes: int) -> Answer:
    location = response.headers.get("Location", "") if 300 <= response.status < 400 else ""
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    text = ""
    # Without the header, Message says text/plain.
    if response.status == 200 and header.get_content_type() in _READ_TYPES:
        text = _decode(_read(response, deadline, most_bytes), str(header.get_param("charset") or ""))
    return Answer(url, response.status, text, location[:LONGEST_URL], response.headers.get("Retry-After", ""))


def _read(response: urllib3.HTTPResponse, deadline: float, most_bytes: int) -> bytes:
    """Read the body as it comes, unpacked, and leave what is beyond the bound."""
    parts, size = [], 0
    while size < most_bytes:
        part = response.read1(min(65_536, most_bytes - size), decode_content=True)
        if time.monotonic() >= deadline:
            raise FetchFailedError(Reason.TIMEOUT)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _decode(body: bytes, declared: str) -> str:
    """Return a page's text: by its mark, its header, its own word, else UTF-8 where it is, else Windows' Latin."""
    if body.startswith(codecs.BOM_UTF8):
        return body[3:].decode("utf-8", "replace")
    meta = _META_CHARSET.search(body[:4096])
    for name in (declared, meta[1].decode("ascii") if meta else ""):
        text = name.strip().lower()
        if _CHARSETS.fullmatch(text):
            # As browsers do: what calls itself Latin-1 is Windows' Latin.
            text = "cp1252" if text in {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else text
            try:
                return body.decode(text, "replace")
            except LookupError:
                continue
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
