"""The app's place in Django."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "contacts"

    def ready(self) -> None:
        """Let conditions ask about people and companies, people act on a selection, and workers import files."""
        from contacts.bulk import OPT_OUT, register_bulk_action  # noqa: PLC0415  (needs loaded models)
        from contacts.condition_fields import register_fields  # noqa: PLC0415
        from contacts.importing.running import IMPORT, TRIAL, run_import, run_trial  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register_fields()
        register_bulk_action(OPT_OUT)
        register(IMPORT, run_import)
        register(TRIAL, run_trial)
