"""A visit to a company's website: its home page, then where its legal notice may stand, as its robots.txt allows.

One request a second at a host, whichever worker asks; a visit has an end in time and in pages.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone
from protego import Protego

from enrichment import pacing
from enrichment.domains.kinds import registrable_domain
from enrichment.providers.outcomes import Mention, Reason, SiteProof
from enrichment.turns import Caller, Pace
from enrichment.use import count_call
from enrichment.websites.fetching import (
    AGENT,
    PAGE_BYTES,
    Answer,
    FetchError,
    FetchFailedError,
    NoSiteError,
    fetch,
    follow,
    split_address,
)
from enrichment.websites.notices import LEAST, Page, find_mentions, is_notice, merge_mentions, notice_links, read_page

VISIT_SECONDS = 40.0
PATIENCE_SECONDS = 6.0
# The turns of a host stand in one of so many rows, which it may share with another.
SLOTS = 2048
MOST_REDIRECTS = 5
ROBOTS_BYTES = 200_000
USUAL_PATHS = ("/mentions-legales", "/mentions-legales/", "/mentions-legales.html", "/legal")
# From here on a notice has said whose the site is.
ENOUGH = 0.9
# A number on the site another domain leads to is never written without a person.
MOVED_RATIO = 0.85


def pace() -> Pace:
    """Return what every host is asked at most."""
    return Pace(float(settings.WEBSITES_PER_SECOND))


@dataclass(frozen=True)
class NothingSaid:
    """The site says nothing, and will not tomorrow; `why` is a code of enrichment/wording.py."""

    why: str


class VisitFailedError(Exception):
    """The site could not be asked; it may be at another time."""

    def __init__(self, reason: Reason, retry_after: float | None = None, *, asked: bool = True) -> None:
        self.reason, self.retry_after, self.asked = reason, retry_after, asked
        super().__init__(reason.value)


class _ForbiddenError(Exception):
    """The site's robots.txt asks not to read this page."""


@dataclass
class Visit:
    """One visit, on behalf of somebody."""

    domain: str
    caller: Caller
    deadline: float = field(default_factory=lambda: time.monotonic() + VISIT_SECONDS)
    _robots: dict[str, Protego | None] = field(default_factory=dict)

    def read(self) -> SiteProof | NothingSaid:
        """Return whom the site names; raise VisitFailedError where it did not answer."""
        try:
            home = self._home()
        except _ForbiddenError:
            return NothingSaid("robots")
        if isinstance(home, NothingSaid):
            return home
        mentions = find_mentions(home, domain=self.domain)
        tried: set[str] = {home.url}
        linked = notice_links(home)
        usual = [urljoin(home.url, path) for path in USUAL_PATHS] if not any(map(is_notice, linked)) else []
        for address in (*linked, *usual):
            if mentions and mentions[0].score >= ENOUGH and is_notice(mentions[0].url):
                break
            if address in tried or time.monotonic() > self.deadline - 1:
                continue
            tried.add(address)
            page = self._page(address)
            if page is not None:
                tried.add(page.url)
                mentions = merge_mentions([*mentions, *find_mentions(page, domain=self.domain)])
        likely = tuple(self._weighed(one) for one in mentions if one.score >= LEAST)
        if not likely:
            return NothingSaid("no_notice")
        return SiteProof(self.domain, timezone.now().isoformat(timespec="seconds"), likely)

    def _weighed(self, mention: Mention) -> Mention:
        if registrable_domain(urlsplit(mention.url).hostname or "") == self.domain:
            return mention
        score = round(mention.score * MOVED_RATIO, 4)
        return Mention(mention.siren, score, mention.quote, mention.url)

    def _home(self) -> Page | NothingSaid:
        failure: FetchFailedError | None = None
        why = "no_site"
        for address in (
            f"https://{self.domain}/",
            f"https://www.{self.domain}/",
            f"http://{self.domain}/",
            f"http://www.{self.domain}/",
        ):
            try:
                answer = self._get(address)
            except FetchFailedError as error:
                failure = error
                if time.monotonic() > self.deadline - 1:
                    break
                continue
            except NoSiteError as error:
                # What leads astray is an answer; that one of the names is nobody's says nothing of the others.
                why = error.why if why == "no_site" else why
                continue
            _raise_for(answer)
            return read_page(answer.text, answer.url) if answer.text else Page(answer.url, "")
        if failure is not None and why == "no_site":
            raise VisitFailedError(failure.reason)
        return NothingSaid(why)

    def _page(self, address: str) -> Page | None:
        """Return a further page; None for one that is not there, that may not be read, or does not answer."""
        try:
            answer = self._get(address)
        except (FetchError, _ForbiddenError):
            return None
        except VisitFailedError as error:
            if error.asked:
                return None
            raise
        return read_page(answer.text, answer.url) if answer.text else None

    def _get(self, address: str) -> Answer:
        """Follow an address to its end; each station is looked at as if it were the first."""
        for station in range(MOST_REDIRECTS + 1):
            try:
                if not self._may_read(address):
                    raise _ForbiddenError
                answer = self._fetch(address)
            except NoSiteError as error:
                if station and error.why == "no_site":
                    # The site is there, and leads nowhere.
                    raise NoSiteError("bad_address") from error
                raise
            if not answer.location:
                return answer
            address = follow(answer)
        raise NoSiteError("bad_address")

    def _fetch(self, address: str, most_bytes: int = PAGE_BYTES) -> Answer:
        self._take_turn(split_address(address).hostname or "")
        return fetch(address, deadline=self.deadline, most_bytes=most_bytes)

    def _may_read(self, address: str) -> bool:
        parts = split_address(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._ask_robots(origin)
        rules = self._robots[origin]
        return rules is None or rules.can_fetch(address, AGENT)

    def _ask_robots(self, origin: str) -> Protego | None:
        """Return the rules of an origin; None where there are none. A site that cannot say them is not read."""
        address = f"{origin}/robots.txt"
        for _station in range(MOST_REDIRECTS + 1):
            answer = self._fetch(address, ROBOTS_BYTES)
            if not answer.location:
                break
            address = follow(answer)
        _raise_for(answer)
        if answer.status in {401, 403}:
            return Protego.parse("User-agent: *\nDisallow: /")
        return Protego.parse(answer.text) if answer.text else None

    def _take_turn(self, host: str) -> None:
        slot = int.from_bytes(sha256(host.encode()).digest()[:4]) % SLOTS
        patience = min(PATIENCE_SECONDS, max(self.deadline - time.monotonic(), 0.0))
        wait = pacing.take_turn(f"website:{slot}", pace=pace(), caller=self.caller, patience=patience)
        if wait > 0:
            raise VisitFailedError(Reason.BUSY, wait, asked=False)
        count_call("legal_notice", self.caller)


def _raise_for(answer: Answer) -> None:
    """Raise for a site that says "not now"."""
    if answer.status == 429 or answer.status >= 500:
        reason = Reason.QUOTA if answer.status == 429 else Reason.SERVER_ERROR
        raise VisitFailedError(reason, _seconds(answer.retry_after))


def _seconds(header: str) -> float | None:
    """Read Retry-After, seconds or a date; a day at most."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), 86_400.0)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(tz=UTC)).total_seconds(), 0.0), 86_400.0)
