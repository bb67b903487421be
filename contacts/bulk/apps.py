"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BulkConfig(AppConfig):
    """Actions on many contacts; part of the room of contacts, with tables of its own."""

    name = "contacts.bulk"
    label = "bulk"

    def ready(self) -> None:
        """Add the actions of contacts; let workers carry them out and take them back; give the log its words."""
        from contacts.bulk.actions import register_bulk_action  # noqa: PLC0415  (needs loaded models)
        from contacts.bulk.contact_actions import ACTIONS  # noqa: PLC0415
        from contacts.bulk.forgetting import forget_words  # noqa: PLC0415
        from contacts.bulk.running import RUN, UNDO, forget_chunks, run_bulk, run_undo  # noqa: PLC0415
        from contacts.rights.registry import on_erase  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        for action in ACTIONS:
            register_bulk_action(action)
        register(RUN, run_bulk)
        register(UNDO, run_undo)
        register_tidier(forget_chunks)
        on_erase(forget_words)
        register_objects(
            {
                "bulkrun": _("action on many contacts"),
                "bulk.tag": _("contacts: tagged"),
                "bulk.untag": _("contacts: tag taken away"),
                "bulk.owner": _("contacts: owner changed"),
                "bulk.stage": _("contacts: stage changed"),
                "bulk.opt-out": _("contacts: opted out"),
                "bulk.undo": _("contacts: undoing started"),
                "bulk.undone": _("contacts: undone"),
            }
        )
