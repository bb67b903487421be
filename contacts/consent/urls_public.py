"""The pages behind a person's links, without signing in."""

from django.urls import path

from contacts.consent import public

app_name = "consent_public"
urlpatterns = [
    path("confirm/<str:token>/", public.confirm_consent, name="confirm"),
    path("<str:token>/", public.preferences, name="preferences"),
]
