"""The app's place in Django."""

from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "steering"

    def ready(self) -> None:
        """Keep the first page quick."""
        from prm.work.remembering import register_figures  # noqa: PLC0415
        from steering.queries import HOME, measure_figures  # noqa: PLC0415  (needs loaded models)

        register_figures(HOME, measure_figures)
