"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """Sets of contacts; part of the room of contacts, with tables of their own."""

    name = "contacts.segments"
    label = "segments"

    def ready(self) -> None:
        """Give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)

        register_objects(
            {
                "segment": _("segment"),
                "segment.duplicate": _("segment: duplicated"),
                "segment.restore": _("segment: taken back into use"),
            }
        )
