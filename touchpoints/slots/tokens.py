"""What a page is given with a fragment, to say later that it was seen: nobody can claim what they were not shown."""

import base64
import hmac
import re
import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

# The script says it within the page's life; a page may stand open for a day.
LIVES_SECONDS = 24 * 3600
_TOKEN = re.compile(r"([a-z0-9][a-z0-9_-]{0,39})\.(\d{1,9})\.([a-z0-9]{1,12})\.([01])\.(\d{1,12})\.([A-Za-z0-9_-]{16})")


@dataclass(frozen=True)
class Exposure:
    """A variant that somebody was given, or would have been were they not the control group."""

    # The slot's key: it never changes.
    slot: str
    version: int
    variant: str
    is_control: bool


def make_token(organisation_id: int, browser: UUID | None, exposure: Exposure) -> str:
    """Return the token of one fragment for one browser."""
    said = f"{exposure.slot}.{exposure.version}.{exposure.variant}.{int(exposure.is_control)}.{int(time.time())}"
    return f"{said}.{_sign(organisation_id, browser, said)}"


def read_token(organisation_id: int, browser: UUID | None, token: str) -> Exposure | None:
    """Return what was shown; None for what this browser was not given, or too long ago."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    said, _dot, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _sign(organisation_id, browser, said)):
        return None
    if not -300 <= time.time() - int(found[5]) <= LIVES_SECONDS:
        return None
    return Exposure(found[1], int(found[2]), found[3], found[4] == "1")


def _sign(organisation_id: int, browser: UUID | None, said: str) -> str:
    message = f"slots.shown:{organisation_id}:{browser or ''}:{said}"
    digest = hmac.digest(settings.SECRET_KEY.encode(), message.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:12]).decode()
