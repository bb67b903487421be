"""The page behind a person's preference link, without signing in."""

from django.urls import path

from contacts.consent import public

app_name = "consent_public"
urlpatterns = [
    path("<str:token>/", public.preferences, name="preferences"),
]
