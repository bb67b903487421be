"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterestsConfig(AppConfig):
    """Themes and people's interests in them; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.interests"
    label = "interests"

    def ready(self) -> None:
        """Let conditions ask; follow merges, corrections, visits and rules; say what is held on people; name it."""
        from contacts.doubles.merging import on_merge  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.registry import drop, move  # noqa: PLC0415
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from prm.work.remembering import register_figures  # noqa: PLC0415
        from touchpoints.interests import keeping  # noqa: PLC0415
        from touchpoints.interests.condition_fields import register_fields  # noqa: PLC0415
        from touchpoints.interests.models import Interest, ThemedAct  # noqa: PLC0415
        from touchpoints.interests.queries import INTERESTED_FIGURES, count_interested  # noqa: PLC0415
        from touchpoints.interests.rebuilding import KIND, rebuild_moved, run_rebuild  # noqa: PLC0415
        from touchpoints.interests.views import contact_panel  # noqa: PLC0415
        from touchpoints.recognition.homes import register_follower  # noqa: PLC0415
        from touchpoints.recounting import on_recount  # noqa: PLC0415
        from touchpoints.tracking.collecting import on_lengthened  # noqa: PLC0415

        register_fields()
        register_figures(INTERESTED_FIGURES, count_interested)
        register(KIND, run_rebuild)
        register_follower(rebuild_moved)
        on_merge(keeping.reconsider_merged)
        on_recount(keeping.reconsider_recounted)
        on_lengthened(keeping.reconsider_lengthened)
        panels.register("contact", 26, "touchpoints/interests/_contact_panel.html", contact_panel, later=_("Interests"))
        register_commands(Command("interests:theme_list", _("Themes"), "tag", Right.CONTENTS_VIEW, PAGE))
        move(ThemedAct)
        drop(Interest)
        theme = (
            "(SELECT h.name FROM interests_theme h WHERE h.organisation_id = t.organisation_id AND h.id = t.theme_id)"
        )
        hold(
            ThemedAct,
            _("What their acts say of their interests"),
            "occurred_at",
            "points",
            shows={"theme": theme},
            delete="true",
        )
        hold(Interest, _("Their interests"), "as_of", "level", shows={"theme": theme}, delete="true")
        register_objects(
            {
                "theme": _("theme"),
                "theme.rule": _("theme: rule added or removed"),
                "themerule": _("rule of a theme"),
                "interests.half_life": _("interests: half-life changed"),
            }
        )
