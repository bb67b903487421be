"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HandoffsConfig(AppConfig):
    """What sales does with the prospects it is handed; part of the room of scoring, with tables of its own."""

    name = "scoring.handoffs"
    label = "handoffs"

    def ready(self) -> None:
        """Give the menu its count, the contact's page its panel, log, webhooks and audit their words."""
        from contacts.doubles.registry import move, move_one  # noqa: PLC0415  (needs loaded models)
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.rights.registry import hold, hold_audit  # noqa: PLC0415
        from contacts.rights.retention import keep_while  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.webhooks.registry import register_event  # noqa: PLC0415
        from scoring.handoffs.claiming import is_with_sales  # noqa: PLC0415
        from scoring.handoffs.models import Entry  # noqa: PLC0415
        from scoring.handoffs.opening import OPENED  # noqa: PLC0415
        from scoring.handoffs.panels import handoff_panel  # noqa: PLC0415
        from scoring.handoffs.queue import count_waiting  # noqa: PLC0415
        from scoring.handoffs.telling import tell_entry, tell_opened  # noqa: PLC0415
        from scoring.handoffs.wording import event_name, event_words  # noqa: PLC0415
        from scoring.models import Handoff  # noqa: PLC0415
        from touchpoints.wording import register_names, register_words  # noqa: PLC0415

        register_badge("handoffs:queue", count_waiting, kept_seconds=15)
        panels.register("contact", 20, "scoring/handoffs/_panel.html", handoff_panel)
        for kind in ("handoff_worked", "handoff_answered", "handoff_closed"):
            register_names(kind, event_name)
            register_words(kind, event_words)
        register_event(OPENED, _("Handed to sales"), tell_opened)
        register_event("handoff.accepted", _("Accepted by sales"), tell_entry)
        register_event("handoff.rejected", _("Rejected by sales"), tell_entry)
        register_event("handoff.recycled", _("Recycled by sales"), tell_entry)
        register_event("handoff.converted", _("Became a customer"), tell_entry)
        register_event("handoff.lost", _("Given up by sales"), tell_entry)
        register_trace("handoff", table="scoring_handoff", words=_("it was handed to sales since"))
        move_one(
            Handoff,
            one_of=("organisation",),
            among="t.status IN ('waiting', 'claimed')",
            best="(t.status = 'claimed') DESC, t.opened_at",
            instead="status = 'withdrawn', answered_at = now(), contact_id = %(survivor_id)s",
        )
        move(Entry)
        hold(
            Handoff,
            _("Handoffs to sales"),
            *("status", "intent", "fit", "total", "evidence", "opened_at", "due_at", "claimed_at", "answered_at"),
            *("reason", "note", "called_at", "next_step", "outcome", "closed_at", "amount_cents", "currency"),
            blank="evidence = '[]', note = '', next_step = '', next_step_at = NULL, snoozed_until = NULL,"
            " answered_at = CASE WHEN t.status IN ('waiting', 'claimed') THEN now() ELSE t.answered_at END,"
            " status = CASE WHEN t.status IN ('waiting', 'claimed') THEN 'withdrawn' ELSE t.status END",
        )
        hold(
            Entry,
            _("What sales did"),
            *("at", "deed", "outcome", "reason", "note", "due_at", "amount_cents", "currency"),
            blank="note = ''",
        )
        keep_while(is_with_sales)
        hold_audit(
            "t.object_type = 'handoff' AND t.object_id IN (SELECT h.id FROM scoring_handoff h"
            " WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = ANY (%(contact_ids)s::bigint[]))"
        )
        register_objects(
            {
                "handoff": _("handoff"),
                "contract": _("handoff contract"),
                "contract.propose": _("handoff contract: version proposed"),
                "contract.sign": _("handoff contract: signed"),
                "handoff.called": _("handoff: called"),
                "handoff.noted": _("handoff: noted"),
                "handoff.planned": _("handoff: next step planned"),
                "handoff.snoozed": _("handoff: put off"),
                "handoff.lost": _("handoff: given up"),
                "handoff.converted": _("handoff: became a customer"),
            }
        )
