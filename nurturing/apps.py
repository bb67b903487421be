"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NurturingConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "nurturing"

    def ready(self) -> None:
        """Bring the panel of a contact's page, the menu's count, test messages, starting scenarios, audit words."""
        from contacts.bulk.actions import register_bulk_action  # noqa: PLC0415
        from contacts.consent.confirming import register_sender  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.registry import move_one  # noqa: PLC0415
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.rights.registry import hold, hold_audit  # noqa: PLC0415
        from nurturing import palette  # noqa: PLC0415
        from nurturing.bulk import ENROL  # noqa: PLC0415
        from nurturing.models import Delivery, Enrolment  # noqa: PLC0415
        from nurturing.panels import contact_panel, form_panel  # noqa: PLC0415
        from nurturing.queries import count_undecided  # noqa: PLC0415
        from nurturing.recounting import end_recounted  # noqa: PLC0415
        from nurturing.requests import send_requests  # noqa: PLC0415
        from nurturing.starting_scenarios import add_starting_scenarios  # noqa: PLC0415
        from nurturing.trials import KIND, run_trial  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import register_commands, register_named  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from touchpoints.recounting import on_recount  # noqa: PLC0415

        register(KIND, run_trial)
        register_sender(send_requests)
        register_bulk_action(ENROL)
        register_named(palette.SCENARIOS)
        register_commands(*palette.COMMANDS)
        panels.register("contact", 30, "nurturing/_contact_panel.html", contact_panel, later=_("Scenarios"))
        panels.register("lead-form", 10, "nurturing/_form_panel.html", form_panel)
        register_badge("nurturing:scenario_list", count_undecided, kept_seconds=30)
        on_new_organisation(add_starting_scenarios)
        on_recount(end_recounted)
        register_trace("enrolment", table="nurturing_enrolment", words=_("it entered a scenario since"))
        register_trace("delivery", table="nurturing_delivery", words=_("it was written to since"))
        # Everybody goes through a scenario once: the survivor's way goes on, the other one ends with the merge.
        move_one(Enrolment, one_of=("scenario",))
        # What went out to both of them stays in the ledger; what waits for the one who had it already does not leave.
        move_one(
            Delivery,
            one_of=("step",),
            among="t.step_id IS NOT NULL",
            best="(t.status <> 'pending') DESC",
            instead="occurrence = -t.id, contact_id = %(survivor_id)s",
            unless="t.status = 'pending' AND t.lease_until IS NULL",
        )
        hold(
            Enrolment,
            _("Scenarios"),
            *("status", "position", "due_at", "entered_at", "left_at", "exit_reason", "cause"),
            shows={
                "scenario": "(SELECT s.name FROM nurturing_scenario s WHERE s.organisation_id = t.organisation_id"
                " AND s.id = t.scenario_id)"
            },
            blank="cause = '{}', due_at = NULL, left_at = CASE t.status WHEN 'active' THEN now() ELSE t.left_at END,"
            " exit_reason = CASE t.status WHEN 'active' THEN 'suppressed' ELSE t.exit_reason END,"
            " status = CASE t.status WHEN 'active' THEN 'left' ELSE t.status END",
        )
        # The server's own words may hold the address; a message nobody knows the fate of is never sent again.
        hold(
            Delivery,
            _("Messages"),
            *("address", "subject", "status", "reason", "message_id", "created_at", "sent_at"),
            delete="t.status = 'pending'",
            blank="address = '', subject = '', message_id = '', reason = CASE t.status WHEN 'held' THEN t.reason"
            " WHEN 'unknown' THEN 'settled' ELSE '' END",
            address="t.address",
            busy="t.status = 'sending' AND t.lease_until > now()",
            busy_words=_("A message to this person is leaving at this very moment. Try again in a minute."),
        )
        hold_audit(
            "t.object_type = 'delivery' AND t.object_id IN (SELECT d.id FROM nurturing_delivery d"
            " WHERE d.organisation_id = %(organisation_id)s AND d.contact_id = ANY (%(contact_ids)s::bigint[]))"
        )
        register_objects(
            {
                "scenario": _("scenario"),
                "delivery": _("message"),
                "scenario.activate": _("scenario: activated"),
                "scenario.pause": _("scenario: paused"),
                "scenario.archive": _("scenario: archived"),
                "scenario.step_add": _("scenario: step added"),
                "scenario.step_edit": _("scenario: step changed"),
                "scenario.step_move": _("scenario: step moved"),
                "scenario.step_delete": _("scenario: step deleted"),
                "scenario.enrol": _("contact: taken into a scenario"),
                "bulk.enrol": _("contacts: taken into a scenario"),
                "scenario.take_out": _("contact: taken out of a scenario"),
                "delivery.resend": _("message: sent again"),
                "delivery.settle": _("message: left as it is"),
            }
        )
