"""What a person sees when something cannot be done: the one place where domain errors become HTTP for pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from prm.web.person import THEME_COOKIE
from prm.web.toasts import add_toast
from prm.work.errors import DomainError, Invalid, Throttled

TEMPLATES = {403: "403.html", 404: "404.html"}


class DomainErrorMiddleware:
    """Turn a domain error raised by a view into a page, or for htmx into a notice that leaves the page as it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; errors come by process_exception."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a domain error; anything else is Django's."""
        return error_response(request, exception) if isinstance(exception, DomainError) else None


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page or notice of a domain error, with its status."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=error.status)
        add_toast(response, _in_full(error), "error")
    else:
        template = TEMPLATES.get(error.status, "errors/refused.html")
        context = {"error": error, "message": _in_full(error), "layout": layout_of(request)}
        response = HttpResponse(render_to_string(template, context, request), status=error.status)
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.details.get("retry_after", 60))
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that nothing is here (404), without telling whether something is elsewhere."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=404)
        add_toast(response, _("This does not exist, or no longer."), "error")
        return response
    return HttpResponse(render_to_string("404.html", {"layout": layout_of(request)}, request), status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that what was sent cannot be taken (400): too large, too many fields, or asked of another host.

    Needs no request: what is wrong with it may be its host.
    """
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=400)
        add_toast(response, _("This is too large, or cannot be read. Send less at once."), "error")
        return response
    return HttpResponse(render_to_string("400.html", {"theme": request.COOKIES.get(THEME_COOKIE, "")}), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the person may not do this (403), and who can change that."""
    return HttpResponse(render_to_string("403.html", {"layout": layout_of(request)}, request), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke (500): no database, no session, no context processor."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=500)
        add_toast(response, _("Something broke on our side. What you entered is kept: try again in a moment."), "error")
        return response
    return HttpResponse(render_to_string("500.html", {"theme": request.COOKIES.get(THEME_COOKIE, "")}), status=500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old or came from elsewhere (403), and how to go on."""
    if getattr(request, "htmx", False) or request.headers.get("HX-Request"):
        response = HttpResponse(status=403)
        add_toast(response, _("This page was open for too long. Reload it, then try again."), "error")
        return response
    return HttpResponse(
        render_to_string("403_csrf.html", {"reason": reason, "layout": "plain.html"}, request), status=403
    )


def layout_of(request: HttpRequest) -> str:
    """Return the frame of a refusal: the organisation's for its members, one card alone for everybody else."""
    return "shell.html" if getattr(request, "membership", None) is not None else "plain.html"


def _in_full(error: DomainError) -> str:
    """Return the message with what is wrong in each field."""
    if not isinstance(error, Invalid) or not error.fields:
        return str(error.message)
    return " ".join([str(error.message), *(str(text) for text in error.fields.values())])
