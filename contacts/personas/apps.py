"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonasConfig(AppConfig):
    """The target; part of the room of contacts, with tables of their own."""

    name = "contacts.personas"
    label = "personas"

    def ready(self) -> None:
        """Let conditions ask about personas, segments know theirs, and the contact's page show them."""
        from contacts.personas.queries import persona_address  # noqa: PLC0415  (needs loaded models)
        from contacts.personas.views import contact_panel  # noqa: PLC0415
        from contacts.personas.vocabulary import register_fields  # noqa: PLC0415
        from contacts.segments.owning import register_owner  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415

        register_fields()
        register_owner(persona_address)
        panels.register("contact", 22, "contacts/personas/_contact_panel.html", contact_panel, later=_("Personas"))
        register_objects({"persona": _("persona"), "persona.move": _("persona: moved in the order")})
