"""Who acts on a site: a human, a robot, or nobody one can be sure of. Codes of reasons are kept with visits."""

import ipaddress
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from touchpoints.models import Verdict
from touchpoints.tracking.agents import is_bot_agent

log = structlog.get_logger()

AGENT, PREFETCH, DATA_CENTRE, SPEED, TRAP, PERSON = "agent", "prefetch", "data_centre", "speed", "trap", "person"
REASONS: dict[str, str | Promise] = {
    AGENT: _("its program says that it is a robot"),
    PREFETCH: _("loaded ahead by a browser, seen by nobody"),
    DATA_CENTRE: _("comes from a data centre"),
    SPEED: _("faster than anybody reads"),
    TRAP: _("followed a link that nobody sees"),
    PERSON: _("corrected by hand"),
}
# So many pages in so short a time: nobody reads, nobody even clicks so fast.
FASTEST = ((6, timedelta(seconds=3)), (40, timedelta(seconds=60)))

Judged = tuple[str, str]
HUMAN: Judged = (Verdict.HUMAN, "")
_WORSE = {Verdict.HUMAN.value: 0, Verdict.SUSPECT.value: 1, Verdict.BOT.value: 2}


def judge_hit(*, agent: str, is_prefetch: bool, address: str | None) -> Judged:
    """Return (verdict, reason) of what one request tells by itself."""
    if is_bot_agent(agent):
        return Verdict.BOT, AGENT
    if is_prefetch:
        return Verdict.BOT, PREFETCH
    if address and is_data_centre(address):
        # A company's own way out may go through one.
        return Verdict.SUSPECT, DATA_CENTRE
    return HUMAN


def worse(one: Judged, other: Judged) -> Judged:
    """Return the harder of two judgements; the first where they are alike."""
    return other if _WORSE[other[0]] > _WORSE[one[0]] else one


def is_too_fast(pages_at: Sequence[datetime]) -> bool:
    """Tell whether a browser's pages, in order, came faster than anybody goes through a site."""
    return any(
        pages_at[index + number - 1] - pages_at[index] <= within
        for number, within in FASTEST
        for index in range(len(pages_at) - number + 1)
    )


def is_data_centre(address: str) -> bool:
    """Tell whether an address is of a network in the operator's file; False where there is none."""
    path = settings.DATA_CENTRES_FILE
    if not path:
        return False
    try:
        networks = _networks(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        log.warning("data_centres_unreadable", path=path, error=str(error))
        return False
    number = ipaddress.ip_address(address)
    starts, ends = networks[number.version]
    place = bisect_right(starts, int(number)) - 1
    return place >= 0 and int(number) <= ends[place]


@lru_cache(maxsize=2)
def _networks(path: str, _changed_at: int) -> dict[int, tuple[list[int], list[int]]]:
    """Return first and last addresses of the file's networks, joined and in order, by version of IP."""
    found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            log.warning("data_centre_line_unreadable", line=text[:80])
            continue
        found[network.version].append((int(network.network_address), int(network.broadcast_address)))
    ranges = {}
    for version, pairs in found.items():
        starts: list[int] = []
        ends: list[int] = []
        for start, end in sorted(pairs):
            if ends and start <= ends[-1] + 1:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        ranges[version] = (starts, ends)
    return ranges
