"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RatingsConfig(AppConfig):
    """What members say of touchpoints; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.ratings"
    label = "ratings"

    def ready(self) -> None:
        """Show the ratings on a touchpoint's page, give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415  (needs loaded models)
        from touchpoints.ratings.views import touchpoint_panel  # noqa: PLC0415

        panels.register("touchpoint", 0, "touchpoints/ratings/_panel.html", touchpoint_panel, later=_("Ratings"))
        register_objects(
            {
                "touchpoint.rate": _("touchpoint: rated by a member"),
                "touchpoint.unrate": _("touchpoint: rating of somebody who left taken out"),
            }
        )
