"""The app's place in Django."""

from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "steering"
