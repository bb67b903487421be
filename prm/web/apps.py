"""The app's place in Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.web"
    label = "web"

    def ready(self) -> None:
        """Let the palette lead to the settings of the ground."""
        from prm.web.finding import GROUND, register_commands  # noqa: PLC0415  (needs loaded models)

        register_commands(*GROUND)
