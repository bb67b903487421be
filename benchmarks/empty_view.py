"""The product's web application with one address more, which answers nothing: the floor of what a server can take."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from prm.embedded.environment import prepare_environment

prepare_environment()
settings.ROOT_URLCONF = __name__


def empty(_request: HttpRequest) -> HttpResponse:
    """Answer nothing."""
    return HttpResponse(status=204)


urlpatterns = [path("empty", empty), path("", include("prm.urls"))]


def __getattr__(name: str) -> object:
    """Make the application when gunicorn asks for it: the addresses above stand by then."""
    if name == "application":
        from prm.wsgi import application  # noqa: PLC0415

        return application
    raise AttributeError(name)
