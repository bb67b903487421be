"""The app's place in Django."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Part of the ground under every app."""

    name = "prm.work"
    label = "work"

    def ready(self) -> None:
        """Let every process, web and commands too, send its messages through the product's Celery app."""
        from prm.celery import app  # noqa: PLC0415  (needs the settings)

        app.set_default()
