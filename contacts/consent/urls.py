"""Pages of consent, relative to `/o/<slug>/`."""

from django.urls import path

from contacts.consent import views

app_name = "consent"
urlpatterns = [
    path("contacts/<int:pk>/consents/", views.consent_record, name="consent_record"),
]
