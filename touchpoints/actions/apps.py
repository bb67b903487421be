"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    """What is planned at touchpoints; part of the room of touchpoints, with a table of its own."""

    name = "touchpoints.actions"
    label = "actions"

    def ready(self) -> None:
        """Show a touchpoint's actions on its page, let the palette lead here, give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import ACT, PAGE, Command, register_commands  # noqa: PLC0415
        from touchpoints.actions.views import touchpoint_panel  # noqa: PLC0415  (needs loaded models)

        panels.register(
            "touchpoint",
            10,
            "touchpoints/actions/_touchpoint_panel.html",
            touchpoint_panel,
            is_wide=True,
            later=_("Enrichment actions"),
        )
        register_commands(
            Command("actions:action_add", _("Plan an enrichment action"), "plus", Right.TOUCHPOINTS_EDIT, ACT),
            Command("actions:board", _("Board of enrichment actions"), "columns", Right.TOUCHPOINTS_VIEW, PAGE),
        )
        register_objects(
            {
                "enrichment_action": _("enrichment action"),
                "enrichmentaction": _("enrichment action"),
                "enrichment_action.restore": _("enrichment action: brought back"),
            }
        )
