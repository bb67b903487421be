"""Who may show a form: the sites it names, and nobody else."""

from urllib.parse import urlsplit

from django.http import HttpResponseBase

from touchpoints.embedding import framing_of
from touchpoints.lead_forms.document import AfterKind, Document
from touchpoints.lead_forms.models import LeadForm


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
        policy["frame-ancestors"] = framing_of(form.hosts)
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    if document.after.kind == AfterKind.REDIRECT and document.after.url:
        # Browsers hold a redirect after a form against this as well.
        parts = urlsplit(document.after.url)
        policy["form-action"] = ["'self'", f"{parts.scheme}://{parts.netloc}"]
    if policy:
        response._csp_replace = policy  # type: ignore[attr-defined]
    return response
