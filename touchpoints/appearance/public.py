"""Pictures and colours of public pages: the same for everybody, and for ever at their address."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from prm.organisations.scope import organisation_scope
from touchpoints.appearance.colours import style_of
from touchpoints.appearance.models import Picture

_FOR_EVER = "public, max-age=31536000, immutable"
_COLOUR = re.compile(r"[0-9a-f]{6}")


@require_safe
def picture(_request: HttpRequest, organisation_id: int, digest: str, _ending: str) -> HttpResponse:
    """Give a picture. Another content has another address, so that it may be kept for ever."""
    with organisation_scope(organisation_id):
        found = Picture.objects.filter(digest=digest).values_list("content", "content_type").first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found[0]), content_type=found[1])
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["ETag"] = f'"{digest}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def colour(_request: HttpRequest, digits: str) -> HttpResponse:
    """Give the style sheet of a colour."""
    if not _COLOUR.fullmatch(digits):
        raise Http404
    response = HttpResponse(style_of(f"#{digits}"), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
