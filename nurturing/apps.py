"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NurturingConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "nurturing"

    def ready(self) -> None:
        """Bring the panel of a contact's page, the menu's count, test messages, starting scenarios, audit words."""
        from contacts.consent.confirming import register_sender  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.registry import move_one  # noqa: PLC0415
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from nurturing.models import Delivery, Enrolment  # noqa: PLC0415
        from nurturing.panels import contact_panel  # noqa: PLC0415
        from nurturing.queries import count_undecided  # noqa: PLC0415
        from nurturing.requests import send_requests  # noqa: PLC0415
        from nurturing.starting_scenarios import add_starting_scenarios  # noqa: PLC0415
        from nurturing.trials import KIND, run_trial  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(KIND, run_trial)
        register_sender(send_requests)
        panels.register("contact", 30, "nurturing/_contact_panel.html", contact_panel, later=_("Scenarios"))
        register_badge("nurturing:scenario_list", count_undecided, kept_seconds=30)
        on_new_organisation(add_starting_scenarios)
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
                "scenario.take_out": _("contact: taken out of a scenario"),
                "delivery.resend": _("message: sent again"),
                "delivery.settle": _("message: left as it is"),
            }
        )
