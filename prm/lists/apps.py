"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    """Part of the ground under every app: lists whose columns one chooses and whose views one keeps."""

    name = "prm.lists"
    label = "lists"

    def ready(self) -> None:
        """Give the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)

        register_objects(
            {
                "savedview": _("shared view"),
                "savedview.share": _("view: shared with everybody"),
                "savedview.unshare": _("view: no longer shared"),
                "savedview.restore": _("shared view: brought back"),
            }
        )
