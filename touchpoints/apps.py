"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TouchpointsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "touchpoints"

    def ready(self) -> None:
        """Give new organisations their kinds, the contact's page its timeline, the audit log its words."""
        from contacts import company_news  # noqa: PLC0415
        from contacts.acts import register_namer  # noqa: PLC0415
        from contacts.doubles.finding import register_source  # noqa: PLC0415
        from contacts.doubles.registry import move_one  # noqa: PLC0415  (needs loaded models)
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.rights.registry import hold  # noqa: PLC0415
        from contacts.segments.moves import register_recorder  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import register_commands, register_named  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from prm.work.remembering import register_family, register_figures  # noqa: PLC0415
        from touchpoints import merging, palette  # noqa: PLC0415
        from touchpoints.company_news import record_news  # noqa: PLC0415
        from touchpoints.condition_fields import register_fields  # noqa: PLC0415
        from touchpoints.kinds import ensure_kinds, name_of  # noqa: PLC0415
        from touchpoints.models import Interaction, Verdict  # noqa: PLC0415
        from touchpoints.queries import (  # noqa: PLC0415
            FIGURES,
            TOUCHES,
            list_ids,
            measure_figures,
            measure_touches,
        )
        from touchpoints.segment_moves import record_moves  # noqa: PLC0415
        from touchpoints.views.kinds import kinds_panel  # noqa: PLC0415
        from touchpoints.views.timeline import company_panel, timeline_panel  # noqa: PLC0415

        register_fields()
        register_figures(TOUCHES, measure_touches)
        register_family(FIGURES, measure_figures, list_ids)
        register_named(palette.TOUCHPOINTS)
        register_commands(*palette.COMMANDS)
        on_new_organisation(ensure_kinds)
        register_namer(name_of)
        register_recorder(record_moves)
        company_news.register_recorder(record_news)
        panels.register("contact", 50, "touchpoints/_timeline.html", timeline_panel, is_wide=True)
        panels.register(
            "company",
            50,
            "touchpoints/_company_timeline.html",
            company_panel,
            is_wide=True,
            later=_("Interactions"),
        )
        panels.register("settings", 30, "touchpoints/_settings.html", kinds_panel)
        register_trace(
            "interaction",
            table="touchpoints_interaction",
            words=_("it acted since"),
            where=f"t.verdict <> '{Verdict.REGISTER}'",
        )
        # News of the company stand with each of its people: who becomes one person has heard them once.
        move_one(Interaction, one_of=("kind", "occurred_at"), among=f"t.verdict = '{Verdict.REGISTER}'")
        # What happened is counted for ever; what it says of the person is not kept.
        hold(
            Interaction,
            _("What they did"),
            *("kind", "verdict", "occurred_at", "received_at", "properties", "visitor_id"),
            shows={
                "touchpoint": "(SELECT p.name FROM touchpoints_touchpoint p"
                " WHERE p.organisation_id = t.organisation_id AND p.id = t.touchpoint_id)"
            },
            blank="properties = '{}', visitor_id = NULL",
        )
        register_source(
            "visitor",
            "SELECT DISTINCT i.contact_id, i.visitor_id::text AS value FROM touchpoints_interaction i"
            " WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = ANY (%(contact_ids)s::bigint[])"
            " AND i.visitor_id IS NOT NULL",
        )
        register(merging.KIND, merging.run_merge)
        register_objects(
            {
                "touchpoint": _("touchpoint"),
                "touchpoint.starting_set": _("usual touchpoints: added"),
                "touchpoint.merge": _("touchpoint: another became part of it"),
                "touchpoint.import": _("touchpoints: file read"),
                "interactionkind": _("kind of interaction"),
                "interaction_kind": _("kind of interaction"),
                "interaction.add": _("interaction: noted by hand"),
            }
        )
