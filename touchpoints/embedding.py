"""What stands within the pages of other sites: which sites may show it, and the script that puts it there."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse


def allows(hosts: Sequence[str], origin: str) -> bool:
    """Tell whether a page of this origin ("https://www.acme.fr") is of PRM itself, or of one of these sites."""
    if origin and origin == settings.BASE_URL:
        return True
    try:
        parts = urlsplit(origin)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host:
        return False
    asked = f"{host}:{port}" if port else host
    return any(asked == one or (one.startswith("*.") and asked.endswith(one[1:])) for one in hosts)


def framing_of(hosts: Sequence[str]) -> list[str]:
    """Return who may show a frame, as frame-ancestors says it. Plain http as well: sites being built, or within."""
    return ["'self'", *(f"{scheme}://{host}" for host in hosts for scheme in ("https", "http"))]


def serve_script(name: str) -> HttpResponse:
    """Return a script of static/js that any site may load; it finds what it is for by its own address."""
    response = HttpResponse(_read(name), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _read(name: str) -> str:
    return (Path(settings.BASE_DIR) / "static" / "js" / name).read_text(encoding="utf-8")
