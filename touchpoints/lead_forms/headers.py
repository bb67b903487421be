"""Who may show a form: the sites it names, and nobody else."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseBase

from touchpoints.lead_forms.document import AfterKind, Document
from touchpoints.lead_forms.models import LeadForm


def allows(form: LeadForm, origin: str) -> bool:
    """Tell whether a page of this origin ("https://www.acme.fr") may put the form into itself."""
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
    return any(asked == one or (one.startswith("*.") and asked.endswith(one[1:])) for one in form.hosts)


def allow_reading(response: HttpResponseBase, origin: str) -> HttpResponseBase:
    """Let the script of an allowed site read an answer. No cookie is ever asked for."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "3600"
    response.headers["Vary"] = "Origin"
    return response


def allow_showing(
    response: HttpResponseBase, form: LeadForm, document: Document, *, is_framed: bool
) -> HttpResponseBase:
    """Let the sites a form names show its frame, and the form lead to the page that follows it."""
    policy: dict[str, list[str]] = {}
    if is_framed:
        # Plain http as well: a site of one's own network, or one being built.
        sites = [f"{scheme}://{host}" for host in form.hosts for scheme in ("https", "http")]
        policy["frame-ancestors"] = ["'self'", *sites]
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    if document.after.kind == AfterKind.REDIRECT and document.after.url:
        # Browsers hold a redirect after a form against this as well.
        parts = urlsplit(document.after.url)
        policy["form-action"] = ["'self'", f"{parts.scheme}://{parts.netloc}"]
    if policy:
        response._csp_replace = policy  # type: ignore[attr-defined]
    return response
