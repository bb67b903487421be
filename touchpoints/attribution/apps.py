"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttributionConfig(AppConfig):
    """What the log says of touchpoints; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.attribution"
    label = "attribution"

    def ready(self) -> None:
        """Say who observes; show it on a touchpoint's page, lead here, give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from touchpoints.attribution.running import KIND, run_observation  # noqa: PLC0415  (needs loaded models)
        from touchpoints.attribution.views import touchpoint_panel  # noqa: PLC0415

        register(KIND, run_observation)
        panels.register(
            "touchpoint",
            5,
            "touchpoints/attribution/_touchpoint_panel.html",
            touchpoint_panel,
            is_wide=True,
            later=_("Observed importance"),
        )
        register_commands(
            Command("attribution:report", _("Observed importance"), "chart", Right.TOUCHPOINTS_VIEW, PAGE)
        )
        register_objects({"touchpoint.observe": _("touchpoints: observed")})
