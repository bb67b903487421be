"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldsConfig(AppConfig):
    """Fields of the organisation's own; part of the room of contacts, with tables of their own."""

    name = "contacts.fields"
    label = "fields"

    def ready(self) -> None:
        """Let conditions ask about own fields and workers work out degrees; give the audit log its words."""
        from contacts.fields.conditions import register_own_fields  # noqa: PLC0415  (needs loaded models)
        from contacts.fields.weighing import KIND, run_recompute  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(KIND, run_recompute)
        register_own_fields()
        register_objects(
            {
                "customfield": _("field of our own"),
                "customfield.restore": _("field of our own: restored"),
                "customfield.move": _("field of our own: moved"),
                "qualification.weigh": _("degree of qualification: weights changed"),
            }
        )
