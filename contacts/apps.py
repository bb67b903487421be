"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "contacts"

    def ready(self) -> None:
        """Let conditions ask about people, people act on a selection, workers import, and the audit log name things."""
        from contacts.bulk import OPT_OUT, register_bulk_action  # noqa: PLC0415  (needs loaded models)
        from contacts.condition_fields import register_fields  # noqa: PLC0415
        from contacts.importing.running import IMPORT, TRIAL, run_import, run_trial  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register_fields()
        register_bulk_action(OPT_OUT)
        register(IMPORT, run_import)
        register(TRIAL, run_trial)
        register_objects(
            {
                "contact": _("contact"),
                "company": _("company"),
                "import": _("import"),
                "contact.suppress": _("contact: not to be written to any more"),
                "contact.change_stage": _("contact: stage changed"),
                "contact.opt_out_many": _("contacts: opted out"),
                "import.create": _("import: file taken in"),
                "import.discard": _("import: file discarded"),
            }
        )
