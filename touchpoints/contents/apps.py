"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentsConfig(AppConfig):
    """Contents and who read them; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.contents"
    label = "contents"

    def ready(self) -> None:
        """Tell readings from the log; let conditions ask; say what is held on people; lead here; name it."""
        from contacts.doubles.registry import move  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import ACT, PAGE, Command, register_commands, register_named  # noqa: PLC0415
        from prm.work.remembering import register_figures  # noqa: PLC0415
        from touchpoints.contents.condition_fields import register_fields  # noqa: PLC0415
        from touchpoints.contents.figures import READINGS, WAYS, measure_readings, measure_ways  # noqa: PLC0415
        from touchpoints.contents.finding import CONTENTS  # noqa: PLC0415
        from touchpoints.contents.models import Reading  # noqa: PLC0415
        from touchpoints.contents.queries import holds_theme  # noqa: PLC0415
        from touchpoints.contents.reading import THEMES, note_readings  # noqa: PLC0415
        from touchpoints.contents.views.panels import contact_panel  # noqa: PLC0415
        from touchpoints.interests.keeping import register_reader  # noqa: PLC0415
        from touchpoints.interests.services import register_holder  # noqa: PLC0415

        register_fields()
        register_reader(note_readings, THEMES)
        register_holder(holds_theme)
        register_figures(READINGS, measure_readings)
        register_figures(WAYS, measure_ways)
        register_named(CONTENTS)
        register_commands(
            Command("contents:content_list", _("Contents"), "report", Right.CONTENTS_VIEW, PAGE),
            Command("contents:coverage", _("Coverage of the contents"), "columns", Right.CONTENTS_VIEW, PAGE),
            Command("contents:content_add", _("New content"), "plus", Right.CONTENTS_EDIT, ACT),
        )
        panels.register(
            "contact", 27, "touchpoints/contents/_contact_panel.html", contact_panel, later=_("The next content")
        )
        move(Reading)
        hold(
            Reading,
            _("Contents they read"),
            *("occurred_at", "kind", "seconds"),
            shows={
                "content": "(SELECT c.title FROM contents_content c"
                " WHERE c.organisation_id = t.organisation_id AND c.id = t.content_id)"
            },
            delete="true",
        )
        register_objects(
            {
                "content": _("content"),
                "content.restore": _("content: brought back"),
            }
        )
