"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "scoring"

    def ready(self) -> None:
        """Give new organisations a model, the menu its count, the worker its rescore, the audit log its words."""
        from contacts.doubles.registry import move_one  # noqa: PLC0415  (needs loaded models)
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.rights.registry import hold, hold_audit  # noqa: PLC0415
        from contacts.rights.retention import keep_while  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work import jobs  # noqa: PLC0415
        from scoring.handoff import is_with_sales  # noqa: PLC0415
        from scoring.models import Handoff  # noqa: PLC0415
        from scoring.nightly import rescore_moved  # noqa: PLC0415
        from scoring.panels import handoff_panel, why_panel  # noqa: PLC0415
        from scoring.queue import count_waiting  # noqa: PLC0415
        from scoring.recounting import rescore_recounted  # noqa: PLC0415
        from scoring.rescoring import JOB_KIND, run_rescore  # noqa: PLC0415
        from scoring.starting_model import add_starting_model  # noqa: PLC0415
        from touchpoints.recognition.homes import register_follower  # noqa: PLC0415
        from touchpoints.recounting import on_recount  # noqa: PLC0415

        register_badge("scoring:queue", count_waiting, kept_seconds=15)
        on_new_organisation(add_starting_model)
        jobs.register(JOB_KIND, run_rescore)
        register_follower(rescore_moved)
        on_recount(rescore_recounted)
        panels.register("contact", 10, "scoring/_why.html", why_panel, is_wide=True, later=_("Why this score"))
        panels.register("contact", 20, "scoring/_handoff.html", handoff_panel)
        register_trace("handoff", table="scoring_handoff", words=_("it was handed to sales since"))
        move_one(
            Handoff,
            one_of=("organisation",),
            among="t.status IN ('waiting', 'claimed')",
            best="(t.status = 'claimed') DESC, t.opened_at",
            instead="status = 'withdrawn', answered_at = now(), contact_id = %(survivor_id)s",
        )
        hold(
            Handoff,
            _("Handoffs to sales"),
            *("status", "intent", "fit", "total", "evidence", "opened_at", "due_at", "claimed_at", "answered_at"),
            *("reason", "note"),
            blank="evidence = '[]', note = '',"
            " answered_at = CASE WHEN t.status IN ('waiting', 'claimed') THEN now() ELSE t.answered_at END,"
            " status = CASE WHEN t.status IN ('waiting', 'claimed') THEN 'withdrawn' ELSE t.status END",
        )
        keep_while(is_with_sales)
        hold_audit(
            "t.object_type = 'handoff' AND t.object_id IN (SELECT h.id FROM scoring_handoff h"
            " WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = ANY (%(contact_ids)s::bigint[]))"
        )
        register_objects(
            {
                "scoring_model": _("scoring model"),
                "modelversion": _("scoring model"),
                "scoring_model.draft": _("scoring model: draft started"),
                "scoring_model.discard": _("scoring model: draft discarded"),
                "scoring_model.thresholds": _("scoring model: thresholds changed"),
                "scoring_model.replace": _("scoring model: draft replaced by a document"),
                "scoring_rule": _("scoring rule"),
                "rule": _("scoring rule"),
                "scoring_rule.switch": _("scoring rule: put in or out of use"),
                "handoff": _("handoff"),
            }
        )
