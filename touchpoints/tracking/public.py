"""What anybody's browser may ask for: the script, and where it sends to. No session and no cookie."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from touchpoints.tracking.intake import GONE, UNKNOWN, accept, address_of, host_behind
from touchpoints.tracking.questions import find_answer
from touchpoints.tracking.reading import LARGEST_BODY, UnreadableError, read_beacon, read_body
from touchpoints.tracking.throttling import WINDOW_SECONDS, is_too_much

SCRIPT = Path(__file__).parent / "script" / "t.js"
KEPT_SECONDS = 3600


@cache
def _script() -> tuple[bytes, bytes, str]:
    """Return the script, the same compressed, and its tag."""
    text = SCRIPT.read_bytes()
    return text, gzip.compress(text, 9, mtime=0), f'"{hashlib.sha256(text).hexdigest()[:16]}"'


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """Send the script, which any page may load; kept by browsers for an hour."""
    plain, packed, tag = _script()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(packed if is_packed else plain, content_type="text/javascript; charset=utf-8")
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def take(request: HttpRequest) -> HttpResponse:
    """Take a beacon, or answer what a page asks.

    Of a beacon: 204; 205 where the browser has to begin anew; 404 for what is no site's, without saying why.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return _answer(request, 413)
    try:
        said = read_body(request.body)
        if (answer := find_answer(said)) is not None:
            # A question, and no beacon: it comes the same way, so that sites pass on one address.
            return answer(request, said)
        beacon = read_beacon(said)
    except UnreadableError:
        return _answer(request, 400)
    address = address_of(request)
    if is_too_much(beacon.key, address):
        response = _answer(request, 429)
        response.headers["Retry-After"] = str(WINDOW_SECONDS)
        return response
    outcome = accept(
        beacon,
        host=host_behind(request),
        address=address,
        agent=request.headers.get("User-Agent", ""),
        is_prefetch="prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")),
        says_no=request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1",
    )
    return _answer(request, {UNKNOWN: 404, GONE: 205}.get(outcome, 204))


# No cookie is read: whoever makes a browser send this could as well send it themselves. The web server's processes
# answer it before it comes here (touchpoints/tracking/direct.py).
hit = csrf_exempt(require_http_methods(["POST"])(take))


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    """Answer without content. Any page may read the status: there is nothing in it that a page may not know."""
    response = HttpResponse(status=status)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response.headers["Vary"] = "Origin"
    response.headers["Cache-Control"] = "no-store"
    return response
