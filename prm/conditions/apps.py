"""The app's place in Django."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.conditions"
    label = "conditions"
