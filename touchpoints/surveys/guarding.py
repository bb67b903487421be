"""Telling people from programs: only a page that was shown and read can answer, and not too often."""

import hmac

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from touchpoints.surveys.models import Survey
from touchpoints.surveys.tokens import LEAST_SECONDS, PAGE_SECONDS, PageToken
from touchpoints.tracking.intake import address_of

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
