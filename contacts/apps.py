"""The app's place in Django."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "contacts"

    def ready(self) -> None:
        """Let conditions ask about people and companies."""
        from contacts.condition_fields import register_fields  # noqa: PLC0415  (needs loaded models)

        register_fields()
