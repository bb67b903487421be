"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """Sets of contacts; part of the room of contacts, with tables of their own."""

    name = "contacts.segments"
    label = "segments"

    def ready(self) -> None:
        """Let the palette find segments; give the audit log its words."""
        from contacts.segments.queries import find_segments  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import Named, register_named  # noqa: PLC0415

        register_named(Named(Right.SEGMENTS_VIEW, "segments:segment_detail", _("Segment"), "filter", find_segments))
        register_objects(
            {
                "segment": _("segment"),
                "segment.duplicate": _("segment: duplicated"),
                "segment.restore": _("segment: taken back into use"),
            }
        )
