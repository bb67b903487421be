"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from prm.api.api import api
from prm.web import views as web

handler404 = "prm.web.errors.not_found"
handler403 = "prm.web.errors.forbidden"
handler500 = "prm.web.errors.server_error"

ORGANISATION = "o/<slug:organisation_slug>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("prm.organisations.urls_global")),
    path("preferences/", include("prm.web.urls_global")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("u/", include("nurturing.urls_public")),
    path("mail/", web.sink_list, name="sink_list"),
    path("mail/<str:name>/", web.sink_message, name="sink_message"),
    path(ORGANISATION, include("steering.urls")),
    path(ORGANISATION, include("contacts.urls")),
    path(ORGANISATION, include("touchpoints.urls")),
    path(ORGANISATION, include("scoring.urls")),
    path(ORGANISATION, include("nurturing.urls")),
    path(ORGANISATION, include("enrichment.urls")),
    path(ORGANISATION, include("prm.organisations.urls")),
    path(ORGANISATION, include("prm.web.urls")),
]
