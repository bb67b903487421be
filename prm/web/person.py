"""What a person chose for themselves: language, time zone, light or dark."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from prm.organisations.models import User

THEMES = ("light", "dark")
THEME_COOKIE = "prm_theme"
# Written by js/zone.js: what the browser's clock says.
ZONE_COOKIE = "prm_zone"
YEAR_SECONDS = 365 * 24 * 3600


class PersonMiddleware:
    """Speak the signed-in person's language, show their time zone and theme; the browser's cookies stand in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the person's choices active."""
        person = _person(request)
        if person and person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        timezone.activate(zone_of(person.time_zone if person else "", request.COOKIES.get(ZONE_COOKIE, "")))
        request.theme = theme_of(request, person)  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def theme_of(request: HttpRequest, person: User | None) -> str:
    """Return "light", "dark", or "" for what the system says."""
    chosen = (person.theme if person else "") or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def zone_of(*names: str) -> ZoneInfo:
    """Return the first zone that exists among these names, else the installation's."""
    for name in names:
        if name and (zone := find_zone(name)):
            return zone
    return ZoneInfo(settings.TIME_ZONE)


@lru_cache(maxsize=512)
def find_zone(name: str) -> ZoneInfo | None:
    """Return a zone by its name, or None: names come from cookies and forms."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _person(request: HttpRequest) -> User | None:
    # Without a session cookie nobody is signed in: public and API requests cost no query here.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user: Any = request.user
    return user if user.is_authenticated else None
