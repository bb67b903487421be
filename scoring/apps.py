"""The app's place in Django."""

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "scoring"

    def ready(self) -> None:
        """Show how many handoffs wait beside the queue in the menu."""
        from prm.web.navigation import register_badge  # noqa: PLC0415  (needs loaded models)
        from scoring.queue import count_waiting  # noqa: PLC0415

        register_badge("scoring:queue", count_waiting)
