"""The app's place in Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.api"
    label = "api"
