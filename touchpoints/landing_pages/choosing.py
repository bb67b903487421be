"""Which variant somebody sees: always the same one, without a cookie and with nothing kept.

Sixteen bits stand for a browser: the last ones of the number in the tracker's own cookie, where there is one, else of a
keyed hash of address and program that holds for one day. The page hands them to the tracker, which puts them into the
number it makes once somebody consents: who says yes goes on seeing what they saw.
"""

import hmac
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from prm.organisations.models import Organisation
from touchpoints.tracking.intake import address_of

T = TypeVar("T")

# Of consent and of audience measurement, as script/t.js names them; on this product's own host each organisation has
# its own, so that a yes to one is none to another.
_COOKIES = ("_prm", "_prma")


def cookie_scope(organisation: Organisation) -> str:
    """Return what the tracker's cookies of an organisation end with on this product's own pages."""
    return f"_{organisation.slug}"


def bucket_of(request: HttpRequest, organisation: Organisation) -> str:
    """Return the four hexadecimal digits that stand for a browser."""
    for name in _COOKIES:
        kept = request.COOKIES.get(name + cookie_scope(organisation), "")
        try:
            return UUID(kept).hex[-4:]
        except ValueError:
            continue
    agent = request.headers.get("User-Agent", "")
    text = f"landing_pages.visitor:{organisation.pk}:{timezone.localdate()}:{address_of(request)}:{agent}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()[:4]


def choose(bucket: str, test_id: int, arms: Sequence[tuple[T, int]]) -> T:
    """Return which of (variant, share in percent) a browser sees in a test; another test divides them anew."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"landing_pages.test:{test_id}:{bucket}".encode(), "sha256")
    point = int.from_bytes(digest[:8]) / 2**64 * sum(share for _one, share in arms)
    for one, share in arms:
        point -= share
        if point < 0:
            return one
    return arms[-1][0]
