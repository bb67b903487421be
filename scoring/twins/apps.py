"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwinsConfig(AppConfig):
    """Who among those who came to sales somebody resembles; part of the room of scoring, with a table of its own."""

    name = "scoring.twins"
    label = "twins"

    def ready(self) -> None:
        """Show twins on a contact's page; let them go with the person, and be written anew after a merge."""
        from contacts.doubles.registry import drop  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from scoring.twins.models import TwinRow  # noqa: PLC0415
        from scoring.twins.views import twins_panel  # noqa: PLC0415

        panels.register("contact", 30, "scoring/twins/_panel.html", twins_panel, later=_("Statistical twins"))
        drop(TwinRow)
        hold(
            TwinRow,
            _("What others are compared with"),
            *("came_at", "accepted_at", "customer_at", "naf_code", "department", "function", "source", "acts"),
            delete="true",
        )
