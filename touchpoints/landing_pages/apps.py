"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LandingPagesConfig(AppConfig):
    """Landing pages; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.landing_pages"
    label = "landing_pages"

    def ready(self) -> None:
        """Say what is counted of what forms bring, what the tracker is told, and what the audit log calls it."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import ACT, Command, register_commands, register_named  # noqa: PLC0415
        from touchpoints.landing_pages.counting import count_sent  # noqa: PLC0415
        from touchpoints.landing_pages.finding import PAGES, find_own_pages  # noqa: PLC0415
        from touchpoints.lead_forms.processing import register_follower  # noqa: PLC0415
        from touchpoints.tracking.collecting import register_page_finder  # noqa: PLC0415

        register_commands(Command("landing_pages:page_add", _("New landing page"), "plus", Right.PAGES_EDIT, ACT))
        register_named(PAGES)
        register_follower(count_sent)
        register_page_finder(find_own_pages)
        register_objects(
            {
                "landing_page": _("landing page"),
                "landingpage": _("landing page"),
                "landing_page.draft": _("landing page: draft changed"),
                "landing_page.restore": _("landing page: brought back"),
                "landing_page.close": _("landing page: taken off"),
                "landing_page.variant": _("landing page: variant added or taken away"),
                "landing_page.shares": _("landing page: shares of variants"),
                "landing_page.end_test": _("landing page: test ended"),
            }
        )
