"""Pages of consent, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.consent import purposes_views, views

app_name = "consent"
urlpatterns = [
    path("contacts/<int:pk>/consents/", views.consent_record, name="consent_record"),
    path("contacts/<int:pk>/consents/ask/", views.consent_ask, name="consent_ask"),
    path("settings/purposes/", purposes_views.purpose_list, name="purpose_list"),
    path("settings/purposes/new/", purposes_views.purpose_create, name="purpose_create"),
    path("settings/purposes/<int:pk>/", purposes_views.purpose_edit, name="purpose_edit"),
    path("settings/purposes/<int:pk>/archive/", purposes_views.purpose_archive, name="purpose_archive"),
    path("settings/purposes/<int:pk>/restore/", purposes_views.purpose_restore, name="purpose_restore"),
    path("settings/purposes/<int:pk>/move/", purposes_views.purpose_move, name="purpose_move"),
]
