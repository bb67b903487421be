"""Where people see landing pages, without signing in."""

from django.urls import path

from touchpoints.landing_pages import public

app_name = "landing_pages_public"
urlpatterns = [
    path("<slug:organisation_slug>/<slug:slug>/", public.page, name="page"),
    path("<slug:organisation_slug>/<slug:slug>/thanks/<str:sent>/", public.thanks, name="thanks"),
]
