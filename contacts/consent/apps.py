"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    """What people agreed to; part of the room of contacts, with tables of their own."""

    name = "contacts.consent"
    label = "consent"

    def ready(self) -> None:
        """Bring the panel of a contact's page, the purposes an organisation starts with, conditions and audit words."""
        from contacts.consent.condition_fields import register_fields  # noqa: PLC0415  (needs loaded models)
        from contacts.consent.models import Confirmation, ConsentEntry, ConsentState  # noqa: PLC0415
        from contacts.consent.services import add_starting_purposes  # noqa: PLC0415
        from contacts.consent.views import contact_panel  # noqa: PLC0415
        from contacts.doubles.registry import move, move_one  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.organisations.settings_pages import register_settings_page  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415

        move(ConsentEntry)
        # As the ledger's trigger has it: a yes that is not the person's own act comes after a no.
        weak = "(t.state = 'given' AND t.source <> 'centre')"
        move_one(ConsentState, one_of=("purpose",), best=f"{weak}, t.since DESC")
        move_one(Confirmation, one_of=("purpose",))
        register_fields()
        on_new_organisation(add_starting_purposes)
        panels.register("contact", 40, "contacts/consent/_panel.html", contact_panel, later=_("Consent"))
        register_objects(
            {
                "contact.consent": _("contact: consent noted"),
                "contact.ask_consent": _("contact: asked for consent"),
                "purpose": _("purpose of consent"),
                "purpose.restore": _("purpose of consent: asked for again"),
            }
        )
        register_settings_page("consent:purpose_list", _("Purposes"), Right.SETTINGS_EDIT)
