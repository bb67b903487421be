"""The app's place in Django."""

from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "steering"

    def ready(self) -> None:
        """Tell in the timeline what sales answered: touchpoints does not know the reasons."""
        from steering.wording import answer_words  # noqa: PLC0415
        from touchpoints.timeline import register_words  # noqa: PLC0415

        register_words("handoff_answered", answer_words)
