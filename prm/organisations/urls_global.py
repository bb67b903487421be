"""The way in: pages that belong to no organisation."""

from django.urls import path
from django.views.generic import RedirectView

from prm.organisations.views import entrance

urlpatterns = [
    path("", entrance.home, name="home"),
    path("organisations/", entrance.organisation_list, name="organisation_list"),
    path("organisations/new/", entrance.organisation_new, name="organisation_new"),
    path("invitations/<slug:slug>/<str:token>/", entrance.invitation, name="invitation"),
    path("profile/", RedirectView.as_view(pattern_name="preferences:profile"), name="profile"),
]
