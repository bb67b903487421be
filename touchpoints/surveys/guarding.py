"""Telling people from programs: only a page that was shown and read can answer, and not too often."""

import hmac

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from touchpoints.embedding import allows
from touchpoints.lead_forms.guarding import is_program
from touchpoints.models import Verdict
from touchpoints.surveys.models import Survey, Way
from touchpoints.surveys.tokens import LEAST_SECONDS, PAGE_SECONDS, PageToken
from touchpoints.tracking.intake import address_of
from touchpoints.tracking.models import Visit, Visitor

# The field that people do not see: its name is one that programs like to fill in.
TRAP = "prm_website"
# How often one address may answer a survey in the window: a whole office behind one address may.
WINDOW_SECONDS = 600
MOST_OF_ADDRESS = 30


def is_believable(token: PageToken | None, survey: Survey, trap: str) -> bool:
    """Tell whether what was sent comes from a page of this survey that somebody read; else it is shown once more."""
    if token is None or token.survey_id != survey.pk or trap:
        return False
    return LEAST_SECONDS <= token.age_seconds <= PAGE_SECONDS


def is_robot(request: HttpRequest, visitor: Visitor | None) -> bool:
    """Tell whether a program says of itself that it is one, or the tracker takes this browser for one now."""
    if is_program(request):
        return True
    if visitor is None:
        return False
    last = Visit.objects.filter(visitor=visitor).order_by("-last_at", "-pk").values_list("verdict", flat=True).first()
    return last == Verdict.BOT


def is_from_elsewhere(request: HttpRequest, survey: Survey, way: str) -> bool:
    """Tell whether a page of a site sent this that may not: any but PRM's own, and in a frame those the survey names.

    Browsers always say from where a form is sent; what says nothing is no browser and has its token to show.
    """
    origin = request.headers.get("Origin", "")
    hosts = [request.get_host(), *(survey.hosts if way == Way.FRAME else ())]
    return bool(origin) and not allows(hosts, origin)


def is_flooding(survey: Survey, request: HttpRequest) -> bool:
    """Tell whether too much comes from one address, counted in the cache as a keyed hash for ten minutes."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), address_of(request).encode(), "sha256").hex()[:24]
    key = f"survey:{survey.pk}:{digest}"
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return int(cache.incr(key)) > MOST_OF_ADDRESS
    except ValueError:
        # It ran out between the two.
        return False
