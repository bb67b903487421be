"""The app's place in Django."""

from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "steering"

    def ready(self) -> None:
        """Tell in the timeline what sales answered, whose reasons it does not know; keep the first page quick."""
        from prm.work.remembering import register_figures  # noqa: PLC0415
        from steering.queries import HOME, measure_figures  # noqa: PLC0415  (needs loaded models)
        from steering.wording import answer_words  # noqa: PLC0415
        from touchpoints.timeline import register_words  # noqa: PLC0415

        register_words("handoff_answered", answer_words)
        register_figures(HOME, measure_figures)
