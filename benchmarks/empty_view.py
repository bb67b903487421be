"""The product's web application with one address more, which answers nothing: the floor of what a server can take."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from prm.wsgi import application

__all__ = ["application"]


def empty(_request: HttpRequest) -> HttpResponse:
    """Answer nothing."""
    return HttpResponse(status=204)


urlpatterns: list[URLPattern | URLResolver] = [path("empty", empty), path("", include("prm.urls"))]
# Read at the first request.
settings.ROOT_URLCONF = __name__
