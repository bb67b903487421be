"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    """Visits of websites; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.tracking"
    label = "tracking"

    def ready(self) -> None:
        """Say what merging and erasing do to visitors; show a contact's entry point, lead here, give the log words."""
        from contacts.doubles.registry import move  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from touchpoints.tracking.condition_fields import register_fields  # noqa: PLC0415
        from touchpoints.tracking.models import Visit, Visitor  # noqa: PLC0415
        from touchpoints.tracking.views import contact_panel  # noqa: PLC0415

        panels.register(
            "contact", 45, "touchpoints/tracking/_contact_panel.html", contact_panel, later=_("Entry point")
        )
        register_commands(
            Command("tracking:overview", _("Tracking"), "globe", Right.TOUCHPOINTS_VIEW, PAGE),
            Command("tracking:sources", _("Sources of visits"), "globe", Right.TOUCHPOINTS_VIEW, PAGE),
        )
        register_fields()
        move(Visitor)
        whose = (
            "t.visitor_id IN (SELECT v.id FROM tracking_visitor v WHERE v.organisation_id = %(organisation_id)s"
            " AND v.contact_id = ANY (%(contact_ids)s::bigint[]))"
        )
        # Visits are found by their visitors, so they come first. What is counted stays, without a word of whom.
        hold(
            Visit,
            _("Visits of the website"),
            *("started_at", "last_at", "pages", "seconds", "landing_url", "last_url", "source", "medium", "campaign"),
            *("verdict", "network"),
            whose=whose,
            blank="landing_url = '', last_url = '', network = '', network_domain = ''",
            order=20,
        )
        # The keyed hash of the cookie is what tells it when it is brought back.
        hold(
            Visitor,
            _("Browsers on the website"),
            *("browser", "first_at", "last_at", "joined_at", "joined_how", "visit_count", "page_count"),
            *("entry_url", "entry_source", "entry_campaign"),
            blank="contact_id = NULL, browser = NULL, uid = gen_random_uuid(), entry_url = ''",
            order=60,
        )
        register_objects(
            {
                "site": _("tracked site"),
                "site.secret": _("tracked site: signing secret changed"),
                "visit": _("visit"),
                "visit.correct": _("visit: who acted, corrected"),
                "visitor": _("visitor"),
                "visitor.confirm": _("visitor: whose browser it is, confirmed"),
                "visitor.detach": _("visitor: taken from the contact whose link was followed"),
            }
        )
