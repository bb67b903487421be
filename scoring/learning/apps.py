"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    """Learning weights from conversions; part of the room of scoring, with a table of its own."""

    name = "scoring.learning"
    label = "learning"

    def ready(self) -> None:
        """Let workers learn, lead here, give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from scoring.learning.running import JOB_KIND, run_learning  # noqa: PLC0415  (needs loaded models)

        register(JOB_KIND, run_learning)
        register_commands(
            Command("learning:learning", _("Weights learned from conversions"), "chart", Right.SCORING_VIEW, PAGE)
        )
        register_objects(
            {
                "scoring_model.learn": _("scoring model: weights learned from conversions"),
                "scoring_model.take_over": _("scoring model: learned weights taken over"),
            }
        )
