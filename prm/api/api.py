"""The API's frame: documents, errors. Routes are added by prm/urls.py from each app's api.py."""

from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from prm.api.reading import ObjectParser
from prm.api.wording import problem_of
from prm.work.errors import DomainError, Invalid

log = structlog.get_logger()

api = NinjaAPI(
    title="PRM",
    version="1",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url="/docs",
    parser=ObjectParser(),
    description="Prospect Relationship Management. Send `Authorization: Bearer <key>`; keys are made in the settings.",
)


def _answer(request: HttpRequest, status: int, code: str, message: str, **more: Any) -> HttpResponse:
    fields = {name: str(text) for name, text in (more.pop("fields", None) or {}).items()}
    return api.create_response(request, {"code": code, "message": message, "fields": fields, **more}, status=status)


@api.exception_handler(DomainError)
def on_domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Say what a use case refused."""
    fields = error.fields if isinstance(error, Invalid) else {}
    details = {name: value for name, value in error.details.items() if isinstance(value, str | int | float | dict)}
    response = _answer(request, error.status, error.code, str(error.message), fields=fields, **details)
    if "retry_after" in details:
        response["Retry-After"] = str(details["retry_after"])
    return response


@api.exception_handler(AuthenticationError)
def on_authentication_error(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Ask for a valid key."""
    response = _answer(request, 401, "unauthorized", _("Send a valid key in the header: Authorization: Bearer <key>."))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name each field that could not be read."""
    fields: dict[str, str] = {}
    for one in error.errors:
        # First which part of the request; below the body stands what the route calls it.
        place = [str(part) for part in one["loc"][2 if one["loc"][0] == "body" else 1 :]]
        fields[".".join(place) or "body"] = problem_of(one)
    return _answer(request, 422, "invalid", _("Some values cannot be used."), fields=fields)


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Say that it does not exist here."""
    return _answer(request, 404, "not_found", _("This does not exist, or no longer."))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say that a body cannot be read: the framework refuses nothing else."""
    message = _("The body of the request cannot be read. Send a JSON object in UTF-8.")
    return _answer(request, error.status_code, "bad_request", message)


@api.exception_handler(RequestDataTooBig)
def on_too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """Say how much one request may carry."""
    megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    message = _("One request carries %(megabytes)s MB at most. Send it in parts, or as a file to /imports.")
    return _answer(request, 413, "too_large", message % {"megabytes": megabytes})


@api.exception_handler(MultiPartParserError)
def on_broken_form(request: HttpRequest, error: MultiPartParserError) -> HttpResponse:
    """Say that a form with a file came in pieces that do not fit together."""
    message = _("The form cannot be read. Send it as multipart/form-data, with its boundary in the header.")
    return _answer(request, 400, "bad_request", message)


@api.exception_handler(Exception)
def on_crash(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer a fault of ours in the shape of every other error; the trace goes to the log."""
    log.error("api_failed", path=request.path, exc_info=error)
    return _answer(request, 500, "server_error", _("Something went wrong on our side; nothing was changed."))
