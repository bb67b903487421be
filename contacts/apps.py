"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "contacts"

    def ready(self) -> None:
        """Let conditions ask about people, workers import, and the audit log name things."""
        from contacts import palette  # noqa: PLC0415  (needs loaded models)
        from contacts.condition_fields import register_fields  # noqa: PLC0415
        from contacts.exports import EXPORT, forget_exports, run_export  # noqa: PLC0415
        from contacts.importing.running import IMPORT, TRIAL, run_import, run_trial  # noqa: PLC0415
        from contacts.importing.storing import forget_drafts  # noqa: PLC0415
        from contacts.importing.undoing import UNDO, forget_traces, run_undo  # noqa: PLC0415
        from contacts.listing.companies import COMPANY_LIST  # noqa: PLC0415
        from contacts.listing.contacts import CONTACT_LIST  # noqa: PLC0415
        from contacts.listing.forgetting import forget_views  # noqa: PLC0415
        from contacts.lots import IMPORT as OF_FILE  # noqa: PLC0415
        from contacts.lots import OF_IMPORT, register_lot  # noqa: PLC0415
        from contacts.rights.registry import on_erase  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.lists.registry import register_list  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import register_commands, register_finder  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register_fields()
        register_list(CONTACT_LIST)
        register_list(COMPANY_LIST)
        register_lot(OF_FILE, OF_IMPORT)
        on_erase(forget_views)
        register_finder(Right.CONTACTS_VIEW, palette.find_contacts)
        register_finder(Right.CONTACTS_VIEW, palette.find_companies)
        register_commands(*palette.COMMANDS)
        register(IMPORT, run_import)
        register(TRIAL, run_trial)
        register(UNDO, run_undo)
        register(EXPORT, run_export)
        for tidier in (forget_traces, forget_drafts, forget_exports):
            register_tidier(tidier)
        register_objects(
            {
                "contact": _("contact"),
                "company": _("company"),
                "import": _("import"),
                "contact.suppress": _("contact: not to be written to any more"),
                "contact.change_stage": _("contact: stage changed"),
                "import.create": _("import: file taken in"),
                "import.discard": _("import: file discarded"),
                "import.undo": _("import: undoing started"),
                "import.undone": _("import: undone"),
                "importmapping": _("mapping of columns"),
                "import_mapping.forget": _("mapping of columns: forgotten"),
                "export": _("export"),
                "export.create": _("contacts or companies: exported"),
            }
        )
