"""The app's place in Django."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Work that is due, and work that takes long."""

    name = "prm.work"
    label = "work"

    def ready(self) -> None:
        """Make the product's Celery the current one, in web processes too: they send the messages."""
        from prm.celery import app  # noqa: PLC0415  (settings must be there first)

        app.set_default()
