"""Answers that the API's routes never see: an address without a route, a method a route does not know."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _


class ApiErrorMiddleware:
    """Give every error below `/api/v1/` the shape of the others: code, message, fields."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; an error page becomes JSON and keeps its status and headers."""
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(_root()):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        codes = {
            404: ("not_found", _("There is no such address in the API. Its routes stand in /api/v1/docs.")),
            405: ("method_not_allowed", _("This address does not take this method.")),
        }
        code, message = codes.get(response.status_code, ("bad_request", _("The request cannot be understood.")))
        answer = JsonResponse({"code": code, "message": message, "fields": {}}, status=response.status_code)
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]
        return answer


def _root() -> str:
    try:
        return reverse("api:api-root")
    except NoReverseMatch:
        return "/api/v1/"
