"""The app's place in Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.web"
    label = "web"
