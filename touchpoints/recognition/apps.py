"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecognitionConfig(AppConfig):
    """How interactions find their touchpoint; part of the room of touchpoints, with a table of its own."""

    name = "touchpoints.recognition"
    label = "recognition"

    def ready(self) -> None:
        """Say who gives homes; show a touchpoint's rules on its page, lead here, give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from touchpoints.recognition.homes import run_homes  # noqa: PLC0415  (needs loaded models)
        from touchpoints.recognition.services import KIND  # noqa: PLC0415
        from touchpoints.recognition.views import touchpoint_panel  # noqa: PLC0415

        register(KIND, run_homes)
        panels.register(
            "touchpoint",
            20,
            "touchpoints/recognition/_touchpoint_panel.html",
            touchpoint_panel,
            is_wide=True,
            later=_("How its interactions are recognised"),
        )
        register_commands(
            Command("recognition:overview", _("Recognition of interactions"), "target", Right.TOUCHPOINTS_VIEW, PAGE)
        )
        register_objects(
            {
                "recognition_rule": _("recognition rule"),
                "recognitionrule": _("recognition rule"),
                "recognition_rule.move": _("recognition rule: tried earlier or later"),
                "recognition.give_homes": _("past interactions: touchpoints given"),
            }
        )
