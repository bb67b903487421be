"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StructureConfig(AppConfig):
    """Establishments and groups; part of the room of contacts, with tables of their own."""

    name = "contacts.structure"
    label = "structure"

    def ready(self) -> None:
        """Bring the company's page its parts, the audit log its words."""
        from contacts.structure.views import establishments_panel, group_panel  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415

        panels.register("company", 30, "contacts/structure/_group.html", group_panel)
        panels.register(
            "company", 40, "contacts/structure/_establishments.html", establishments_panel, later=_("Establishments")
        )
        register_objects({"company.group": _("company: group")})
