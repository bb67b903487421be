"""The app's place in Django."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.work"
    label = "work"
