"""The app's place in Django."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.organisations"
    label = "organisations"
