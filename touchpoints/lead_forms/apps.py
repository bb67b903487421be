"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadFormsConfig(AppConfig):
    """Forms that people fill in; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.lead_forms"
    label = "lead_forms"

    def ready(self) -> None:
        """Say what is held on people, what merging does to it, and what the audit log calls it."""
        from contacts.doubles.registry import move  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.leftovers import register_leftover  # noqa: PLC0415
        from contacts.rights.registry import OF_CONTACT, hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import ACT, Command, register_commands, register_named  # noqa: PLC0415
        from prm.webhooks.registry import register_event  # noqa: PLC0415
        from touchpoints.lead_forms.finding import FORMS  # noqa: PLC0415
        from touchpoints.lead_forms.leftovers import FORMS as FAILED  # noqa: PLC0415
        from touchpoints.lead_forms.models import Submission  # noqa: PLC0415
        from touchpoints.lead_forms.processing import register_follower  # noqa: PLC0415
        from touchpoints.lead_forms.telling import (  # noqa: PLC0415
            EVENT,
            tell_submission,
            tell_webhooks,
            webhook_panel,
        )

        register_commands(
            Command("lead_forms:form_add", _("New form"), "plus", Right.FORMS_EDIT, ACT),
        )
        register_named(FORMS)
        register_event(EVENT, _("Form sent"), tell_submission)
        register_follower(tell_webhooks)
        panels.register("lead-form", 20, "touchpoints/lead_forms/_webhooks.html", webhook_panel)
        register_leftover("form", FAILED)
        move(Submission)
        # That a form was sent is counted for ever; what it says of the person is not kept.
        hold(
            Submission,
            _("Forms they sent"),
            *("received_at", "answers", "context", "network", "status"),
            whose=f"{OF_CONTACT} OR t.email = ANY (%(addresses)s::text[])",
            shows={
                "form": "(SELECT f.name FROM lead_forms_leadform f"
                " WHERE f.organisation_id = t.organisation_id AND f.id = t.form_id)"
            },
            blank="answers = '{}', context = '{}', outcome = '{}', email = '', network = '', contact_id = NULL",
            address="email",
        )
        register_objects(
            {
                "lead_form": _("form"),
                "leadform": _("form"),
                "lead_form.draft": _("form: draft changed"),
                "lead_form.restore": _("form: brought back"),
                "lead_form.publish": _("form: published"),
                "lead_form.close": _("form: closed"),
                "lead_form.submission": _("form: what was sent taken in or set aside"),
            }
        )
